import { test } from "vitest";
import type { Exercise, Row } from "#protocol/04-quorum-store";
import * as work from "#work/04-quorum-store";
import { campaign, claim, stage } from "../suite/index.ts";
import { Bench, five, isBelow, isEqual, plain, replyText, row, rowText, versionText } from "./bench.ts";
import { counterOutlivesCrashes } from "./counter-rules.ts";
import { isAnsweredOnce, isOver } from "./ending-rules.ts";
import { scenarios } from "./scenarios.ts";

const exercise: Exercise = work;
const { Replica } = exercise;

const graceMs = 6_000;
const config = { ...plain, graceMs };
const soon = 3 * plain.retryMs;

const value = row("x", 4, "n2", "a");
const tombstone = row("x", 5, "n2", null);

/** n1, which has these rows of x, in this order. */
function n1With(...rows: readonly Row[]): Bench {
  const n1 = new Bench(Replica, config);
  for (const it of rows) n1.store(it);
  return n1;
}

function collect(n1: Bench, { key, version }: Row): void {
  n1.receive("n2", { type: "Collect", key, version });
}

test("a delete is a write of a tombstone, with a version of its own (invariants 3 and 5)", () => {
  const n1 = n1With(value);
  n1.peers.get("n2")?.set("x", value);
  const id = n1.ask("delete", "x");
  n1.run(["n2"], soon);
  const [reply, theirs, mine] = [n1.written(id), n1.peers.get("n2")?.get("x"), n1.fetch("x")];
  claim(reply?.outcome === "ok", `n1 and n2 answer: delete x should be ok, and there is ${replyText(reply)}`);
  for (const [node, it] of [
    ["n1", mine],
    ["n2", theirs],
  ] as const) {
    claim(
      it?.value === null && isEqual(it.version, reply.version) && isBelow(value.version, it.version),
      `x had version ${versionText(value.version)}. Delete x was acknowledged with version ${versionText(reply.version)}, and ${node} has ${rowText(it)}: it should have a tombstone of that version, newer than the value (invariants 3 and 5)`,
    );
  }
});

test("a key that was never there can be deleted", () => {
  const n1 = n1With();
  const id = n1.ask("delete", "x");
  n1.run(["n2"], soon);
  claim(
    n1.written(id)?.outcome === "ok" && n1.fetch("x")?.value === null,
    `n1 and n2 have no row of x, and answer: delete x should be ok and leave a tombstone (a put may be on its way), and there is ${replyText(n1.written(id))} and ${rowText(n1.fetch("x"))}`,
  );
});

test("a delete waits for W, like a put (invariants 1 and 7)", () => {
  const n1 = new Bench(Replica, { ...five, graceMs });
  const id = n1.ask("delete", "x");
  for (let ms = 0; ms < plain.timeoutMs + 50; ms += 25) {
    n1.answer(["n2"], 2, five.replicas);
    n1.advance(25);
  }
  claim(
    n1.written(id)?.outcome === "info",
    `Of five replicas, n1 and n2 have the tombstone, and W is 3: the outcome of delete x should be info, and there is ${replyText(n1.written(id))} (invariants 1 and 7)`,
  );
});

test("a tombstone is newer than what was there before, and older than what comes after (invariant 10)", () => {
  const after = row("x", 6, "n3", "b");
  for (const [mine, theirs, wanted] of [
    [tombstone, value, tombstone],
    [value, tombstone, tombstone],
    [tombstone, null, tombstone],
    [null, tombstone, tombstone],
    [tombstone, after, after],
    [after, tombstone, after],
  ] as const) {
    const n1 = mine ? n1With(mine) : n1With();
    if (theirs) n1.peers.get("n2")?.set("x", theirs);
    const id = n1.ask("get", "x");
    n1.run(["n2"], soon);
    const reply = n1.read(id);
    claim(
      reply?.outcome === "ok" && reply.value === wanted.value && isEqual(reply.version, wanted.version),
      `n1 has ${rowText(mine)} and n2 answered ${rowText(theirs)}: get x should give ${wanted.value ?? "nothing"}, version ${versionText(wanted.version)}, and there is ${replyText(reply)} (invariant 10)`,
    );
  }
});

test("a value that comes late does not undo a delete (invariants 6 and 10)", () => {
  const n1 = n1With(tombstone, value);
  claim(
    n1.fetch("x")?.value === null,
    `A tombstone ${versionText(tombstone.version)} came to n1, and then Store with ${rowText(value)}: it should have the tombstone, and it has ${rowText(n1.fetch("x"))} (invariants 6 and 10)`,
  );
});

test("Collect goes to every replica when all have confirmed the tombstone, and not before (invariant 10)", () => {
  const n1 = n1With(value);
  const id = n1.ask("delete", "x");
  for (let i = 0; i < 4; i++) {
    n1.answer(["n2"], 3);
    n1.advance(plain.retryMs / 2);
  }
  const version = n1.written(id)?.version;
  claim(
    version !== undefined && version !== null,
    `n1 and n2 have the tombstone: ${replyText(n1.written(id))}`,
  );
  const early = n1.sent("Collect")[0];
  claim(
    early === undefined,
    `n1 and n2 have confirmed the tombstone of x, and n3 has not: it may still have the value. n1 sent Collect to ${early?.to} (invariant 10)`,
  );
  n1.run(["n2", "n3"], plain.timeoutMs - n1.solo.nowMs - 1);
  for (const to of ["n2", "n3"]) {
    const got = n1.sent("Collect", to)[0]?.message;
    claim(
      isEqual(got?.version, version) && got?.key === "x",
      `n1, n2 and n3 have confirmed the tombstone of x, version ${versionText(version)}, before timeoutMs was over: ${to} should be sent Collect for it, and it was sent ${got ? `Collect ${got.key} ${versionText(got.version)}` : "none"}`,
    );
  }
});

test("only tombstones are collected", () => {
  const n1 = n1With();
  n1.ask("put", "x", "a");
  n1.run(["n2", "n3"], 2 * plain.timeoutMs);
  const got = n1.sent("Collect")[0];
  claim(got === undefined, `All replicas have put x = a, and n1 sent Collect to ${got?.to}`);
  n1.store(row("x", 9, "n2", "b"));
  collect(n1, row("x", 9, "n2", "b"));
  n1.advance(2 * graceMs);
  claim(
    n1.fetch("x")?.value === "b",
    `n1 has x = b (9, n2), and Collect came for that version, which is no tombstone: n1 should keep it, and it has ${rowText(n1.fetch("x"))}`,
  );
});

test("without Collect, or without a graceMs, a tombstone stays (invariant 10)", () => {
  const n1 = n1With(value, tombstone);
  n1.advance(3 * graceMs);
  claim(
    n1.fetch("x")?.value === null,
    `No Collect came, and after ${3 * graceMs} ms n1 has ${rowText(n1.fetch("x"))} where the tombstone was (invariant 10)`,
  );
  n1.crash();
  n1.advance(3 * graceMs);
  claim(
    n1.fetch("x")?.value === null,
    `No Collect came; n1 crashed and started again, and after ${3 * graceMs} ms it has ${rowText(n1.fetch("x"))} where the tombstone was: a replica that missed it may still have the value (invariant 10)`,
  );
  const never = new Bench(Replica, plain);
  never.store(tombstone);
  collect(never, tombstone);
  never.advance(3 * graceMs);
  const got = never.fetch("x");
  claim(
    got?.value === null,
    `graceMs is null, and Collect came: n1 should keep the tombstone, and it has ${rowText(got)}`,
  );
  const asked = new Bench(Replica, plain);
  asked.ask("delete", "x");
  asked.run(["n2", "n3"], 2 * plain.timeoutMs);
  claim(
    asked.sent("Collect").length === 0,
    "graceMs is null, so tombstones are kept for ever, and n1 sent Collect after a delete",
  );
});

test("a tombstone goes graceMs after Collect, and not before (invariant 10)", () => {
  const n1 = n1With(value, tombstone);
  collect(n1, tombstone);
  n1.advance(graceMs - 1);
  claim(
    n1.fetch("x")?.value === null,
    `Collect came ${graceMs - 1} ms ago, and graceMs is ${graceMs}: n1 should still have the tombstone, and it has ${rowText(n1.fetch("x"))} (invariant 10)`,
  );
  n1.store(value);
  claim(
    n1.fetch("x")?.value === null,
    `A late Store with ${rowText(value)} came to n1 within graceMs, and undid the delete: n1 has ${rowText(n1.fetch("x"))} (invariant 10)`,
  );
  n1.advance(2);
  claim(
    n1.fetch("x") === null,
    `Collect came ${graceMs + 1} ms ago, and graceMs is ${graceMs}: nothing of x should be left at n1, and it has ${rowText(n1.fetch("x"))}`,
  );
});

test("a crash does not shorten the grace (invariant 10)", () => {
  const n1 = n1With(value, tombstone);
  collect(n1, tombstone);
  n1.advance(graceMs / 2);
  n1.crash();
  n1.store(value);
  n1.advance(graceMs / 2 - 10);
  n1.store(value);
  claim(
    n1.fetch("x")?.value === null,
    `Collect came, n1 crashed and started again, and ${graceMs - 10} ms after Collect a late Store came with ${rowText(value)}: n1 should have the tombstone, and it has ${rowText(n1.fetch("x"))} (invariant 10)`,
  );
});

test("a clock that is wrong does not shorten the grace (invariant 10)", () => {
  const n1 = n1With(value, tombstone);
  collect(n1, tombstone);
  n1.solo.clockErrorMs = 2 * graceMs;
  n1.crash();
  n1.advance(graceMs - 10);
  n1.store(value);
  claim(
    n1.fetch("x")?.value === null,
    `Collect came; n1's clock was set forward by ${2 * graceMs} ms, n1 crashed and started again, and ${graceMs - 10} ms after Collect a late Store came with ${rowText(value)}: n1 should have the tombstone, and it has ${rowText(n1.fetch("x"))} (invariant 10)`,
  );
});

test("what was written since the delete stays (invariant 3)", () => {
  for (const since of [
    row("x", 6, "n1", "b"),
    row("x", 6, "n1", null),
    row("x", 5, "n3", null),
    row("x", 5, "n3", "b"),
  ]) {
    for (const isBefore of [true, false]) {
      const n1 = n1With(tombstone);
      if (isBefore) n1.store(since);
      collect(n1, tombstone);
      if (!isBefore) n1.store(since);
      n1.advance(graceMs + 1);
      const got = n1.fetch("x");
      claim(
        isEqual(got?.version, since.version) && got?.value === since.value,
        `Collect came for the tombstone ${versionText(tombstone.version)}, and ${isBefore ? "before" : "after"} that Store with ${rowText(since)}. After graceMs n1 should have ${rowText(since)}, and it has ${rowText(got)} (invariants 3 and 10)`,
      );
    }
  }
});

test("a write after a tombstone has gone is newer than the tombstone was (invariant 5)", () => {
  for (const crashes of [false, true]) {
    const n1 = n1With(value, tombstone);
    collect(n1, tombstone);
    n1.advance(graceMs + 1);
    if (crashes) n1.crash();
    const id = n1.ask("put", "x", "b");
    n1.run(["n2"], soon);
    const version = n1.written(id)?.version;
    claim(
      version !== undefined && version !== null && isBelow(tombstone.version, version),
      `n1 has dropped the tombstone ${versionText(tombstone.version)}${crashes ? ", crashed and started again" : ""}. Nobody has a row of x, and put x = b got version ${versionText(version)}: n3, whose grace is not over, takes the tombstone for newer (invariants 5 and 10)`,
    );
  }
});

test("no crash makes a node forget the counter of a tombstone (invariants 2 and 5)", () => {
  counterOutlivesCrashes(Replica, config);
});

test("a Delete that is over sends nothing more (invariant 8)", () => {
  const n1 = n1With(value);
  const id = n1.ask("delete", "x");
  n1.run(["n2"], plain.timeoutMs + 1);
  const what = "n1 and n2 confirmed the tombstone of x, and n3 was silent";
  isAnsweredOnce(n1, id, what);
  isOver(n1, what);
});

test("a replica that missed the delete does not bring the value back (invariant 10)", () => {
  stage(scenarios.comeback, exercise, { minCompleted: 5 });
});

test("what was deleted stays deleted, whatever goes wrong (invariants 1 to 10)", async () => {
  await campaign(scenarios.deletes, exercise, { minCompleted: 15 });
});
