import type { Exercise, Row } from "#protocol/05-partitioning";
import { same } from "../suite/index.ts";
import { k, noDone, other, ServerBench, typesIn } from "./bench-move.ts";
import { moveConfig } from "./move-cluster.ts";

type Class = Exercise["Server"];

const step = { shard: "s1", version: 2 } as const;
const manyEffects = 8;

/** n1 at its first start: it serves s0 and s1. */
const source = (Server: Class): ServerBench => new ServerBench(Server, "n1", ["s0", "s1"]);

/** n2 at its first start: it serves s2, and s1 may come to it. */
const target = (Server: Class): ServerBench => new ServerBench(Server, "n2", ["s2"]);

const row = (key: string, version: number, value: string | null): Row => ({ key, version, value });

export function confirmsWhatIsSafe(Server: Class): void {
  const rows = { type: "Rows", ...step, rows: [row(k, 3, "a"), row(other, 1, "b")] } as const;
  const handover = { type: "Handover", ...step, sessions: [{ client: "c1", seq: 9, value: "z" }] } as const;
  for (let effectCount = 0; effectCount <= manyEffects; effectCount++) {
    const n2 = target(Server);
    const first = n2.solo.receiveAndCrash("n1", rows, effectCount);
    n2.restart();
    const hasRows = typesIn(first, "n1").includes("RowsOk");
    if (!hasRows) n2.solo.receive("n1", rows);
    const second = n2.solo.receiveAndCrash("n1", handover, effectCount);
    n2.restart();
    const hasAll = typesIn(second, "n1").includes("HandoverOk");
    if (!hasAll) n2.solo.receive("n1", handover);
    n2.solo.receive("d", { type: "Take", ...step });
    const sent = hasAll ? "sent HandoverOk and crashed" : "sent RowsOk, crashed, and got the Handover again";
    const crashed = `n2 ${sent}, and later it was told to take s1`;
    same(
      n2.ask("get", k, null, 10),
      "a",
      `${crashed}. Then the answer to get ${k}, in a row that it had confirmed (invariant 7)`,
    );
    same(
      n2.ask("get", other, null, 11),
      "b",
      `${crashed}. Then the answer to get ${other}, in a row that it had confirmed (invariant 7)`,
    );
    same(
      n2.ask("put", k, "again", 9),
      "z",
      `${crashed}. Then the answer to seq 9 of c1, which was in the Handover (invariant 8)`,
    );
  }
}

export function keepsNewerRows(Server: Class): void {
  const n2 = target(Server);
  const give = (rows: Row[]) => n2.solo.receive("n1", { type: "Rows", ...step, rows });
  give([row(k, 5, "new"), row(other, 4, null)]);
  const late = give([row(k, 2, "old"), row(other, 3, "old")]);
  same(typesIn(late, "n1"), ["RowsOk"], "The answer to rows that come late");
  n2.receiveShard([], []);
  same(
    n2.ask("get", k),
    "new",
    `The answer to get ${k}: version 5 holds new; version 2, which came after it, holds old (invariant 7)`,
  );
  same(
    n2.ask("get", other),
    null,
    `The answer to get ${other}: version 4 is a delete; version 3, which came after it, holds old (invariant 7)`,
  );
}

export function servesWhenTold(Server: Class): void {
  const n2 = target(Server);
  n2.solo.receive("n1", { type: "Rows", ...step, rows: [row(k, 1, "a")] });
  same(
    n2.ask("get", k),
    noDone,
    `The answer to a request for ${k} of a target that has some rows of s1 (invariant 9)`,
  );
  n2.solo.receive("n1", { type: "Handover", ...step, sessions: [] });
  same(
    n2.ask("get", k),
    noDone,
    `The answer to a request for ${k} of a target that was handed s1, and was not told to take it (invariant 9)`,
  );
  for (let round = 1; round <= 2; round++) {
    const sent = n2.solo.receive("d", { type: "Take", ...step });
    same(typesIn(sent, "d"), ["TakeOk"], `What the mover gets for Take number ${round}`);
    n2.crash();
    same(
      n2.ask("get", k),
      "a",
      `The answer to get ${k} of a server that sent TakeOk and crashed: it owns s1 now (invariant 9)`,
    );
  }
}

export function takesEmptyShard(Server: Class): void {
  const n1 = source(Server);
  n1.begin();
  const { sessions } = n1.handover(new Map());
  const n2 = target(Server);
  same(
    typesIn(n2.solo.receive("n1", { type: "Handover", ...step, sessions }), "n1"),
    ["HandoverOk"],
    "The answer to the Handover of an empty shard",
  );
  n2.solo.receive("d", { type: "Take", ...step });
  same(n2.ask("put", k, "v"), null, `The answer to a put of ${k} in the shard that came empty`);
}

export function ignoresLateRows(Server: Class): void {
  const n2 = target(Server);
  const session = { client: "c1", seq: 3, value: null };
  n2.receiveShard([row(k, 3, "a"), row(other, 2, "b")], [session]);
  n2.ask("put", k, "newer", 4);
  n2.ask("delete", other, null, 5);
  const late = { type: "Rows", ...step, rows: [row(k, 3, "a"), row(other, 2, "b")] } as const;
  const answer = n2.solo.receive("n1", late);
  const handover = n2.solo.receive("n1", { type: "Handover", ...step, sessions: [session] });
  same(
    [...typesIn(answer, "n1"), ...typesIn(handover, "n1")],
    ["RowsOk", "HandoverOk"],
    "The answers to late rows and a late Handover: the source may wait for them",
  );
  same(
    n2.ask("get", k, null, 20),
    "newer",
    `The answer to get ${k}, when a copy of the first Rows came after put ${k} = newer (invariant 7)`,
  );
  same(
    n2.ask("get", other, null, 21),
    null,
    `The answer to get ${other}, when a copy of the first Rows came after its delete (invariant 7)`,
  );
  same(
    n2.ask("delete", other, null, 5),
    "b",
    "The answer when seq 5 of c1 comes again, after a late Handover that knows c1 up to seq 3 (invariant 8)",
  );
}

export function ignoresOlderMoves(Server: Class): void {
  const n2 = target(Server);
  n2.receiveShard([row(k, 3, "a")], []);
  n2.begin(3, "n3");
  n2.handover(new Map(), "n3");
  n2.solo.receive("n3", { type: "HandoverOk", shard: "s1", version: 3 });
  n2.solo.receive("d", { type: "Drop", shard: "s1", version: 3 });
  for (const crashes of [false, true]) {
    if (crashes) n2.crash();
    n2.receiveShard([row(k, 3, "a")], []);
    same(
      n2.ask("get", k),
      noDone,
      `The answer to a request for ${k} of n2, which gave s1 to n3 in move 3, and then got copies of all messages of move 2 (invariant 9)`,
    );
  }
  const n1 = source(Server);
  n1.ask("put", k, "a");
  n1.begin(2);
  n1.handover(new Map());
  n1.solo.receive("n2", { type: "HandoverOk", ...step });
  n1.solo.receive("d", { type: "Drop", ...step });
  n1.receiveShard([row(k, 8, "home")], [], 3);
  n1.begin(2);
  n1.solo.receive("d", { type: "Drop", ...step });
  n1.solo.advance(3 * moveConfig.retryMs);
  same(
    n1.ask("get", k),
    "home",
    `The answer to get ${k} of n1, which gave s1 away in move 2, got it back in move 3, and then got copies of BeginMove and Drop of move 2 (invariant 9)`,
  );
}
