import { test } from "vitest";
import type { Exercise, Row, Sizes } from "#protocol/04-quorum-store";
import * as work from "#work/04-quorum-store";
import { counted } from "../report/words.ts";
import { claim, same } from "../suite/index.ts";
import { row, rowText, version, versionText } from "./bench.ts";

const { canStill, isNewer, isQuorum, newest, promises, sizesFor }: Exercise = work;

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

/** Every choice of N up to 7. */
const choices: Sizes[] = upTo(7).flatMap((n) => upTo(n).flatMap((w) => upTo(n).map((r) => ({ n, w, r }))));

/** The subsets of n1 … of a size. */
function subsets(n: number, size: number): number[][] {
  if (size === 0) return [[]];
  return upTo(n)
    .slice(size - 1)
    .flatMap((last) => subsets(last - 1, size - 1).map((rest) => [...rest, last]));
}

const sizesText = ({ n, w, r }: Sizes) => `N = ${n}, W = ${w}, R = ${r}`;

test("reads meet writes when no W replicas and R replicas can miss each other", () => {
  for (const sizes of choices) {
    const { n, w, r } = sizes;
    const reads = subsets(n, r);
    const missed = subsets(n, w).flatMap((write) =>
      reads
        .filter((read) => !read.some((replica) => write.includes(replica)))
        .map((read) => ({ write, read })),
    )[0];
    const got = promises(sizes).readsMeetWrites;
    const names = (them: readonly number[]) => them.map((i) => `n${i}`).join(", ");
    claim(
      got === !missed,
      missed
        ? `With ${sizesText(sizes)} a write may be on ${names(missed.write)} and a read may ask ${names(missed.read)}: readsMeetWrites should be false, and it is ${got}`
        : `With ${sizesText(sizes)} every R replicas share one with every W replicas: readsMeetWrites should be true, and it is ${got}`,
    );
  }
});

test("as many replicas may be down as are not needed", () => {
  for (const sizes of choices) {
    const { writeDown, readDown } = promises(sizes);
    same(writeDown, sizes.n - sizes.w, `writeDown for ${sizesText(sizes)}, where a write needs W of the N`);
    same(readDown, sizes.n - sizes.r, `readDown for ${sizesText(sizes)}, where a read needs R of the N`);
  }
});

test("an acknowledged write survives all but one of the disks that it is sure to be on", () => {
  for (const sizes of choices) {
    same(
      promises(sizes).lostDisks,
      sizes.w - 1,
      `lostDisks for ${sizesText(sizes)}, where an acknowledged write is sure to be on W disks`,
    );
  }
});

test("the sizes for a number of failures are the smallest that keep both promises", () => {
  for (const writeDown of [0, 1, 2, 3]) {
    for (const readDown of [0, 1, 2, 3, 4]) {
      const fit = choices.concat(upTo(8).flatMap((w) => upTo(8).map((r) => ({ n: 8, w, r }))));
      const best = fit.find(({ n, w, r }) => w + r > n && n - w >= writeDown && n - r >= readDown);
      same(
        sizesFor(writeDown, readDown),
        best,
        `The smallest N, with its W and R, so that reads meet writes, writes succeed with ${writeDown} down and reads with ${readDown} down`,
      );
    }
  }
});

test("with six copies in three zones, a write survives a zone, and a read a zone and one more", () => {
  for (const [needed, zonesLost, moreLost, wanted] of [
    [4, 1, 0, true],
    [4, 1, 1, false],
    [3, 1, 1, true],
    [3, 1, 2, false],
    [4, 0, 2, true],
    [4, 0, 3, false],
    [3, 2, 0, false],
    [6, 0, 0, true],
  ] as const) {
    const got = canStill([2, 2, 2], needed, zonesLost, moreLost);
    claim(
      got === wanted,
      `Of three zones with 2 copies each, ${zonesLost} are lost and ${moreLost} more copies: ${6 - 2 * zonesLost - moreLost} are left, and ${needed} are needed, so canStill should be ${wanted}, and it is ${got}`,
    );
  }
});

test("the zones that are lost are the worst ones to lose", () => {
  for (const [copies, needed, zonesLost, moreLost, wanted] of [
    [[1, 3, 1], 3, 1, 0, false],
    [[1, 3, 1], 2, 1, 0, true],
    [[3, 1, 1], 2, 1, 0, true],
    [[3, 1, 1], 3, 1, 0, false],
    [[1, 10, 2], 3, 1, 0, true],
    [[1, 10, 2], 4, 1, 0, false],
    [[2, 3], 2, 1, 1, false],
    [[2, 3], 1, 2, 0, false],
    [[5], 3, 0, 2, true],
  ] as const) {
    const got = canStill(copies, needed, zonesLost, moreLost);
    claim(
      got === wanted,
      `Zones with ${copies.join(", ")} copies lose ${counted(zonesLost, "zone")}, whichever, and ${moreLost} more copies, and ${needed} are needed: canStill should be ${wanted}, and it is ${got}`,
    );
  }
});

test("the list of zones that was given is not changed", () => {
  const copies = [1, 3, 2];
  canStill(copies, 2, 1, 0);
  same(copies, [1, 3, 2], "The list that canStill was given, after the call");
});

test("a version is newer by its counter, then by its node (invariant 5)", () => {
  for (const [a, b, wanted] of [
    [version(2, "n1"), version(1, "n3"), true],
    [version(10, "n1"), version(9, "n1"), true],
    [version(9, "n9"), version(10, "n1"), false],
    [version(4, "n2"), version(4, "n1"), true],
    [version(4, "n1"), version(4, "n2"), false],
    [version(4, "n10"), version(4, "n2"), false],
    [version(4, "n1"), version(4, "n1"), false],
    [version(4, "a"), version(4, "B"), true],
    [version(0, "n1"), null, true],
  ] as const) {
    const got = isNewer(a, b);
    claim(
      got === wanted,
      `isNewer(${versionText(a)}, ${versionText(b)}) should be ${wanted}, and it is ${got} (invariant 5)`,
    );
  }
});

test("the newest row wins, wherever it stands and however many are older (invariant 5)", () => {
  const [old, dead, late] = [row("x", 1, "n1", "a"), row("x", 2, "n1", null), row("x", 2, "n3", "b")];
  for (const [rows, wanted] of [
    [[], null],
    [[null, null], null],
    [[old, null, null], old],
    [[null, null, old], old],
    [[old, old, late], late],
    [[late, old, old], late],
    [[old, dead, null], dead],
    [[null, dead, old], dead],
    [[dead, late, old], late],
    [[late, dead], late],
  ] as (readonly [(Row | null)[], Row | null])[]) {
    const got = newest(rows);
    claim(
      rowText(got) === rowText(wanted),
      `The newest of [${rows.map(rowText).join("; ")}] should be ${rowText(wanted)}, and it is ${rowText(got)} (invariant 5)`,
    );
  }
});

test("a quorum is of different members, and just enough is enough (invariant 1)", () => {
  const members = ["n1", "n2", "n3"];
  for (const [repliers, needed, wanted] of [
    [["n1", "n2"], 2, true],
    [["n1"], 2, false],
    [["n2", "n2"], 2, false],
    [["n1", "n2", "n1", "n2"], 3, false],
    [["n3", "n2", "n1"], 3, true],
    [["n1", "n4"], 2, false],
    [["n1", "n4", "n2"], 2, true],
    [["n4", "n5"], 2, false],
    [["n3"], 1, true],
    [[], 1, false],
  ] as const) {
    const got = isQuorum(repliers, members, needed);
    claim(
      got === wanted,
      `${repliers.join(", ") || "Nobody"} replied, and ${needed} of ${members.join(", ")} are needed: isQuorum should be ${wanted}, and it is ${got} (invariant 1)`,
    );
  }
});
