import { test } from "vitest";
import { Stream } from "#lib/random";
import type { Exercise, Ring } from "#protocol/05-partitioning";
import * as work from "#work/05-partitioning";
import { claim, rounds, same } from "../suite/index.ts";
import { shown } from "./keys.ts";

const { createRing }: Exercise = work;

const keys = Array.from({ length: 2_000 }, (_, i) => `user:${i}`);
const names = (count: number, name = "n"): string[] =>
  Array.from({ length: count }, (_, i) => `${name}${i + 1}`);

function ringOf(virtualNodes: number, nodes: readonly string[]): Ring {
  const ring = createRing(virtualNodes);
  for (const node of nodes) ring.add(node);
  return ring;
}

/**
 * The owner of a key. Rounds are counted anew for each lookup: what one may cost is the business of one test, and a ring that is slow
 * is right in all others.
 */
function ownerOf(ring: Ring, key: string): string | null {
  let owner: string | null = null;
  rounds(() => {
    owner = ring.owner(key);
  });
  return owner;
}

function preferredOf(ring: Ring, key: string, count: number): string[] {
  let nodes: string[] = [];
  rounds(() => {
    nodes = ring.preferred(key, count);
  });
  return nodes;
}

test("an empty ring has no owners", () => {
  const ring = createRing(8);
  same(ring.owner("user:1"), null, "The owner of a key on a ring without nodes");
  same(ring.preferred("user:1", 3), [], "The preference list on a ring without nodes");
  ring.add("n1");
  ring.remove("n1");
  same(ring.owner("user:1"), null, "The owner of a key when the only node has left");
});

test("every key has an owner, all around the ring", () => {
  // With few points, many keys lie behind the last of them.
  for (const count of [1, 2, 3]) {
    const ring = ringOf(1, names(count));
    for (const key of keys) {
      const owner = ownerOf(ring, key);
      claim(
        typeof owner === "string" && names(count).includes(owner),
        `On a ring of ${names(count).join(", ")} the owner of ${shown(key)} is ${String(owner)}: after the last point comes the first`,
      );
    }
  }
});

test("a key has one owner, whenever it is asked for", () => {
  const ring = ringOf(32, names(5));
  const first = keys.map((key) => ownerOf(ring, key));
  const again = keys.map((key) => ownerOf(ring, key));
  const i = first.findIndex((owner, index) => owner !== again[index]);
  claim(
    i === -1,
    `The owner of ${shown(keys[i] ?? "")} was ${first[i]}, and now it is ${again[i]}: nobody joined or left`,
  );
});

test("every key that changes its owner goes to the node that joins", () => {
  const random = new Stream(2, "join");
  for (let round = 0; round < 8; round++) {
    const nodes = names(2 + random.int(9));
    const ring = ringOf(1 + random.int(64), nodes);
    const before = keys.map((key) => ownerOf(ring, key));
    ring.add("joining");
    let moved = 0;
    for (const [i, key] of keys.entries()) {
      const owner = ownerOf(ring, key);
      if (owner === before[i]) continue;
      moved++;
      claim(
        owner === "joining",
        `When a node joined ${nodes.length} others, ${shown(key)} went from ${before[i]} to ${owner}: only the node that joins gets keys (invariant 2)`,
      );
    }
    claim(moved > 0, `No key of ${keys.length} went to the node that joined ${nodes.length} others`);
  }
});

test("only the keys of the node that leaves change their owner", () => {
  const random = new Stream(3, "leave");
  for (let round = 0; round < 8; round++) {
    const nodes = names(2 + random.int(9));
    const ring = ringOf(1 + random.int(64), nodes);
    const leaving = random.pick(nodes);
    const before = keys.map((key) => ownerOf(ring, key));
    ring.remove(leaving);
    for (const [i, key] of keys.entries()) {
      const owner = ownerOf(ring, key);
      claim(owner !== leaving, `${leaving} has left, and still owns ${shown(key)}`);
      claim(
        owner === before[i] || before[i] === leaving,
        `When ${leaving} left, ${shown(key)} went from ${before[i]} to ${owner}: only the keys of ${leaving} should move (invariant 2)`,
      );
    }
  }
});

test("two rings with the same nodes agree, whatever happened before", () => {
  const nodes = names(7);
  const random = new Stream(4, "order");
  const first = ringOf(40, nodes);
  for (let round = 0; round < 4; round++) {
    const order = random.shuffle(nodes);
    const second = createRing(40);
    // Some nodes that are not there in the end, and one that leaves and comes back.
    second.add("visitor");
    for (const node of order) second.add(node);
    second.remove("visitor");
    second.remove(order[0] as string);
    second.add(order[0] as string);
    for (const key of keys) {
      const here = ownerOf(first, key);
      const there = ownerOf(second, key);
      claim(
        here === there,
        `Two rings with the nodes ${nodes.join(", ")} disagree: one says that ${here} owns ${shown(key)}, and one, whose nodes joined in the order ${order.join(", ")}, says ${there} (invariant 1)`,
      );
    }
  }
});

test("a node that joins twice, or leaves without being there, changes nothing", () => {
  const ring = ringOf(16, names(4));
  const before = keys.map((key) => preferredOf(ring, key, 4).join());
  ring.add("n2");
  ring.remove("n9");
  let i = keys.findIndex((key, index) => preferredOf(ring, key, 4).join() !== before[index]);
  claim(
    i === -1,
    `After add("n2") of a node that was there, and remove("n9") of one that was not, the preference list of ${shown(keys[i] ?? "")} changed from ${before[i]}`,
  );
  ring.remove("n2");
  i = keys.findIndex((key) => ownerOf(ring, key) === "n2");
  claim(
    i === -1,
    `n2 was added twice and removed once, and still owns ${shown(keys[i] ?? "")}: it joined only once`,
  );
});

test("a lookup takes O(log n) steps", () => {
  const small = costOf(ringOf(16, names(4)));
  const large = costOf(ringOf(128, names(128)));
  claim(
    large <= small + 40,
    `A lookup among 64 points takes ${small} rounds of loops and calls of functions, and one among 16,384 takes ${large}: that should be at most 40 more`,
  );
});

test("a node's share is within 1 ± 4/√V of the ideal", () => {
  const many = Array.from({ length: 10_000 }, (_, i) => `key-${i}`);
  for (const [nodes, virtualNodes] of [
    [names(10), 128],
    [names(5, "10.0.0."), 400],
    [names(8, "cache-"), 256],
  ] as const) {
    const ring = ringOf(virtualNodes, nodes);
    const counts = new Map<string, number>(nodes.map((node) => [node, 0]));
    for (const key of many) {
      const owner = ownerOf(ring, key) as string;
      counts.set(owner, (counts.get(owner) ?? 0) + 1);
    }
    const ideal = many.length / nodes.length;
    // The keys are a sample: four standard deviations, as for the points.
    const most = 4 * Math.sqrt(1 / virtualNodes + nodes.length / many.length);
    for (const [node, count] of counts) {
      claim(
        Math.abs(count / ideal - 1) <= most,
        `With ${virtualNodes} points a node, ${node} has ${(count / ideal).toFixed(2)} times its fair share of the keys: it should be 1 ± ${(4 / Math.sqrt(virtualNodes)).toFixed(2)} (invariant 3)`,
      );
    }
  }
});

test("a preference list begins with the owner and has different nodes", () => {
  for (const virtualNodes of [1, 8, 64]) {
    const ring = ringOf(virtualNodes, names(6));
    for (const key of keys) {
      const list = preferredOf(ring, key, 3);
      claim(
        new Set(list).size === list.length,
        `The preference list of ${shown(key)} is ${list.join(", ")}: three copies on it are not on three nodes (invariant 4)`,
      );
      claim(
        list.length === 3,
        `preferred(${shown(key)}, 3) on a ring of six nodes has ${list.length}: ${list.join(", ")}`,
      );
      claim(
        list[0] === ownerOf(ring, key),
        `The preference list of ${shown(key)} is ${list.join(", ")}, and its owner is ${ownerOf(ring, key)}: the owner comes first`,
      );
    }
  }
});

test("a preference list has all nodes when there are fewer than asked for", () => {
  const ring = ringOf(16, names(3));
  for (const key of keys.slice(0, 500)) {
    same(
      [...preferredOf(ring, key, 5)].sort(),
      names(3),
      `preferred(${shown(key)}, 5) on a ring of n1, n2, n3, sorted`,
    );
  }
});

test("when the owner leaves, the next of the preference list takes over", () => {
  const nodes = names(6);
  const some = keys.slice(0, 1_000);
  for (const leaving of nodes) {
    const ring = ringOf(16, nodes);
    const lists = some.map((key) => preferredOf(ring, key, 3));
    ring.remove(leaving);
    for (const [i, key] of some.entries()) {
      const list = lists[i] as string[];
      const rest = list.filter((node) => node !== leaving);
      const now = preferredOf(ring, key, 3).slice(0, rest.length);
      claim(
        now.join() === rest.join(),
        `The preference list of ${shown(key)} was ${list.join(", ")}; ${leaving} left, and now it begins with ${now.join(", ")}: the others should keep their order`,
      );
    }
  }
});

/** The mean number of rounds of a lookup. The first lookup is not counted: a ring may put itself in order then. */
function costOf(ring: Ring): number {
  ring.owner("first");
  const sample = keys.slice(0, 200);
  const used = rounds(() => {
    for (const key of sample) ring.owner(key);
  });
  return Math.round(used / sample.length);
}
