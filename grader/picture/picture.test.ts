import { describe, expect, test } from "vitest";
import { History } from "#lib/history";
import { type Row, type StateChange, Trace } from "#lib/trace";
import type { PictureData } from "./data.ts";
import { hostileTexts } from "./hostile.ts";
import { limits, type Packed, pack } from "./pack.ts";
import { pictureHtml } from "./picture.ts";
import { runPicture } from "./run-picture.ts";
import { sampleData, samples } from "./sample.ts";

const empty: PictureData = {
  part: "05.5 Move",
  test: "a test",
  claim: "a claim",
  message: "what happened",
  deviations: [],
  replay: "05/move:1",
  story: [],
  knew: [],
  lanes: [],
  rows: [],
  states: [],
  operations: [],
};

function row(number: number, kind: Row["kind"], cause = -1, payload?: unknown): Row {
  return { number, kind, ms: number, actor: "n1", peer: undefined, cause, payload, note: undefined };
}

const unpack = (text: string) => JSON.parse(text) as Packed;

test("a run's lanes are its clients, and its nodes with what stands beside them", async () => {
  const { lanes } = await sampleData("done-twice");
  expect(lanes.map(({ name, kind }) => `${name}: ${kind}`)).toEqual([
    "c1: client",
    "c2: client",
    "c3: client",
    "d's app: app",
    "d: node",
    "n1: node",
    "n2: node",
    "n3: node",
  ]);
});

test("a run's operations are told as its clients would tell them", () => {
  const history = new History<unknown, unknown>();
  const ask = (input: unknown) => history.invoke("c1", input, 5);
  history.complete(ask({ op: "put", key: "k1", value: 7 }), "ok", 30, "6");
  history.complete(ask({ op: "get", key: "k1", value: null }), "info", 40);
  ask({ request: 3, operation: { type: "Add", amount: 1 } });
  const failure = {
    kind: "invariant",
    claim: "",
    message: "",
    operations: [1],
    eventIndex: 0,
    ms: 0,
  } as const;
  const told = { deviations: [], lines: [], knew: [] };
  const result = { nodes: [], history };
  const { operations } = runPicture({ trace: new Trace(), result, failure, told, replay: "" });
  expect(
    operations.map(({ input, output, outcome, isWitness }) => [input, output, outcome, isWitness]),
  ).toEqual([
    ["put k1 = 7", "6", "ok", false],
    ["get k1", "", "info", true],
    ["Add amount = 1", "", "open", false],
  ]);
});

describe("a packed run", () => {
  test("can be read back as it was", async () => {
    const data = await sampleData("done-twice");
    const { names, rows, states, ...rest } = unpack(pack(data));
    const { rows: oldRows, states: oldStates, ...oldRest } = data;
    expect(rest).toEqual({ ...JSON.parse(JSON.stringify(oldRest)), eventsLeftOut: 0 });
    expect(rows.length).toBe(oldRows.length);
    for (const [i, [kind, ms, actor, cause, peer, note, payload]] of rows.entries()) {
      const old = oldRows[i] as Row;
      const isArrival = kind === "message" || kind === "lost";
      const known = isArrival && payload === undefined ? rows[cause]?.[6] : payload;
      const now = {
        kind,
        ms,
        actor: names[actor],
        cause,
        peer: names[peer] || undefined,
        note: note || undefined,
      };
      const { number: _, payload: oldPayload, ...then } = old;
      expect(now).toEqual(then);
      expect(known).toEqual(oldPayload);
    }
    const changes = states.map(([at, actor, disk, field, text]) => [
      at,
      names[actor],
      disk === 1,
      field,
      text ?? undefined,
    ]);
    expect(changes).toEqual(
      oldStates.map((it) => [it.row, it.actor, it.where === "disk", it.field, it.text]),
    );
  });

  test("that is too long keeps its end, and begins with an event", () => {
    // Each event is a timer whose handler writes and sends.
    const rows = Array.from({ length: 300 }, (_, i) =>
      row(i, (["timer", "write", "send"] as const)[i % 3] ?? "timer", i - (i % 3), { i }),
    );
    const packed = unpack(pack({ ...empty, rows }, { ...limits, events: 7 }));
    expect(packed.eventsLeftOut).toBe(93);
    expect(packed.rows.map(([kind]) => kind)).toEqual(
      Array.from({ length: 7 }, () => ["timer", "write", "send"]).flat(),
    );
    expect(packed.rows.slice(0, 4).map(([, , , cause]) => cause)).toEqual([0, 0, 0, 3]);
    expect(packed.rows.at(-1)?.[6]).toEqual({ i: 299 });
  });

  test("that is too long has arrivals without a cause, and these keep their message", () => {
    const message = { type: "Put" };
    const rows = [
      row(0, "start"),
      row(1, "send", 0, message),
      row(2, "timer"),
      row(3, "message", 1, message),
    ];
    const packed = unpack(pack({ ...empty, rows }, { ...limits, events: 2 }));
    expect(packed.rows.map(([kind, , , cause, , , payload]) => [kind, cause, payload])).toEqual([
      ["timer", -1, undefined],
      ["message", -1, message],
    ]);
  });

  test("that is too long begins with what its nodes remembered by then", () => {
    const rows = [row(0, "start"), row(1, "timer"), row(2, "timer"), row(3, "timer")];
    const state = (at: number, field: string, text: string | undefined): StateChange => {
      return { row: at, actor: "n1", where: "memory", field, text };
    };
    const states = [
      state(0, "a", "1"),
      state(0, "b", "1"),
      state(1, "a", "2"),
      state(1, "b", undefined),
      state(3, "a", "3"),
    ];
    const packed = unpack(pack({ ...empty, rows, states }, { ...limits, events: 2 }));
    expect(packed.states.map(([at, , , field, text]) => [at, field, text])).toEqual([
      [-1, "a", "2"],
      [1, "a", "3"],
    ]);
  });

  test("is cut by how much there is to read, too", () => {
    const rows = Array.from({ length: 100 }, (_, i) => row(i, "timer", -1, "x".repeat(1000)));
    const packed = unpack(pack({ ...empty, rows }, { ...limits, characters: 10_500 }));
    expect(packed.rows.length).toBe(9);
    const alone = unpack(pack({ ...empty, rows }, { ...limits, characters: 1 }));
    expect(alone.rows.length).toBe(1);
  });

  test("shows a very long message by its beginning", () => {
    const rows = [row(0, "timer", -1, { type: "Put", value: "x".repeat(1_000_000) })];
    const text = pack({ ...empty, rows });
    expect(text.length).toBeLessThan(25_000);
    expect(unpack(text).rows[0]?.[6]).toContain("(1000025 characters, cut short)");
  });
});

describe("a picture", () => {
  test.each(hostileTexts.map((text) => [text.slice(0, 40), text]))("holds %j as text", async (_, text) => {
    const rows = [row(0, "start"), row(1, "send", 0, { type: text, [text]: text })].map((it) => ({
      ...it,
      actor: text,
      note: text,
    }));
    const lanes = [{ name: text, kind: "node" }] as const;
    const states = [{ row: 0, actor: text, where: "disk", field: text, text }] as const;
    const data = {
      ...empty,
      part: text,
      claim: text,
      message: text,
      story: [text],
      deviations: [text],
      lanes,
      rows,
      states,
    };
    const html = await pictureHtml(data);
    expect(html.match(/<script/g)?.length).toBe(2);
    expect(html.match(/<\/script/g)?.length).toBe(2);
    expect(/<!--|<img|[\u2028\u2029\p{Surrogate}]/u.test(html)).toBe(false);
    const inlined = /id="data">(.*?)<\/script>/s.exec(html)?.[1] ?? "";
    const packed = unpack(inlined);
    expect(packed.claim).toBe(text);
    expect(packed.names[1]).toBe(text);
    expect(packed.states[0]?.[4]).toBe(text);
    const payload = packed.rows[1]?.[6];
    if (text.length < limits.payload / 3) expect(Object.values(payload as object)).toContain(text);
    else expect(payload).toContain("cut short");
  });

  test("lets its own script and style in, and nothing else", async () => {
    const html = await pictureHtml(empty);
    const policy = /Content-Security-Policy" content="([^"]+)"/.exec(html)?.[1] ?? "";
    expect(policy).toMatch(
      /^default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'$/,
    );
    expect(/\b(src|href)=|url\(|@import/.test(html)).toBe(false);
  });

  test("is small for a small run", async () => {
    const names = Object.keys(samples) as (keyof typeof samples)[];
    for (const name of names)
      expect((await pictureHtml(await sampleData(name))).length).toBeLessThan(400_000);
  });
});
