import { test } from "vitest";
import { canonical } from "#lib/sim";
import type { Exercise, Row } from "#protocol/04-quorum-store";
import * as work from "#work/04-quorum-store";
import { counted } from "../report/words.ts";
import { campaign, claim, stage } from "../suite/index.ts";
import { Bench, isBelow, isEqual, plain, row, rowText, version } from "./bench.ts";
import { changed, compareMs, many, Pair } from "./pair.ts";
import { scenarios } from "./scenarios.ts";

const exercise: Exercise = work;
const { Replica } = exercise;

test("equal rows have equal hashes, in whatever order they stand", () => {
  const rows = many(200);
  const [a, b] = [exercise.treeHashes(rows), exercise.treeHashes([...rows].reverse())];
  claim(
    typeof a[""] === "string" && a[""] !== "",
    'treeHashes of 200 rows has no hash at the path "", which is the root',
  );
  claim(
    canonical(a) === canonical(b),
    "treeHashes of 200 rows and of the same rows in reverse order should be equal, and they are not",
  );
});

const base = row("x", 4, "n1", "a");

test("rows that differ in anything have different roots (invariant 12)", () => {
  const rest = many(50);
  for (const [one, other] of [
    [[base], []],
    [[base], [{ ...base, value: "b" }]],
    [[base], [{ ...base, version: { counter: 5, node: "n1" } }]],
    [[base], [{ ...base, version: { counter: 4, node: "n2" } }]],
    [[base], [{ ...base, value: null }]],
    [[{ ...base, value: null }], []],
    [[{ ...base, value: null }], [{ ...base, value: null, version: { counter: 5, node: "n1" } }]],
    [[{ ...base, value: null }], [{ ...base, value: "null" }]],
    [[base], [{ ...base, key: "y" }]],
    [[{ ...base, value: null }], [{ ...base, value: "" }]],
    [[{ ...base, version: version(1, "1a") }], [{ ...base, version: version(11, "a") }]],
  ] as const) {
    const [a, b] = [one, other].map((rows) => exercise.treeHashes([...rest, ...rows])[""]);
    const told = (rows: readonly Row[]) =>
      rows.map((it) => `${it.key} = ${rowText(it)}`).join() || "no row of x";
    claim(
      a !== b,
      `Besides 50 equal rows, one replica has ${told(one)} and the other ${told(other)}: their roots should differ, and both are ${a} (invariant 12)`,
    );
  }
});

test("a row changes the hashes on its own way to the root, and no others", () => {
  const rows = many(2000);
  const before = exercise.treeHashes(rows);
  for (const i of [0, 77, 1999]) {
    const after = exercise.treeHashes(rows.map((it, k) => (k === i ? { ...it, value: "changed" } : it)));
    const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    const count = paths.filter((path) => before[path] !== after[path]).length;
    claim(
      count >= 1 && count <= 16,
      `One of 2,000 rows was changed, and ${count} hashes with it: at most 16 should lie on its way to the root`,
    );
  }
});

test("a key is a part of what is hashed (invariant 12)", () => {
  const keys = new Map<string | undefined, string>();
  for (let i = 0; i < 600; i++) {
    const key = `user:${i}`;
    const root = exercise.treeHashes([{ ...base, key }])[""];
    claim(
      !keys.has(root),
      `One replica has only ${keys.get(root)} = ${rowText(base)}, and the other only ${key} = ${rowText(base)}: their roots should differ, and both are ${root} (invariant 12)`,
    );
    keys.set(root, key);
  }
});

const [older, newer] = [row("x", 4, "n1", "old"), row("x", 5, "n2", "new")];

test("two replicas that have compared themselves agree, whoever began (invariant 12)", () => {
  const dead = row("x", 6, "n1", null);
  const y = row("y", 3, "n2", "of y");
  const z = row("z", 2, "n1", "of z");
  for (const starter of [0, 1] as const) {
    for (const [first, second] of [
      [[newer], [older]],
      [[older], [newer]],
      [[newer], []],
      [[], [newer]],
      [[dead], [newer]],
      [[newer], [dead]],
      [[], [dead]],
      [
        [older, y],
        [newer, z],
      ],
      [many(40), [newer, y]],
      [many(40).concat(older, y), many(30).concat(newer, z)],
    ] as (readonly [Row[], Row[]])[]) {
      const pair = new Pair(Replica, first, second);
      // Once is enough for some designs, and others let each side learn what the other has when it asks.
      pair.compare(starter);
      pair.compare(starter === 0 ? 1 : 0);
      const keys = [...new Set([...first, ...second].map(({ key }) => key))];
      for (const key of keys) {
        const rows = [...first, ...second].filter((it) => it.key === key);
        const best = rows.reduce((a, b) => (isBelow(a.version, b.version) ? b : a));
        for (const [i, bench] of pair.benches.entries()) {
          const had = (i === 0 ? first : second).find((it) => it.key === key);
          const got = bench.fetch(key);
          claim(
            isEqual(got?.version, best.version) && got?.value === best.value,
            `Of ${key}, n1 had ${rowText(first.find((it) => it.key === key))} and n2 ${rowText(second.find((it) => it.key === key))}. They compared themselves, n${starter + 1} first, and ${bench.self}, which had ${rowText(had)}, has ${rowText(got)} (invariants 6 and 12)`,
          );
        }
      }
    }
  }
});

test("what a comparison has brought survives a crash (invariant 12)", () => {
  const pair = new Pair(Replica, [older], [newer]);
  pair.compare(0);
  pair.compare(1);
  pair.benches[0].crash();
  const got = pair.benches[0].fetch("x");
  claim(
    got?.value === "new",
    `n1 had ${rowText(older)} and got ${rowText(newer)} from n2; it crashed and started again, and has ${rowText(got)}`,
  );
});

test("two replicas that agree find it out with 300 bytes", () => {
  for (const count of [0, 10, 500]) {
    const pair = new Pair(Replica, many(count), many(count));
    pair.compare(0);
    claim(
      pair.bytes > 0 && pair.bytes <= 300,
      `n1 and n2 have the same ${count} rows. To find it out they sent each other ${counted(pair.messageCount, "message")} of ${pair.bytes} bytes: 300 should do, and none is too few (invariant 12)`,
    );
  }
});

test("the bytes of a comparison grow with the difference, not with the data (invariant 12)", () => {
  for (const count of [200, 1000]) {
    for (const differing of [1, 5]) {
      const rows = many(count);
      const pair = new Pair(Replica, rows, changed(rows, differing));
      pair.compare(0);
      pair.compare(1);
      const most = 1000 + 3000 * differing;
      claim(
        pair.bytes <= most,
        `Of ${count} rows, ${differing === 1 ? "one differs" : `${differing} differ`}. n1 and n2 sent each other ${counted(pair.messageCount, "message")} of ${pair.bytes} bytes: at most ${most} are allowed, 1,000 and 3,000 for each row that differs (invariant 12)`,
      );
    }
  }
});

test("a replica compares itself with each of the others, again and again", () => {
  const n1 = new Bench(Replica, { ...plain, compareMs });
  for (const when of ["", " after a crash and a restart"]) {
    const before = n1.everSent.length;
    n1.advance(40 * compareMs);
    for (const to of ["n2", "n3"]) {
      const isSent = n1.everSent.slice(before).some((it) => it.to === to && it.message.type === "Compare");
      claim(
        isSent,
        `compareMs is ${compareMs}, and within ${40 * compareMs} ms${when} n1 sent no Compare to ${to} (invariant 12)`,
      );
    }
    n1.crash();
  }
  const stranger = new Bench(Replica, { ...plain, compareMs }, "n6");
  stranger.advance(40 * compareMs);
  claim(
    stranger.sent("Compare").length === 0,
    "n6 is no replica and has nothing to compare, and it sent Compare",
  );
  const never = new Bench(Replica, plain);
  never.advance(40 * compareMs);
  claim(never.sent("Compare").length === 0, "compareMs is null, and n1 sent Compare");
});

test("on a network where nothing goes wrong, all replicas come to agree (invariant 12)", () => {
  stage(scenarios.quietAntiEntropy, exercise, { minCompleted: 15 });
});

test("all replicas agree when the faults are over, about keys that nobody reads, too (invariants 1 to 12)", async () => {
  await campaign(scenarios.antiEntropy, exercise, { minCompleted: 12 });
});
