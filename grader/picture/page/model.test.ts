import { describe, expect, test } from "vitest";
import type { Packed, PackedChange, PackedRow } from "../pack.ts";
import { bandsOf } from "./faults.ts";
import { Memories } from "./memory.ts";
import { Model } from "./model.ts";
import { nothing, View } from "./view.ts";
import { wordsOf } from "./words.ts";

const names = ["", "c1", "n1", "n2"];
const [c1, n1, n2] = [1, 2, 3] as const;

function model(rows: readonly PackedRow[], states: readonly PackedChange[] = [], eventsLeftOut = 0): Model {
  const lanes = names.slice(1).map((name) => ({ name, kind: "node" as const }));
  const words = {
    part: "",
    test: "",
    claim: "",
    message: "",
    replay: "",
    story: [],
    knew: [],
    deviations: [],
    operations: [],
  };
  return new Model({ ...words, names, lanes, rows, states, eventsLeftOut } satisfies Packed);
}

const put = { type: "Put", key: "x", value: 7 };
/** c1 puts; it arrives, late, and again; its reply is lost. n2 does something else. */
const rows: readonly PackedRow[] = [
  ["start", 0, c1, -1, 0, ""],
  ["send", 0, c1, 0, n1, "", put],
  ["timer", 5, n2, -1, 0, "", "Tick"],
  ["send", 5, n2, 2, n1, "", { type: "Hello" }],
  ["message", 15, n1, 3, n2, ""],
  ["message", 45, n1, 1, c1, ""],
  ["write", 45, n1, 5, 0, "", { write: "set", cells: { x: 7 } }],
  ["send", 45, n1, 5, c1, "", { type: "PutOk" }],
  ["lost", 45, c1, 7, n1, "lost by the network"],
  ["message", 46, n1, 1, c1, ""],
  ["sync", 46, n1, 9, 0, ""],
  ["timer", 50, n2, -1, 0, "", "Tick"],
  ["violation", 50, 0, 9, 0, "x is lost"],
];

describe("a run", () => {
  test("has an event for what happened, with what its handler did", () => {
    const { events } = model(rows);
    expect(events.map(({ row }) => row.number)).toEqual([0, 2, 4, 5, 8, 9, 11, 12]);
    expect(events.map(({ effects }) => effects.map(({ kind }) => kind).join())).toEqual([
      "send",
      "send",
      "",
      "write,send",
      "",
      "sync",
      "",
      "",
    ]);
  });

  test("has an arrow for each message that arrives, is lost, or is on its way", () => {
    const open: PackedRow = ["send", 50, n2, 11, c1, "", put];
    const { arrows } = model([...rows, open]);
    expect(arrows.map(({ start, end, how, isCopy, lateMs }) => [start, end, how, isCopy, lateMs])).toEqual([
      [1, 2, "arrived", false, 0],
      [0, 3, "arrived", false, 35],
      [3, 4, "lost", false, 0],
      [0, 5, "arrived", true, 36],
      [6, -1, "open", false, 0],
    ]);
  });

  test("is told in words", () => {
    const run = model(rows);
    const words = run.events.map((event) => Object.values(wordsOf(run, event)).filter(Boolean).join(" | "));
    expect(words[3]).toBe("c1 → n1 | Put | key = x, value = 7 | 35 ms late; writes x = 7");
    expect(words[4]).toBe("n1 ⇢ c1 | PutOk | ✗ lost by the network");
    expect(words[5]).toBe("c1 → n1 | Put | key = x, value = 7 | again: a copy; 36 ms late; syncs");
    expect(words[7]).toBe("✗ the claim falls | x is lost");
  });

  test("knows the causal past of an event, and what of it was lost", () => {
    const run = model(rows);
    const past = (event: number) => [...run.pastOf(event)].flatMap((is, i) => (is ? [i] : []));
    expect(past(2)).toEqual([1, 2]);
    expect(past(3)).toEqual([0, 1, 2, 3]);
    // The second Tick of n2 led to nothing.
    expect(past(run.violation)).toEqual([0, 1, 2, 3, 4, 5, 7]);
  });

  test("that was cut keeps the numbers that it had", () => {
    const run = model([["message", 45, n1, -1, c1, "", put]], [], 500);
    expect(run.numberOf(0)).toBe(501);
    expect(run.arrows).toMatchObject([{ send: -1, start: -1, end: 0 }]);
    expect([...run.pastOf(0)]).toEqual([1]);
  });
});

test("a node's memory and disk are known before and after an event, and so is what is not synced", () => {
  const states: readonly PackedChange[] = [
    [-1, n1, 0, "old", "1"],
    [4, n1, 0, "heard", "1"],
    [5, n1, 0, "heard", "2"],
    [5, n1, 0, "old", null],
    [9, n1, 1, "x", "7"],
  ];
  const memories = new Memories(model(rows, states));
  expect(memories.around("n1", 3)).toEqual({
    memory: [
      { name: "old", before: "1", after: undefined },
      { name: "heard", before: "1", after: "2" },
    ],
    disk: [],
    unsynced: [{ write: "set", cells: { x: 7 } }],
  });
  expect(memories.around("n1", 5)).toEqual({
    memory: [{ name: "heard", before: "2", after: "2" }],
    disk: [{ name: "x", before: undefined, after: "7" }],
    unsynced: [],
  });
  expect(memories.around("n2", 6)).toBeUndefined();
});

test("what the nemesis does lasts as long as it says, or until the faults end", () => {
  const fault = (ms: number, note: string): PackedRow => ["fault", ms, 0, -1, 0, note];
  const bands = bandsOf(
    model([
      fault(0, "a partition: c1, n1 | n2, for 250 ms"),
      fault(0, "n1 and n2 cannot reach each other, for 250 ms"),
      fault(10, "n2 cannot reach c1, for 250 ms"),
      fault(20, "n1 stands still for 30 ms"),
      fault(20, "what comes to n2 takes 7 ms longer, for 250 ms"),
      fault(30, "the clock of n1 jumps by 9 ms"),
      ["crash", 40, n1, -1, 0, ""],
      ["restart", 90, n1, -1, 0, ""],
      fault(200, "the faults end: everyone is up and reachable from here on"),
    ]),
  );
  expect(bands.map(({ kind, lanes, end }) => [kind, lanes, end])).toEqual([
    ["cut", [0, 1], { ms: 200 }],
    ["cut", [1, 2], { ms: 200 }],
    ["cut", [2], { ms: 200 }],
    ["still", [1], { ms: 50 }],
    ["slow", [2], { ms: 200 }],
    ["down", [1], { event: 7 }],
  ]);
});

test("a filter hides what has not all of its words, and asking for a hidden event takes it away", () => {
  const view = new View(model(rows));
  view.setFilter({ ...nothing, words: ["put", "7"] });
  expect(view.shown).toEqual([0, 3, 5]);
  view.step(1);
  view.step(1);
  view.step(1);
  view.step(1);
  expect(view.selected).toBe(5);
  view.step(-1);
  expect(view.selected).toBe(3);
  view.setFilter({ ...nothing, lanes: new Set([1]) });
  expect(view.shown).not.toContain(3);
  view.reveal(3);
  expect([view.selected, view.shown.length]).toEqual([3, 8]);
});
