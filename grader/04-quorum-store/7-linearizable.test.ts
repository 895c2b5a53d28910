import { test } from "vitest";
import { canonical } from "#lib/sim";
import type { Exercise, Found, ReplicaConfig, Row } from "#protocol/04-quorum-store";
import * as work from "#work/04-quorum-store";
import { campaign, claim, stage } from "../suite/index.ts";
import { Bench, five, isEqual, plain, replyText, row, rowText, versionText } from "./bench.ts";
import { isAnsweredOnce, isOver } from "./ending-rules.ts";
import { scenarios } from "./scenarios.ts";

const exercise: Exercise = work;
const { Replica } = exercise;

const config = { ...five, writeBack: true };
const { retryMs, timeoutMs } = plain;

const [old, late, other, dead] = [
  row("x", 4, "n1", "old"),
  row("x", 5, "n2", "new"),
  row("x", 5, "n3", "new"),
  row("x", 6, "n1", null),
];

test("a row is written back unless W replicas are known to have it, and it is the newest (invariant 13)", () => {
  for (const [rows, w, wanted] of [
    [[old, late], 2, late],
    [[late, late], 2, null],
    [[late, late, old], 2, null],
    [[late, late, old], 3, late],
    [[null, late, null], 2, late],
    [[old, old, late], 2, late],
    [[late, other], 2, other],
    [[null, null], 2, null],
    [[dead, old], 2, dead],
    [[dead, dead], 2, null],
    [[late], 1, null],
  ] as const) {
    const found: Found[] = rows.map((it: Row | null, i) => ({ node: `n${i + 1}`, row: it }));
    const got = exercise.rowToWriteBack(found, w);
    claim(
      canonical(got) === canonical(wanted),
      `${found.map((it) => `${it.node} has ${rowText(it.row)}`).join(", ")}, and W is ${w}: ${wanted ? `${rowText(wanted)} is to be written back` : "nothing is to be written back"}, and rowToWriteBack gives ${got ? rowText(got) : "null"} (invariant 13)`,
    );
  }
  const twice = [late, late].map((it) => ({ node: "n2", row: it }));
  claim(
    exercise.rowToWriteBack(twice, 2) !== null,
    "n2 is in the list twice with the newest row, and W is 2: one replica has it, so it is to be written back (invariant 1)",
  );
});

/** n1 of five, where n2 alone has the newer row. It reads, and these confirm Stores. */
function readWith(newest: Row, confirming: readonly string[], ms: number, more: Partial<ReplicaConfig> = {}) {
  const n1 = new Bench(Replica, { ...config, ...more });
  n1.store(old);
  for (const node of ["n3", "n4", "n5"]) n1.peers.get(node)?.set("x", old);
  n1.peers.get("n2")?.set("x", newest);
  const id = n1.ask("get", "x");
  for (let i = 0; i < ms; i += 10) {
    n1.answer(confirming, 1, ["n2", "n3"]);
    n1.advance(10);
  }
  return { n1, id };
}

function isWrittenBack(n1: Bench, newest: Row): void {
  claim(
    n1.sent("Store").length > 0,
    `get x found ${rowText(newest)} at n2 alone, and n1 sent no Store (invariant 13)`,
  );
}

test("a read gives nothing that fewer than W replicas have safe (invariant 13)", () => {
  for (const { w, r } of [config, { w: 4, r: 2 }]) {
    const { n1, id } = readWith(late, r < w ? ["n2"] : [], timeoutMs - 2 * retryMs, { w, r });
    claim(
      n1.read(id) === undefined,
      `N = 5, W = ${w}, R = ${r}. n2 has ${rowText(late)}, n1 can store it, and nobody else has confirmed it: the next read may not meet them. n1 answered ${replyText(n1.read(id))} (invariant 13)`,
    );
  }
});

test("who was only sent a repair does not count (invariants 1 and 13)", () => {
  const { n1, id } = readWith(late, [], timeoutMs - 2 * retryMs, { readRepair: true });
  claim(
    n1.read(id) === undefined,
    `readRepair is true, too. N = 5, W = 3. n2 has ${rowText(late)}, n1 and n3 answered ${rowText(old)}, and nobody but n1 can have stored what n1 sent since. n1 answered ${replyText(n1.read(id))} (invariants 1 and 13)`,
  );
});

test("what is written back has the version that was found (invariant 5)", () => {
  for (const newest of [late, dead]) {
    const { n1 } = readWith(newest, ["n2", "n3"], 4 * retryMs);
    const strange = n1
      .sent("Store")
      .find(({ message }) => message.value !== newest.value || !isEqual(message.version, newest.version));
    claim(
      strange === undefined,
      `get x found ${rowText(newest)}, and n1 sent ${strange?.to} Store with ${rowText(strange?.message)}: writing back makes no new version (invariant 5)`,
    );
    isWrittenBack(n1, newest);
  }
});

test("a read gives the newest row when W replicas have it (invariants 4 and 13)", () => {
  for (const newest of [late, dead]) {
    const { n1, id } = readWith(newest, ["n2", "n3"], 4 * retryMs);
    const reply = n1.read(id);
    isWrittenBack(n1, newest);
    claim(
      reply?.outcome === "ok" && reply.value === newest.value && isEqual(reply.version, newest.version),
      `n2 has ${rowText(newest)}, and n1, n2 and n3 have it safe by now, W = 3: get x should give ${newest.value ?? "nothing"}, and there is ${replyText(reply)} (invariants 4 and 13)`,
    );
  }
});

test("a read that cannot write back fails (invariants 8 and 13)", () => {
  const { n1, id } = readWith(late, [], timeoutMs + 10);
  const reply = n1.read(id);
  claim(
    reply?.outcome === "fail",
    `n2 has ${rowText(late)}, and for ${timeoutMs} ms nobody confirmed the Store of it: get x should fail, and there is ${replyText(reply)} (invariants 8 and 13)`,
  );
});

test("a read has timeoutMs, and not more for the row that it writes back (invariant 8)", () => {
  const n1 = new Bench(Replica, config);
  n1.store(old);
  n1.peers.get("n2")?.set("x", late);
  const id = n1.ask("get", "x");
  n1.run([], timeoutMs - 2 * retryMs);
  for (let ms = 0; ms <= 2 * retryMs; ms += 10) {
    n1.answer([], 1, ["n2", "n3"]);
    n1.advance(10);
  }
  const what = `n2, which has ${rowText(late)}, and n3 answered get x ${2 * retryMs} ms before its timeoutMs was over, and nobody confirmed a Store. The time is over`;
  isAnsweredOnce(n1, id, what);
  isOver(n1, what);
});

test("only a confirmation of the row that is written back counts (invariants 1 and 13)", () => {
  const { n1, id } = readWith(late, [], 2 * retryMs);
  isWrittenBack(n1, late);
  for (const from of ["n3", "n4", "n5"]) {
    n1.receive(from, { type: "StoreReply", key: "x", version: old.version });
    n1.receive(from, { type: "StoreReply", key: "y", version: late.version });
    for (const { message } of n1.sent("Fetch", from))
      n1.receive(from, { type: "FetchReply", op: message.op, key: "x", row: old });
  }
  claim(
    n1.read(id) === undefined,
    `get x writes back ${rowText(late)}, and W is 3. n3, n4 and n5 confirmed ${versionText(old.version)} of x, and ${versionText(late.version)} of y, and answered its Fetch with ${rowText(old)}: nobody but n1 and n2 can have it, and n1 answered ${replyText(n1.read(id))} (invariants 1 and 13)`,
  );
});

test("a row is written back to any replicas, also to those that were not heard before", () => {
  const { n1, id } = readWith(late, ["n4", "n5"], 5 * retryMs);
  claim(
    n1.read(id)?.value === "new",
    `n2 and n3 answered get x and then fell silent, and n1, n4 and n5 can store ${rowText(late)}, which are W = 3: it should give new, and there is ${replyText(n1.read(id))} (invariant 8)`,
  );
});

test("what was lost on its way is written back again", () => {
  const { n1, id } = readWith(late, [], 2 * retryMs + 20);
  isWrittenBack(n1, late);
  n1.run(["n2", "n3", "n4", "n5"], 2 * retryMs);
  const reply = n1.read(id);
  claim(
    reply?.value === "new",
    `The first Stores of get x were lost, and then everybody could be reached for ${2 * retryMs} ms: it should give new, and there is ${replyText(reply)} (invariant 8)`,
  );
});

test("a read of replicas that agree, or have nothing, succeeds as well", () => {
  isWrittenBack(readWith(late, ["n2", "n3"], 4 * retryMs).n1, late);
  for (const it of [null, old, dead]) {
    const n1 = new Bench(Replica, config);
    if (it) n1.store(it);
    for (const node of ["n2", "n3"]) if (it) n1.peers.get(node)?.set("x", it);
    const id = n1.ask("get", "x");
    n1.run(["n2", "n3"], 3 * retryMs);
    const reply = n1.read(id);
    claim(
      reply?.outcome === "ok" && reply.value === (it?.value ?? null),
      `n1, n2 and n3 have ${rowText(it)}: get x should give ${it?.value ?? "nothing"}, and there is ${replyText(reply)} (invariant 4)`,
    );
  }
});

test("a later read does not go back to the old value (invariant 13)", () => {
  stage(scenarios.writtenBack, exercise, { minCompleted: 3 });
});

test("one machine could have given all the answers, whatever goes wrong (invariants 1 to 8 and 13)", async () => {
  await campaign(scenarios.linearizable, exercise, { minCompleted: 13 });
});
