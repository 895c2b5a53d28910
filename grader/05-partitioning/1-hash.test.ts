import { test } from "vitest";
import { Stream } from "#lib/random";
import { type Exercise, type SlotTable, slotCount } from "#protocol/05-partitioning";
import * as work from "#work/05-partitioning";
import { claim } from "../suite/index.ts";
import { countIn, keyFamilies, shown, unevenness, unevenText } from "./keys.ts";

const { hashKey, joinSlots, leaveSlots, nodeByModulo, slotOf, spreadSlots }: Exercise = work;

const families = keyFamilies(5_000);
const known = new Map<string, number[]>();

/** The hashes of a family, made once. */
function hashesOf(family: string): number[] {
  let hashes = known.get(family);
  if (!hashes) {
    hashes = (families[family] ?? []).map((key) => hashKey(key));
    known.set(family, hashes);
  }
  return hashes;
}

const oddKeys = ["", " ", "\0", "\ud800", "\udc00\ud800", "ﬀ", "é", "e\u0301", "x".repeat(5_000)];

test("a hash is a whole number from 0 to 2³² − 1, for any string", () => {
  for (const key of [...oddKeys, ...Object.values(families).flatMap((keys) => keys.slice(0, 500))]) {
    const hash = hashKey(key);
    const isNegative = Number.isInteger(hash) && hash < 0;
    claim(
      !isNegative,
      `hashKey(${shown(key)}) is ${hash}, and ${hash} % 8 is ${hash % 8}: no node and no slot has a negative number`,
    );
    claim(
      Number.isInteger(hash) && hash < 2 ** 32,
      `hashKey(${shown(key)}) is ${String(hash)}: it should be a whole number from 0 to 2³² − 1`,
    );
  }
});

test("a key has one hash, whenever it is asked for", () => {
  const keys = [...oddKeys, ...Object.values(families).flatMap((list) => list.slice(0, 200))];
  const first = keys.map((key) => hashKey(key));
  for (const [i, key] of [...keys.entries()].reverse()) {
    const again = hashKey(key);
    claim(
      again === first[i],
      `hashKey(${shown(key)}) was ${first[i]} and is ${again} now: two routers would look for the key in two places`,
    );
  }
});

test("different keys hardly ever have the same hash", () => {
  for (const [family, keys] of Object.entries(families)) {
    const different = new Set(hashesOf(family)).size;
    claim(
      different >= keys.length - 1,
      `${keys.length} keys (${family}) have ${different} different hashes: all keys with one hash stay together for ever, however many nodes there are`,
    );
  }
});

test("hash % n is even, for every family of keys", () => {
  for (const [family, keys] of Object.entries(families)) {
    const hashes = hashesOf(family);
    for (const n of [2, 7, 16, 100, 1_024]) {
      const counts = countIn(hashes, n, (hash) => ((hash % n) + n) % n);
      claim(
        unevenness(counts) < 6,
        `${keys.length} keys (${family}) over hash % ${n}, so ${n} nodes: ${unevenText(counts)}`,
      );
    }
  }
});

test("the high bits of a hash are even as well", () => {
  for (const [family, keys] of Object.entries(families)) {
    const hashes = hashesOf(family);
    for (const n of [2, 16, 100, 1_024]) {
      const counts = countIn(hashes, n, (hash) => Math.floor(((hash >>> 0) / 2 ** 32) * n));
      claim(
        unevenness(counts) < 6,
        `${keys.length} keys (${family}), by the high bits (hash / 2³² × ${n}), so ${n} equal pieces of the range: ${unevenText(counts)}`,
      );
    }
  }
});

test("mod N names a node from 0 to N − 1, the same for equal hashes", () => {
  const table: [number, number, number][] = [
    [0, 1, 0],
    [17, 8, 1],
    [17, 9, 8],
    [2 ** 32 - 1, 8, 7],
    [2 ** 32 - 1, 10, 5],
    [2_166_136_261, 3, 1],
  ];
  for (const [hash, nodeCount, node] of table) {
    const got = nodeByModulo(hash, nodeCount);
    claim(
      got === node,
      `nodeByModulo(${hash}, ${nodeCount}) is ${got}: ${hash} modulo ${nodeCount} is ${node}`,
    );
  }
});

test("from 8 to 9 nodes, mod N moves eight keys in nine", () => {
  const random = new Stream(8, "modulo");
  const hashes = Array.from({ length: 20_000 }, () => random.int(2 ** 32));
  const moved = hashes.filter((hash) => nodeByModulo(hash, 8) !== nodeByModulo(hash, 9)).length;
  claim(
    Math.abs(moved / hashes.length - 8 / 9) < 0.01,
    `Of 20,000 keys, ${moved} moved from 8 nodes to 9: with the hash modulo the number of nodes it should be about 17,778`,
  );
});

test("a slot is a whole number from 0 to 16,383, and all slots have equally many hashes", () => {
  const random = new Stream(9, "slots");
  const hashes = [0, 1, 2 ** 32 - 1, ...Array.from({ length: 100_000 }, () => random.int(2 ** 32))];
  const slots = hashes.map((hash) => slotOf(hash));
  const stray = slots.findIndex((slot) => !(Number.isInteger(slot) && slot >= 0 && slot < slotCount));
  claim(stray === -1, `slotOf(${hashes[stray]}) is ${slots[stray]}: slots go from 0 to ${slotCount - 1}`);
  const counts = countIn(slots, slotCount, (slot) => slot);
  claim(
    unevenness(counts) < 6,
    `${hashes.length} even hashes over ${slotCount} slots: ${unevenText(counts)}. Each slot stands for the same number of hashes`,
  );
});

test("a new table gives every slot an owner, and every node as many slots as another, or one more", () => {
  for (const count of [1, 2, 3, 8, 17, 100]) {
    const nodes = names(count);
    const slots = spreadSlots(nodes);
    isWhole(slots, `spreadSlots of ${count} nodes`);
    isEven(slots, nodes, `spreadSlots of ${count} nodes`);
  }
});

test("a node that joins gets its fair share, and nothing else moves", () => {
  let slots = even(8);
  for (let count = 8; count < 12; count++) {
    const before = [...slots];
    const joined = `n${count + 1}`;
    slots = joinSlots(slots, joined);
    isWhole(slots, `The table after ${joined} joined`);
    const moved = before.filter((_, slot) => slots[slot] !== before[slot]).length;
    const stray = before.findIndex((node, slot) => slots[slot] !== node && slots[slot] !== joined);
    claim(
      stray === -1,
      `When ${joined} joined, slot ${stray} went from ${before[stray]} to ${slots[stray]}: only the node that joins gets slots (invariant 2)`,
    );
    const share = slotCount / (count + 1);
    claim(
      moved >= Math.floor(share) && moved <= Math.ceil(share),
      `When ${joined} joined ${count} nodes, ${moved} slots moved: its fair share is ${slotCount} / ${count + 1}, about ${Math.round(share)}`,
    );
    isEven(slots, names(count + 1), `The table after ${joined} joined`);
  }
});

test("a node that leaves gives its slots to all others, and nothing else moves", () => {
  let slots = even(9);
  let nodes = names(9);
  for (const left of ["n9", "n1", "n5"]) {
    const before = [...slots];
    nodes = nodes.filter((node) => node !== left);
    slots = leaveSlots(slots, left);
    isWhole(slots, `The table after ${left} left`);
    const stray = before.findIndex((node, slot) => node !== left && slots[slot] !== node);
    claim(
      stray === -1,
      `When ${left} left, slot ${stray} went from ${before[stray]} to ${slots[stray]}: only the slots of the node that leaves move (invariant 2)`,
    );
    const orphan = slots.indexOf(left);
    claim(orphan === -1, `${left} has left, and slot ${orphan} still belongs to it`);
    isEven(slots, nodes, `The table after ${left} left`);
  }
});

test("a table that was given is not changed", () => {
  const slots = even(4);
  const copy = [...slots];
  joinSlots(slots, "n5");
  claim(
    copy.every((node, i) => slots[i] === node),
    "joinSlots changed the table that it was given: give a new one",
  );
  leaveSlots(slots, "n4");
  claim(
    copy.every((node, i) => slots[i] === node),
    "leaveSlots changed the table that it was given: give a new one",
  );
});

function names(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `n${i + 1}`);
}

/** An even table that the grader makes itself: a mistake in spreadSlots costs nothing here. */
function even(count: number): SlotTable {
  return Array.from({ length: slotCount }, (_, slot) => `n${1 + Math.floor((slot * count) / slotCount)}`);
}

function isWhole(slots: SlotTable, what: string): void {
  claim(
    Array.isArray(slots),
    `${what} is ${String(slots)}: it should be an array of ${slotCount} node names`,
  );
  claim(slots.length === slotCount, `${what} has ${slots.length} slots: it should have ${slotCount}`);
  const free = slots.findIndex((node) => typeof node !== "string");
  claim(free === -1, `${what}: slot ${free} has no owner`);
}

function isEven(slots: SlotTable, nodes: readonly string[], what: string): void {
  const counts = nodes.map((node) => slots.filter((owner) => owner === node).length);
  const most = counts.indexOf(Math.max(...counts));
  const least = counts.indexOf(Math.min(...counts));
  claim(
    (counts[most] as number) - (counts[least] as number) <= 1,
    `${what}: ${nodes[most]} has ${counts[most]} slots and ${nodes[least]} has ${counts[least]}, and they should differ by one at most`,
  );
}
