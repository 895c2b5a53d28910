import { test } from "vitest";
import type { Exercise, Row } from "#protocol/04-quorum-store";
import * as work from "#work/04-quorum-store";
import { campaign, claim, same, stage } from "../suite/index.ts";
import { Bench, isBelow, isEqual, plain, replyText, row, rowText, versionText } from "./bench.ts";
import { isAnsweredOnce, isOver } from "./ending-rules.ts";
import {
  answersWithTheNewest,
  asksSparesLate,
  everyHintIsConfirmed,
  goesOnTrying,
  handsOver,
  standsForOne,
} from "./hint-rules.ts";
import { scenarios } from "./scenarios.ts";

const exercise: Exercise = work;
const { Replica } = exercise;

const strict = { ...plain, spares: ["n4", "n5"] };
const sloppy = { ...strict, sloppy: true };
const { handOffMs, timeoutMs, retryMs } = plain;

const [first, second, tie] = [row("x", 4, "n1", "a"), row("x", 6, "n2", "b"), row("x", 4, "n3", "c")];

test("each silent replica has a spare of its own, as long as there are spares", () => {
  const all = ["n1", "n2", "n3"];
  for (const [answered, spares] of [
    [[], ["n4", "n5"]],
    [["n1"], ["n4", "n5"]],
    [
      ["n1", "n2"],
      ["n4", "n5"],
    ],
    [
      ["n1", "n2", "n3"],
      ["n4", "n5"],
    ],
    [
      ["n2", "n4"],
      ["n4", "n5", "n6"],
    ],
    [[], []],
  ] as const) {
    const got = exercise.fallbacks(all, answered, spares);
    const silent = all.filter((node) => !(answered as readonly string[]).includes(node));
    const what = `${answered.join(", ") || "Nobody"} of n1, n2 and n3 answered, and the spares are ${spares.join(", ") || "none"}`;
    const homes = [...new Set(got.map(({ home }) => home))];
    const stand = [...new Set(got.map(({ spare }) => spare))];
    claim(
      homes.every((home) => silent.includes(home)) &&
        stand.every((spare) => (spares as readonly string[]).includes(spare)),
      `${what}: spares stand in for replicas that are silent, and fallbacks gives ${JSON.stringify(got)}`,
    );
    const count = Math.min(silent.length, spares.length);
    same(
      [got.length, homes.length, stand.length],
      [count, count, count],
      `${what}: how many pairs there are, how many replicas in them and how many spares`,
    );
  }
});

/** n4, a spare. */
function spare(...hints: readonly { readonly home: string; readonly row: Row }[]): Bench {
  const n4 = new Bench(Replica, strict, "n4");
  for (const { home, row: it } of hints) n4.receive("n1", { type: "Hint", ...it, home });
  return n4;
}

/** What n4 sends to a node within two tries. */
function handedTo(n4: Bench, home: string): readonly Row[] {
  const before = n4.sent("Store", home).length;
  n4.advance(2 * handOffMs);
  return n4
    .sent("Store", home)
    .slice(before)
    .map(({ message: { key, version, value } }) => ({ key, version, value }));
}

test("a hint is handed to its home as it is (invariant 5)", () => {
  const n4 = spare({ home: "n3", row: first });
  const reply = n4.sent("HintReply", "n1")[0]?.message;
  claim(
    reply?.home === "n3" && isEqual(reply.version, first.version),
    `n1 sent n4 a hint of ${rowText(first)} for n3, and HintReply for it should come back at once`,
  );
  const rows = handedTo(n4, "n3");
  claim(
    rows.length > 0,
    `n4 has a hint for n3, and sent it no Store within ${2 * handOffMs} ms, where handOffMs is ${handOffMs} (invariant 11)`,
  );
  const strange = rows.find((it) => !isEqual(it.version, first.version) || it.value !== first.value);
  claim(
    !strange,
    `The hint for n3 is ${rowText(first)}, and n4 sent it Store with ${rowText(strange)} (invariant 5)`,
  );
});

test("a hint is kept until its home has confirmed it (invariant 11)", () => {
  const n4 = spare({ home: "n3", row: first });
  for (let i = 0; i < 4; i++) {
    claim(
      handedTo(n4, "n3").length > 0,
      `n4 has a hint for n3, who has confirmed nothing for ${2 * i * handOffMs} ms, and now n4 tries no more: n3 may come back tomorrow (invariant 11)`,
    );
  }
  n4.crash();
  claim(
    handedTo(n4, "n3").length > 0,
    "n4 had a hint for n3, crashed and started again, and sends n3 no Store any more (invariant 11)",
  );
  for (const confirmed of [first, second]) {
    const it = spare({ home: "n3", row: first });
    it.receive("n3", { type: "StoreReply", key: "x", version: confirmed.version });
    it.advance(handOffMs + 1);
    const late = handedTo(it, "n3");
    claim(
      late.length === 0,
      `The hint for n3 is ${rowText(first)}. n3 has confirmed x ${versionText(confirmed.version)}, and n4 goes on sending it ${late.map(rowText).join(", ")}`,
    );
  }
});

test("a hint is handed over however many others come (invariant 11)", () => handsOver(Replica, strict));

test("only the home's own confirmation ends a hint (invariant 11)", () => {
  for (const [from, key, version] of [
    ["n2", "x", second.version],
    ["n3", "y", second.version],
    ["n3", "x", first.version],
    ["n3", "x", row("x", 6, "n1", "c").version],
  ] as const) {
    const n4 = spare({ home: "n3", row: second });
    n4.receive(from, { type: "StoreReply", key, version });
    claim(
      handedTo(n4, "n3").length > 0,
      `n4 has a hint of ${rowText(second)} for n3. ${from} confirmed ${key} ${versionText(version)}, and n4 took that for n3's confirmation of x ${versionText(second.version)} (invariant 11)`,
    );
  }
});

test("of two hints for one home and key the newer is kept (invariants 6 and 11)", () => {
  for (const rows of [
    [first, second],
    [second, first],
    [first, tie],
    [tie, first],
  ]) {
    const n4 = spare(...rows.map((it) => ({ home: "n3", row: it })));
    const last = handedTo(n4, "n3").at(-1);
    const best = rows.reduce((a, b) => (isBelow(a.version, b.version) ? b : a));
    claim(
      isEqual(last?.version, best.version),
      `Hints for n3 came to n4 with ${rows.map(rowText).join(", then ")}, and the last that it sends n3 is ${rowText(last)} (invariants 6 and 11)`,
    );
  }
  everyHintIsConfirmed(Replica, strict);
  const both = spare({ home: "n2", row: first }, { home: "n3", row: first });
  const [two, three] = [both, both].map((n4, i) => handedTo(n4, ["n2", "n3"][i] as string).length);
  claim(
    two !== 0 && three !== 0,
    `n4 has a hint for n2 and one for n3, of the same row. In 4 × ${handOffMs} ms it sent n2 ${two} Stores and n3 ${three} (invariant 11)`,
  );
});

test("what a spare has confirmed survives a crash, wherever it falls (invariants 2 and 11)", () => {
  const hint = { type: "Hint", ...first, home: "n3" } as const;
  const probe = spare();
  for (const crash of probe.crashesAt("n1", hint)) {
    const n4 = spare();
    const sent = n4.receiveAndCrash("n1", hint, crash);
    if (!sent.some(({ message }) => message.type === "HintReply")) continue;
    const rows = [...n4.sent("Store", "n3").map((it) => it.message), ...handedTo(n4, "n3")];
    claim(
      rows.length > 0,
      `n4 confirmed a hint for n3; ${crash.text}; after its restart it has nothing for n3 (invariants 2 and 11)`,
    );
  }
});

test("a replica that is silent for retryMs costs a hint, and one that answers costs none", () => {
  const n1 = new Bench(Replica, strict);
  const id = n1.ask("put", "x", "a");
  n1.run(["n2", "n4", "n5"], 3 * retryMs);
  const version = n1.written(id)?.version;
  const hints = n1.sent("Hint");
  claim(
    hints.some(({ message }) => message.home === "n3"),
    `n1 and n2 have put x = a, and n3 has been silent for ${3 * retryMs} ms, or would have been asked by now: a spare should be sent a hint for it`,
  );
  const strange = hints.find(
    ({ message }) => message.home !== "n3" || message.value !== "a" || !isEqual(message.version, version),
  );
  claim(
    !strange,
    `Only n3 was silent for put x = a ${versionText(version)}, and n1 sent ${strange?.to} a hint of ${rowText(strange?.message)} for ${strange?.message.home} (invariant 5)`,
  );
  goesOnTrying(Replica, strict);
  const calm = new Bench(Replica, strict);
  calm.ask("put", "x", "a");
  calm.run(["n2", "n3"], 3 * retryMs);
  claim(
    calm.sent("Hint").length === 0,
    `Every replica answered at once, and n1 sent ${calm.sent("Hint").length} hints`,
  );
});

test("where quorums are strict, a hint does not count (invariants 1 and 4)", () => {
  const n1 = new Bench(Replica, strict);
  const id = n1.ask("put", "x", "a");
  for (let ms = 0; ms <= 2 * timeoutMs; ms += 25) {
    n1.answer(["n4", "n5"], 1, ["n2", "n3", "n4", "n5"]);
    n1.advance(25);
  }
  const reply = n1.written(id);
  claim(
    reply?.outcome === "info",
    `sloppy is false. Of the replicas only n1 has put x = a, and n4 and n5 have hints: its outcome should be info, since a read of n2 and n3 would not see it, and there is ${replyText(reply)} (invariants 1 and 4)`,
  );
});

test("where quorums are sloppy, W different nodes are enough, and fewer are not (invariants 1 and 3)", () => {
  for (const [w, up, outcome] of [
    [2, ["n4"], "ok"],
    [2, ["n5"], "ok"],
    [3, ["n4", "n5"], "ok"],
    [3, ["n4"], "info"],
    [2, [], "fail"],
  ] as const) {
    const n1 = new Bench(Replica, { ...sloppy, w });
    const id = n1.ask("put", "x", "a");
    for (let ms = 0; ms <= 2 * timeoutMs; ms += 25) {
      n1.answer(up, 2);
      n1.advance(25);
    }
    const got = n1.written(id);
    const isRight = got?.outcome === outcome || (outcome === "fail" && got?.outcome === "info");
    claim(
      isRight,
      `sloppy is true, W = ${w}. n2 and n3 are silent, ${["n1 itself", ...up].join(" and ")} answer, each twice: the outcome of put x = a should be ${outcome}, and there is ${replyText(got)} (invariants 1 and 3)`,
    );
  }
});

test("where quorums are sloppy, a spare is one node, whomever it stands in for (invariants 1 and 3)", () =>
  standsForOne(Replica, sloppy));

test("where quorums are sloppy, a spare is asked when a replica is silent, and not before", () =>
  asksSparesLate(Replica, sloppy));

test("where quorums are sloppy, a spare answers with the newest hint", () =>
  answersWithTheNewest(Replica, sloppy));

test("a put that is over sends nothing more (invariant 8)", () => {
  const n1 = new Bench(Replica, strict);
  const id = n1.ask("put", "x", "a");
  n1.run(["n2", "n4"], timeoutMs + 1);
  const what = "n1 and n2 confirmed put x = a, n4 has a hint of it, and n3 was silent";
  isAnsweredOnce(n1, id, what);
  isOver(n1, what);
});

test("a write goes on while two of three replicas are away, and they have it when they are back (invariant 11)", () => {
  stage(scenarios.away, exercise, { minCompleted: 4 });
});

test("hints reach their homes, whatever goes wrong (invariants 3, 5 and 11)", async () => {
  await campaign(scenarios.sloppy, exercise, { minCompleted: 9 });
});
