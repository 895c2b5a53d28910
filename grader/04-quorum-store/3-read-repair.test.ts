import { test } from "vitest";
import { canonical } from "#lib/sim";
import type { Exercise, Found, Message, Row } from "#protocol/04-quorum-store";
import * as work from "#work/04-quorum-store";
import { campaign, claim, same, stage } from "../suite/index.ts";
import { Bench, isEqual, plain, replyText, row, rowText } from "./bench.ts";
import { lateAnswers, repairsInTime, repairsWhereTold } from "./repair-rules.ts";
import { scenarios } from "./scenarios.ts";

const exercise: Exercise = work;
const { Replica } = exercise;

const config = { ...plain, readRepair: true };
const soon = 3 * plain.retryMs;

const [a1, b2, c2, dead, again] = [
  row("x", 1, "n1", "a"),
  row("x", 2, "n1", "b"),
  row("x", 2, "n3", "c"),
  row("x", 3, "n2", null),
  row("x", 4, "n1", "b"),
];

const foundText = (found: readonly Found[]) =>
  found.map((it) => `${it.node} has ${rowText(it.row)}`).join(", ");

/** The tables of the first three rules: what was found, and who needs which row. */
const tables: readonly (readonly [(Row | null)[], number[], Row | null])[] = [
  [[a1, b2, b2], [0], b2],
  [[b2, a1, a1], [1, 2], b2],
  [[b2, c2, b2], [0, 2], c2],
  [[null, a1], [0], a1],
  [[null, null, b2], [0, 1], b2],
  [[dead, b2, null], [1, 2], dead],
  [[a1, dead], [0], dead],
  [[b2, again], [0], again],
];

function found(rows: readonly (Row | null)[]): Found[] {
  return rows.map((it, i) => ({ node: `n${i + 1}`, row: it }));
}

test("whoever is behind the newest row is sent it", () => {
  for (const [rows, behind] of tables) {
    const got = exercise.repairsOf(found(rows)).map(({ to }) => to);
    same(
      [...new Set(got)].sort(),
      behind.map((i) => `n${i + 1}`),
      `${foundText(found(rows))}: who is to be sent a row (invariant 9)`,
    );
  }
});

test("a repair is the newest row as it is (invariants 5 and 9)", () => {
  for (const [rows, , wanted] of tables) {
    for (const { to, row: got } of exercise.repairsOf(found(rows))) {
      claim(
        canonical(got) === canonical(wanted),
        `${foundText(found(rows))}: ${to} should be sent ${rowText(wanted)}, and it is ${rowText(got)}: a repair makes no new version (invariants 5 and 9)`,
      );
    }
  }
});

test("replicas that agree need nothing", () => {
  for (const rows of [[], [null, null], [a1], [b2, b2, b2], [dead, dead]]) {
    const got = exercise.repairsOf(found(rows));
    same(got, [], `${foundText(found(rows)) || "Nobody has answered"}: the repairs`);
  }
});

/** n1 with its peers' rows; it has `mine`. */
function bench(mine: Row | null, rows: { readonly [node: string]: Row }): Bench {
  const n1 = new Bench(Replica, config);
  if (mine) n1.store(mine);
  for (const [node, it] of Object.entries(rows)) n1.peers.get(node)?.set("x", it);
  return n1;
}

/** A get of x that these peers answer. */
function read(n1: Bench, nodes: readonly string[]): void {
  const id = n1.ask("get", "x");
  n1.run(nodes, soon);
  claim(
    n1.read(id)?.outcome === "ok",
    `n1 and ${nodes.join(", ")} answer get x, and there is ${replyText(n1.read(id))}`,
  );
}

/** What the rules below say of repairs would say nothing of a node that makes none. */
function makesRepairs(): void {
  const n1 = bench(c2, { n2: a1 });
  read(n1, ["n2"]);
  const theirs = n1.peers.get("n2")?.get("x");
  claim(
    isEqual(theirs?.version, c2.version) && theirs?.value === "c",
    `n1 has ${rowText(c2)} and n2 answered ${rowText(a1)}. After get x, n2 should have ${rowText(c2)}, and it has ${rowText(theirs)} (invariant 9)`,
  );
}

test("a read repairs the replicas that it found out of date (invariant 9)", () => {
  makesRepairs();
  const ahead = bench(a1, { n2: c2 });
  read(ahead, ["n2"]);
  const mine = ahead.fetch("x");
  claim(
    isEqual(mine?.version, c2.version) && mine?.value === "c",
    `n1, which coordinates, has ${rowText(a1)} and n2 answered ${rowText(c2)}. After get x, n1 should have ${rowText(c2)}, and it has ${rowText(mine)} (invariant 9)`,
  );
  const empty = bench(c2, {});
  read(empty, ["n2"]);
  const new2 = empty.peers.get("n2")?.get("x");
  claim(
    isEqual(new2?.version, c2.version),
    `n1 has ${rowText(c2)} and n2 answered that it has no row. After get x, n2 should have ${rowText(c2)}, and it has ${rowText(new2)} (invariant 9)`,
  );
});

test("a Store that repairs has the version of the row that was found (invariant 5)", () => {
  makesRepairs();
  for (const newer of [c2, dead]) {
    const n1 = bench(newer, { n2: a1 });
    read(n1, ["n2"]);
    for (const { to, message } of n1.sent("Store")) {
      claim(
        isEqual(message.version, newer.version) && message.value === newer.value,
        `get x found ${rowText(newer)} at n1 and ${rowText(a1)} at n2. n1 sent ${to} Store with ${rowText(message)}: a read writes nothing new (invariant 5)`,
      );
    }
  }
});

/** n3's answer comes when the read is over. */
function lateAnswer(mine: Row, second: Row, third: Row): Bench | undefined {
  const n1 = bench(mine, { n2: second, n3: third });
  read(n1, ["n2"]);
  const question = n1.sent("Fetch", "n3")[0]?.message;
  // Who asks R replicas only, and no more unless they are silent, waits for no late answers.
  if (!question) return undefined;
  n1.receive("n3", n1.replyOf("n3", question) as Message);
  n1.run(["n2", "n3"], soon);
  return n1;
}

test("a replica that answers when the read is over is repaired too (invariant 9)", () => {
  for (const [mine, second, third] of [
    [c2, c2, a1],
    [a1, a1, c2],
    [c2, a1, a1],
  ] as const) {
    const n1 = lateAnswer(mine, second, third);
    if (!n1) continue;
    for (const [node, it] of [
      ["n1", n1.fetch("x")],
      ["n2", n1.peers.get("n2")?.get("x")],
      ["n3", n1.peers.get("n3")?.get("x")],
    ] as const) {
      claim(
        isEqual(it?.version, c2.version),
        `n1 had ${rowText(mine)}, n2 answered ${rowText(second)}, get x was over, and then n3 answered ${rowText(third)}, before timeoutMs. ${node} should have ${rowText(c2)}, and it has ${rowText(it)} (invariant 9)`,
      );
    }
  }
});

test("of two late answers, each is looked at (invariant 9)", () => lateAnswers(Replica));

test("when timeoutMs is over, a read repairs nothing more", () => {
  makesRepairs();
  repairsInTime(Replica);
});

test("a read of replicas that agree sends no Store", () => {
  makesRepairs();
  for (const it of [c2, dead]) {
    const n1 = bench(it, { n2: it, n3: it });
    read(n1, ["n2", "n3"]);
    n1.advance(2 * plain.timeoutMs);
    const count = n1.sent("Store").length;
    claim(count === 0, `All three have ${rowText(it)}. One get x sent ${count} Stores, and none is needed`);
  }
  repairsWhereTold(Replica);
});

test("a read does not wait for its repairs", () => {
  makesRepairs();
  const n1 = bench(c2, { n2: a1 });
  const id = n1.ask("get", "x");
  for (let ms = 0; ms < soon; ms += 25) {
    for (const { to, message } of n1.sent("Fetch", "n2")) n1.receive(to, n1.replyOf(to, message) as Message);
    n1.advance(25);
  }
  claim(
    n1.read(id)?.value === "c",
    `n2 answered the Fetch of get x, and confirmed no Store: get x should give c, and there is ${replyText(n1.read(id))}`,
  );
});

test("a repair is sent once, not again and again", () => {
  makesRepairs();
  const n1 = lateAnswer(c2, a1, a1) ?? bench(c2, { n2: a1 });
  // The network may repeat an answer.
  for (const { to, message } of n1.sent("Fetch"))
    n1.receive(to, { type: "FetchReply", op: message.op, key: "x", row: a1 });
  n1.run(["n2", "n3"], 2 * plain.timeoutMs);
  for (const to of ["n2", "n3"]) {
    const count = n1.sent("Store", to).length;
    claim(
      count <= 1,
      `One get x, which found n2 and n3 out of date, sent ${to} ${count} Stores: one is enough, and the next read will see whether it was lost`,
    );
  }
});

test("a repair never replaces something newer (invariant 6)", () => {
  makesRepairs();
  const n1 = bench(a1, { n2: b2 });
  n1.ask("get", "x");
  const newer = row("x", 9, "n3", "newer");
  n1.store(newer);
  n1.run(["n2"], soon);
  const mine = n1.fetch("x");
  claim(
    isEqual(mine?.version, newer.version),
    `n1 had ${rowText(a1)} and asked for x. Then Store came with ${rowText(newer)}, and then n2's answer, ${rowText(b2)}. Now n1 should have ${rowText(newer)}, and it has ${rowText(mine)} (invariant 6)`,
  );
});

test("a replica that missed a write has it after a read (invariant 9)", () => {
  stage(scenarios.missed, exercise, { minCompleted: 3 });
});

test("the replicas that answered a read agree when the faults are over (invariants 1 to 9)", async () => {
  await campaign(scenarios.repair, exercise, { minCompleted: 10 });
});
