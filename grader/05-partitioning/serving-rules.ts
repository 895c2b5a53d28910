import type { Exercise } from "#protocol/05-partitioning";
import { claim, same } from "../suite/index.ts";
import { elsewhere, k, noDone, ServerBench, typesIn } from "./bench-move.ts";

type Class = Exercise["Server"];

const _step = { shard: "s1", version: 2 } as const;
const manyEffects = 8;

/** n1 at its first start: it serves s0 and s1. */
const source = (Server: Class): ServerBench => new ServerBench(Server, "n1", ["s0", "s1"]);

export function serves(Server: Class): void {
  const n1 = source(Server);
  same(n1.ask("put", k, "a"), null, `The answer to the first put of ${k}: what the key held before`);
  same(n1.ask("put", k, "b"), "a", `The answer to put ${k} = b after put ${k} = a`);
  same(n1.ask("get", k), "b", `The answer to get ${k} after put ${k} = b`);
  same(n1.ask("delete", k), "b", `The answer to delete ${k}, which holds b`);
  same(n1.ask("get", k), null, `The answer to get ${k} after it was deleted`);
  same(
    n1.ask("put", elsewhere, "x", 50),
    noDone,
    `The answer to a request for ${elsewhere}, in s2, of a server with s0 and s1`,
  );
  const refusal = n1.solo.sent.at(-1)?.message;
  same(
    refusal,
    { type: "WrongShard", seq: 50, version: 1 },
    `The answer for ${elsewhere}, in s2, of a server with s0 and s1`,
  );
}

export function makesOnce(Server: Class): void {
  const n1 = source(Server);
  n1.ask("put", k, "a", 1);
  same(n1.ask("put", k, "b", 2), "a", `The answer to put ${k} = b (seq 2), after put ${k} = a (seq 1)`);
  same(
    n1.ask("put", k, "b", 2),
    "a",
    "The answer when seq 2 comes again: it is made once, so it still replaced a (invariant 8)",
  );
  n1.crash();
  same(
    n1.ask("put", k, "b", 2),
    "a",
    "The answer when seq 2 comes again after a crash: it is made once, so it still replaced a (invariant 8)",
  );
  n1.ask("put", k, "c", 1, "c2");
  n1.ask("put", k, "b", 2);
  same(
    n1.ask("get", k, null, 3),
    "c",
    `The answer to get ${k}: c2 put c there after seq 2 of c1, which came again after that (invariant 8)`,
  );
}

export function ignoresLateCopies(Server: Class): void {
  const n1 = source(Server);
  n1.ask("put", k, "a", 1);
  n1.ask("put", k, "b", 2);
  n1.ask("put", k, "a", 1);
  same(
    n1.ask("get", k, null, 3),
    "b",
    `The answer to get ${k}, when a copy of put ${k} = a (seq 1) came after put ${k} = b (seq 2) (invariant 8)`,
  );
}

export function keepsAcknowledged(Server: Class): void {
  for (let effectCount = 0; effectCount <= manyEffects; effectCount++) {
    const n1 = source(Server);
    n1.ask("put", k, "a", 1);
    const put = { type: "Request", client: "c1", seq: 2, op: "put", key: k, value: "b", version: 1 } as const;
    const sent = n1.solo.receiveAndCrash("c1", put, effectCount);
    n1.restart();
    const isDone = typesIn(sent, "c1").includes("Done");
    const now = n1.ask("get", k, null, 3);
    claim(
      now === "b" || (now === "a" && !isDone),
      `n1 answered Done to put ${k} = b and crashed; after its restart ${k} holds ${now}: an acknowledged change is lost (invariant 7)`,
    );
    same(
      n1.ask("put", k, "b", 2),
      "a",
      `The answer when put ${k} = b comes again, after a crash behind ${effectCount} effects of the first time (invariant 8)`,
    );
  }
}
