import type { Exercise, Row } from "#protocol/05-partitioning";
import { claim, same } from "../suite/index.ts";
import { answered, k, keys, noDone, other, rowsIn, ServerBench, typesIn } from "./bench-move.ts";
import { keysIn, moveConfig } from "./move-cluster.ts";

type Class = Exercise["Server"];

const step = { shard: "s1", version: 2 } as const;

/** n1 at its first start: it serves s0 and s1. */
const source = (Server: Class): ServerBench => new ServerBench(Server, "n1", ["s0", "s1"]);

/** A source that has just handed s1 over to n2. */
function handedOver(Server: Class): { n1: ServerBench; sessions: string } {
  const n1 = source(Server);
  for (const key of keys) n1.ask("put", key, `value of ${key}`);
  n1.ask("put", other, "another value", 7, "c2");
  n1.begin();
  return { n1, sessions: n1.handoverText() };
}

export function sendsEveryRow(Server: Class): void {
  const n1 = source(Server);
  for (const key of keys) n1.ask("put", key, `value of ${key}`);
  n1.begin();
  const rows: Map<string, Row> = new Map();
  n1.handover(rows);
  const large = rowsIn(n1.everSent, "n2").find((message) => message.rows.length > moveConfig.rowsPerMessage);
  claim(
    !large,
    `n1 sent ${large?.rows.length} rows in one message: at most rowsPerMessage, ${moveConfig.rowsPerMessage}`,
  );
  for (const key of keys) {
    same(
      rows.get(key)?.value,
      `value of ${key}`,
      `What the target was given for ${key} before the Handover (invariant 7)`,
    );
  }
}

export function sendsChanges(Server: Class): void {
  for (const op of ["put", "delete"] as const) {
    const n1 = source(Server);
    for (const key of keys) n1.ask("put", key, "old");
    const rows: Map<string, Row> = new Map();
    n1.begin();
    // The copy has passed some keys already, and not yet the others.
    n1.confirm(n1.firstRows(), rows);
    const answers = keys.map((key) => n1.ask(op, key, op === "put" ? "new" : null));
    n1.handover(rows);
    for (const [i, key] of keys.entries()) {
      const isDone = answers[i] !== noDone;
      const want = !isDone ? "old" : op === "put" ? "new" : null;
      const got = rows.get(key)?.value;
      claim(
        got === want,
        `During the move n1 acknowledged ${op} ${key}, and the newest row of ${key} that n2 was given holds ${got ?? "nothing"}: the change stayed on the side of the source (invariant 7)`,
      );
    }
  }
}

export function waitsForRows(Server: Class): void {
  const n1 = source(Server);
  for (const key of keys) n1.ask("put", key, "v");
  n1.begin();
  const first = n1.firstRows();
  for (const message of rowsIn(n1.solo.sent, "n2")) if (message !== first) n1.confirm(message, new Map());
  n1.solo.clearSent();
  n1.solo.advance(6 * moveConfig.retryMs);
  claim(
    !typesIn(n1.solo.sent, "n2").includes("Handover"),
    `n2 has not confirmed the row of ${first.rows[0]?.key}, and n1 sent a Handover, which says that n2 has all rows (invariant 7)`,
  );
  const again = rowsIn(n1.solo.sent, "n2").flatMap((message) => message.rows.map((row) => row.key));
  claim(
    again.includes(first.rows[0]?.key ?? ""),
    `n2 has not confirmed the row of ${first.rows[0]?.key}, and n1 did not send it again within ${6 * moveConfig.retryMs} ms (invariant 11)`,
  );
}

export function handsSessionsOver(Server: Class): void {
  const n1 = source(Server);
  n1.ask("put", k, "a", 1);
  n1.ask("put", k, "b", 2);
  n1.ask("put", other, "c", 7, "c2");
  n1.begin();
  const { sessions } = n1.handover(new Map());
  for (const [client, seq, value] of [
    ["c1", 2, "a"],
    ["c2", 7, null],
  ] as const) {
    const found = sessions.find((session) => session.client === client);
    same(
      found,
      { client, seq, value },
      `The session of ${client} in the Handover: without it the target would make the change again if it comes again (invariant 8)`,
    );
  }
}

export function stopsServing(Server: Class): void {
  for (const crashes of [false, true]) {
    const { n1 } = handedOver(Server);
    if (crashes) n1.crash();
    for (const op of ["get", "put", "delete"] as const) {
      const answer = n1.ask(op, k, op === "put" ? "late" : null);
      claim(
        answer === noDone,
        `n1 handed s1 over to n2${crashes ? ", crashed and restarted" : ""}, and then answered a ${op} of ${k}: two servers may serve s1 now (invariant 9)`,
      );
    }
    const kept = n1.ask("put", keysIn("s0", 1)[0] as string, "v");
    answered(kept, null, "The answer to a put in s0, which n1 has kept");
  }
}

export function remembers(Server: Class): void {
  const { n1, sessions } = handedOver(Server);
  n1.clearSent();
  n1.solo.advance(3 * moveConfig.retryMs);
  claim(
    typesIn(n1.solo.sent, "n2").includes("Handover"),
    `n1 had no HandoverOk, and did not send the Handover again within ${3 * moveConfig.retryMs} ms (invariant 11)`,
  );
  for (const when of ["before", "after"]) {
    if (when === "after") n1.solo.receive("n2", { type: "HandoverOk", ...step });
    n1.crash();
    n1.clearSent();
    n1.solo.advance(moveConfig.retryMs + 1);
    const before = `n1 handed s1 over to n2, crashed ${when} n2 answered and before Drop, and restarted`;
    claim(
      n1.solo.sent.some((it) => it.to === "n2"),
      `${before}; then it sent n2 nothing: it has forgotten the shard before it was told to, or does not go on after a crash (invariant 7)`,
    );
    const again = n1.handoverText();
    claim(
      again === sessions,
      `${before}; the sessions in its Handover were ${sessions}, and now they are ${again}: the source has forgotten the shard before it was told to (invariant 7)`,
    );
  }
}

export function reportsCopied(Server: Class): void {
  const { n1 } = handedOver(Server);
  n1.solo.advance(3 * moveConfig.retryMs);
  claim(
    !typesIn(n1.everSent, "d").includes("Copied"),
    "n1 sent Copied to the mover, and n2 has not sent a HandoverOk (invariant 10)",
  );
  const sent = n1.solo.receive("n2", { type: "HandoverOk", ...step }).filter((it) => it.to === "d");
  same(
    sent.map((it) => it.message),
    [{ type: "Copied", ...step }],
    "What the mover gets when HandoverOk comes",
  );
}

export function forgets(Server: Class): void {
  const { n1 } = handedOver(Server);
  n1.solo.receive("n2", { type: "HandoverOk", ...step });
  for (let round = 1; round <= 2; round++) {
    const sent = n1.solo.receive("d", dropOfMove);
    same(typesIn(sent, "d"), ["DropOk"], `What the mover gets for Drop number ${round}`);
    hasForgotten(n1, "n1 was told to drop s1, and sent DropOk");
    n1.crash();
  }
  const answer = n1.ask("get", k);
  answered(
    answer,
    noDone,
    `The answer to a request for ${k} of a server that has dropped s1 and crashed (invariant 9)`,
  );
  for (const crash of beforeDrop(Server).crashesAt("d", dropOfMove)) {
    const cut = beforeDrop(Server);
    const isDropped = typesIn(cut.receiveAndCrash("d", dropOfMove, crash), "d").includes("DropOk");
    if (!isDropped) cut.solo.receive("d", dropOfMove);
    hasForgotten(
      cut,
      `Drop came; ${crash.text}; ${isDropped ? "it had sent DropOk" : "Drop came again, and n1 sent DropOk"}`,
    );
  }
}

const dropOfMove = { type: "Drop", ...step } as const;

/** A source with two rows and two sessions that n2 has safe. */
function beforeDrop(Server: Class): ServerBench {
  const n1 = source(Server);
  n1.ask("put", k, `value of ${k}`);
  n1.ask("put", other, "another value", 7, "c2");
  n1.begin();
  n1.handover(new Map());
  n1.solo.receive("n2", { type: "HandoverOk", ...step });
  return n1;
}

function hasForgotten(n1: ServerBench, what: string): void {
  for (const value of [`value of ${k}`, "another value"]) {
    claim(!n1.hasOnDisk(value), `${what}. The disk of n1 still holds "${value}", of a row of s1`);
  }
  claim(
    !n1.hasOnDisk("c2"),
    `${what}. The disk of n1 still holds the name c2, of a session of s1: rows and sessions go, so that a shard that comes back finds none that are old`,
  );
}
