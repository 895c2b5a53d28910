import { formatMessage } from "#lib/trace";
import type { Exercise, Row } from "#protocol/05-partitioning";
import { claim, same } from "../suite/index.ts";
import { answered, k, noDone, other, ServerBench, typesIn } from "./bench-move.ts";
import { moveConfig } from "./move-cluster.ts";

type Class = Exercise["Server"];

const step = { shard: "s1", version: 2 } as const;
/** n1 at its first start: it serves s0 and s1. */
const source = (Server: Class): ServerBench => new ServerBench(Server, "n1", ["s0", "s1"]);

/** n2 at its first start: it serves s2, and s1 may come to it. */
const target = (Server: Class): ServerBench => new ServerBench(Server, "n2", ["s2"]);

const row = (key: string, version: number, value: string | null): Row => ({ key, version, value });

const rowsOfMove = { type: "Rows", ...step, rows: [row(k, 3, "a"), row(other, 1, "b")] } as const;
const handoverOfMove = {
  type: "Handover",
  ...step,
  sessions: [
    { client: "c1", seq: 9, value: "z" },
    { client: "c2", seq: 4, value: "y" },
  ],
} as const;
const takeOfMove = { type: "Take", ...step } as const;

export function confirmsWhatIsSafe(Server: Class): void {
  for (const crash of target(Server).crashesAt("n1", rowsOfMove)) {
    const n2 = target(Server);
    const isConfirmed = typesIn(n2.receiveAndCrash("n1", rowsOfMove, crash), "n1").includes("RowsOk");
    if (!isConfirmed) n2.solo.receive("n1", rowsOfMove);
    n2.solo.receive("n1", handoverOfMove);
    hasEverything(n2, `Rows came; ${crash.text}; ${isConfirmed ? "it had sent RowsOk" : "Rows came again"}`);
  }
  for (const crash of afterRows(Server).crashesAt("n1", handoverOfMove)) {
    const n2 = afterRows(Server);
    const sent = n2.receiveAndCrash("n1", handoverOfMove, crash);
    const isConfirmed = typesIn(sent, "n1").includes("HandoverOk");
    // The source sends again what was not confirmed, and whatever is in its memory only: the rows.
    if (!isConfirmed) for (const again of [rowsOfMove, handoverOfMove]) n2.solo.receive("n1", again);
    const after = isConfirmed ? "it had sent HandoverOk" : "the Handover came again";
    hasEverything(n2, `Handover came; ${crash.text}; ${after}`);
  }
}

/** n2 when it has confirmed the rows of s1. */
function afterRows(Server: Class): ServerBench {
  const n2 = target(Server);
  n2.solo.receive("n1", rowsOfMove);
  return n2;
}

/** n2 takes the shard, and must have rows and sessions of it. */
function hasEverything(n2: ServerBench, before: string): void {
  n2.solo.receive("d", takeOfMove);
  const then = `${before}. n2 was told to take s1, and then`;
  for (const [key, value] of [
    [k, "a"],
    [other, "b"],
  ] as const) {
    const answer = n2.ask("get", key);
    answered(answer, value, `${then} the answer to get ${key}, in a row that it had confirmed (invariant 7)`);
  }
  for (const { client, seq, value } of handoverOfMove.sessions) {
    const answer = n2.ask("put", k, "again", seq, client);
    answered(
      answer,
      value,
      `${then} the answer to seq ${seq} of ${client}, which was in the Handover (invariant 8)`,
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
  answered(
    n2.ask("get", k),
    "new",
    `The answer to get ${k}: version 5 holds new; version 2, which came after it, holds old (invariant 7)`,
  );
  answered(
    n2.ask("get", other),
    null,
    `The answer to get ${other}: version 4 is a delete; version 3, which came after it, holds old (invariant 7)`,
  );
}

export function servesWhenTold(Server: Class): void {
  const n2 = target(Server);
  n2.solo.receive("n1", { type: "Rows", ...step, rows: [row(k, 1, "a")] });
  answered(
    n2.ask("get", k),
    noDone,
    `The answer to a request for ${k} of a target that has some rows of s1 (invariant 9)`,
  );
  n2.solo.receive("n1", { type: "Handover", ...step, sessions: [] });
  answered(
    n2.ask("get", k),
    noDone,
    `The answer to a request for ${k} of a target that was handed s1, and was not told to take it (invariant 9)`,
  );
  for (let round = 1; round <= 2; round++) {
    const sent = n2.solo.receive("d", { type: "Take", ...step });
    same(typesIn(sent, "d"), ["TakeOk"], `What the mover gets for Take number ${round}`);
    n2.crash();
    answered(
      n2.ask("get", k),
      "a",
      `The answer to get ${k} of a server that sent TakeOk and crashed: it owns s1 now (invariant 9)`,
    );
  }
  for (const crash of beforeTake(Server).crashesAt("d", takeOfMove)) {
    const n2 = beforeTake(Server);
    const isTaken = typesIn(n2.receiveAndCrash("d", takeOfMove, crash), "d").includes("TakeOk");
    if (!isTaken) n2.solo.receive("d", takeOfMove);
    const when = `Take came; ${crash.text}; ${isTaken ? "it had sent TakeOk" : "Take came again"}`;
    answered(n2.ask("get", k), "a", `${when}. Then the answer to get ${k}: it owns s1 now (invariant 9)`);
  }
}

/** n2 when it has confirmed the handover of s1. */
function beforeTake(Server: Class): ServerBench {
  const n2 = afterRows(Server);
  n2.solo.receive("n1", handoverOfMove);
  return n2;
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
  answered(n2.ask("put", k, "v"), null, `The answer to a put of ${k} in the shard that came empty`);
}

export function ignoresLateRows(Server: Class): void {
  const n2 = target(Server);
  const session = { client: "c1", seq: 3, value: null };
  n2.receiveShard([row(k, 3, "a"), row(other, 2, "b")], [session]);
  n2.ask("put", k, "newer", 4);
  n2.ask("delete", other, null, 5);
  const after = `n2 took s1, and did put ${k} = newer and delete ${other} (seq 4 and 5 of c1).`;
  const lateRows = { type: "Rows", ...step, rows: [row(k, 3, "a"), row(other, 2, "b")] } as const;
  const answer = n2.solo.receive("n1", lateRows);
  same(typesIn(answer, "n1"), ["RowsOk"], `${after} The answer to late Rows: the source may wait for it`);
  isUnchanged(n2, `${after} Then the first Rows came again, late`);
  const lateHandover = { type: "Handover", ...step, sessions: [session] } as const;
  const second = n2.solo.receive("n1", lateHandover);
  same(typesIn(second, "n1"), ["HandoverOk"], `${after} The answer to a late Handover: the source may wait`);
  isUnchanged(n2, `${after} Then a second Handover came, a late copy that knows c1 up to seq 3`);
}

function isUnchanged(n2: ServerBench, what: string): void {
  answered(n2.ask("get", k, null, 20), "newer", `${what}, and the answer to get ${k} (invariant 7)`);
  answered(n2.ask("get", other, null, 21), null, `${what}, and the answer to get ${other} (invariant 7)`);
  const again = n2.ask("delete", other, null, 5);
  answered(again, "b", `${what}, and the answer when seq 5 of c1 comes again (invariant 8)`);
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
    answered(
      n2.ask("get", k),
      noDone,
      `The answer to a request for ${k} of n2, which gave s1 to n3 in move 3, and then got copies of all messages of move 2 (invariant 9)`,
    );
  }
  ignoresOlderWhileReceiving(n2);
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
  answered(
    n1.ask("get", k),
    "home",
    `The answer to get ${k} of n1, which gave s1 away in move 2, got it back in move 3, and then got copies of BeginMove and Drop of move 2 (invariant 9)`,
  );
}

/** n2 had s1 in move 2 and gave it away in move 3. In move 4 it comes back, and late copies of move 2 come between its rows. */
function ignoresOlderWhileReceiving(n2: ServerBench): void {
  const fourth = { shard: "s1", version: 4 } as const;
  n2.solo.receive("n3", { type: "Rows", ...fourth, rows: [row(k, 9, "fourth")] });
  n2.solo.receive("n1", { type: "Rows", ...step, rows: [row(k, 3, "second")] });
  const sessions = [{ client: "c1", seq: 3, value: null }];
  const late = n2.solo.receive("n1", { type: "Handover", ...step, sessions });
  const wrong = late.find(({ message }) => message.type === "HandoverOk" && message.version !== 2);
  const between = "Rows of move 4 came to n2, and then late copies of Rows and Handover of move 2";
  claim(!wrong, `${between}: it answered the late Handover with ${formatMessage(wrong?.message)}`);
  n2.solo.receive("n3", { type: "Rows", ...fourth, rows: [row(other, 8, "fourth")] });
  const session = { client: "c2", seq: 9, value: "z" };
  n2.solo.receive("n3", { type: "Handover", ...fourth, sessions: [session] });
  const end = `${between}, and then the rest of move 4`;
  n2.solo.receive("d", { type: "Take", ...step });
  const early = n2.ask("get", k);
  answered(early, noDone, `${end}. The answer to get ${k} after a late Take of move 2 (invariant 9)`);
  n2.solo.receive("d", { type: "Take", ...fourth });
  for (const key of [k, other]) {
    answered(n2.ask("get", key), "fourth", `${end}, with Take. The answer to get ${key} (invariant 7)`);
  }
  const again = n2.ask("put", k, "again", 9, "c2");
  answered(again, "z", `${end}, with Take. The answer to seq 9 of c2, from move 4's Handover (invariant 8)`);
}
