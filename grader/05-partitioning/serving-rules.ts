import type { Exercise } from "#protocol/05-partitioning";
import { claim, crashesAmong, same } from "../suite/index.ts";
import { answered, elsewhere, k, noDone, ServerBench, typesIn } from "./bench-move.ts";
import { keysIn } from "./move-cluster.ts";

type Class = Exercise["Server"];

/** n1 at its first start: it serves s0 and s1. */
const source = (Server: Class): ServerBench => new ServerBench(Server, "n1", ["s0", "s1"]);

export function serves(Server: Class): void {
  const n1 = source(Server);
  answered(n1.ask("put", k, "a"), null, `The answer to the first put of ${k}: what the key held before`);
  answered(n1.ask("put", k, "b"), "a", `The answer to put ${k} = b after put ${k} = a`);
  answered(n1.ask("get", k), "b", `The answer to get ${k} after put ${k} = b`);
  answered(n1.ask("delete", k), "b", `The answer to delete ${k}, which holds b`);
  answered(n1.ask("get", k), null, `The answer to get ${k} after it was deleted`);
  answered(
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
  answered(n1.ask("put", k, "b", 2), "a", `The answer to put ${k} = b (seq 2), after put ${k} = a (seq 1)`);
  answered(
    n1.ask("put", k, "b", 2),
    "a",
    "The answer when seq 2 comes again: it is made once, so it still replaced a (invariant 8)",
  );
  n1.crash();
  answered(
    n1.ask("put", k, "b", 2),
    "a",
    "The answer when seq 2 comes again after a crash: it is made once, so it still replaced a (invariant 8)",
  );
  n1.ask("put", k, "c", 1, "c2");
  n1.ask("put", k, "b", 2);
  answered(
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
  answered(
    n1.ask("get", k, null, 3),
    "b",
    `The answer to get ${k}, when a copy of put ${k} = a (seq 1) came after put ${k} = b (seq 2) (invariant 8)`,
  );
}

export function keepsAcknowledged(Server: Class): void {
  const put = { type: "Request", client: "c1", seq: 2, op: "put", key: k, value: "b", version: 1 } as const;
  const before = (): ServerBench => {
    const n1 = source(Server);
    n1.ask("put", k, "a", 1);
    return n1;
  };
  for (const crash of before().crashesAt("c1", put)) {
    const n1 = before();
    const isDone = typesIn(n1.receiveAndCrash("c1", put, crash), "c1").includes("Done");
    const when = `${k} held a, and put ${k} = b came; ${crash.text}`;
    const now = n1.ask("get", k, null, 3);
    claim(
      now === "b" || (now === "a" && !isDone),
      isDone
        ? `n1 answered Done to put ${k} = b; ${crash.text}; after its restart ${k} holds ${now}: an acknowledged change is lost (invariant 7)`
        : `${when}; after its restart ${k} holds ${now}: a change is made, or it is not`,
    );
    const again = n1.ask("put", k, "b", 2);
    answered(again, "a", `${when}. The put came again, and the answer, what ${k} held before (invariant 8)`);
  }
}

export function survivesFirstStart(Server: Class): void {
  const inS0 = keysIn("s0", 1)[0] as string;
  for (const crash of crashesAmong("n1", source(Server).solo.effects)) {
    const n1 = new ServerBench(Server, "n1", ["s0", "s1"], crash);
    n1.restart();
    for (const [key, shard] of [
      [inS0, "s0"],
      [k, "s1"],
    ] as const) {
      const answer = n1.ask("put", key, "v");
      answered(
        answer,
        null,
        `In its first start, ${crash.text}. After its restart the answer to put ${key} in ${shard}, which the configuration gave it (invariant 11)`,
      );
    }
  }
}
