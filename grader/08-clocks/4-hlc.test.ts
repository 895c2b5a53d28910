import { test } from "vitest";
import { Stream } from "#lib/random";
import type { Exercise, Hlc, HlcTime } from "#protocol/08-clocks";
import * as work from "#work/08-clocks";
import { campaign, claim, same, stage } from "../suite/index.ts";
import { epochMs, hlcText, judgeHlc, readHlc, shownHlc, shownMs } from "./judges.ts";
import { scenarios } from "./scenarios.ts";
import { type AnyClock, execute } from "./schedules.ts";

const { createHlc, decodeHlc, encodeHlc }: Exercise = work;

const T = epochMs;

/** The grader's own text of a reading. */
function text(ms: number, counter: number): string {
  return ms.toString(16).padStart(12, "0") + counter.toString(16).padStart(4, "0");
}

const readings: HlcTime[] = [
  { ms: 0, counter: 0 },
  { ms: 1, counter: 0 },
  { ms: 9, counter: 65_535 },
  { ms: 10, counter: 9 },
  { ms: 255, counter: 1 },
  { ms: 2 ** 31 - 1, counter: 16 },
  { ms: 2 ** 32, counter: 0 },
  { ms: T, counter: 0 },
  { ms: T, counter: 4_096 },
  { ms: T + 1, counter: 0 },
  { ms: 2 ** 47, counter: 255 },
  { ms: 2 ** 48 - 1, counter: 65_535 },
];

const shown = ({ ms, counter }: HlcTime) => `{ ms: ${ms}, counter: ${counter} }`;

test("a reading is 16 hex digits, 12 of them ms", () => {
  for (const time of readings) {
    const [got, wanted] = [encodeHlc(time), text(time.ms, time.counter)];
    claim(got === wanted, `encodeHlc(${shown(time)}) is "${String(got)}": it should be "${wanted}"`);
  }
});

test("the order of the texts is the order of the readings", () => {
  for (const [i, a] of readings.entries()) {
    for (const b of readings.slice(i + 1)) {
      claim(
        encodeHlc(a) < encodeHlc(b),
        `${shown(a)} comes before ${shown(b)}, and their texts are "${encodeHlc(a)}" and "${encodeHlc(b)}": as text, the first is not the smaller`,
      );
    }
  }
});

test("a text can be read again", () => {
  const random = new Stream(4, "readings");
  const more = Array.from({ length: 300 }, () => ({ ms: random.int(2 ** 48), counter: random.int(2 ** 16) }));
  for (const time of [...readings, ...more]) {
    same(decodeHlc(text(time.ms, time.counter)), time, `decodeHlc("${text(time.ms, time.counter)}")`);
  }
});

/** What a timestamp of the clock under test means; one that is written in another way is read by its own `decodeHlc`. */
function readingOf(stamp: string): HlcTime | undefined {
  if (typeof stamp !== "string") return undefined;
  return hlcText.test(stamp) ? readHlc(stamp) : decodeHlc(stamp);
}

function shownReading(stamp: string): string {
  return hlcText.test(String(stamp)) ? shownHlc(stamp) : JSON.stringify(stamp);
}

/** A clock, and words for what a test does with it. */
class Told {
  readonly hlc: Hlc;
  readonly story: string[] = [];
  readonly #furthestMs: number;

  constructor(maxOffsetMs = 500) {
    this.#furthestMs = maxOffsetMs;
    this.hlc = createHlc(maxOffsetMs);
  }

  now(clockMs: number, ms: number, counter: number, why: string): void {
    const got = this.hlc.now(clockMs);
    this.story.push(`now(${shownMs(clockMs)})`);
    this.#check(got, ms, counter, why);
  }

  receive(
    clockMs: number,
    received: readonly [number, number],
    ms: number,
    counter: number,
    why: string,
  ): void {
    const got = this.hlc.receive(clockMs, text(...received));
    this.story.push(`receive(${shownMs(clockMs)}, with ${shownMs(received[0])}, counter ${received[1]})`);
    claim(
      got !== null,
      `${this.story.join(", ")} gave null: ${this.#isTaken(received[0] - clockMs)} (invariant 9)`,
    );
    this.#check(got, ms, counter, why);
  }

  #isTaken(ahead: number): string {
    const limit = `${this.#furthestMs} ms`;
    if (ahead === this.#furthestMs)
      return `the message is exactly maxOffsetMs ahead of the clock, ${limit}, and is taken`;
    if (ahead <= 0) return `the message is not ahead of the clock, and such a one is never refused`;
    return `the message is ${ahead} ms ahead of the clock, maxOffsetMs is ${limit}, so it is taken`;
  }

  refuse(clockMs: number, received: readonly [number, number]): void {
    const got = this.hlc.receive(clockMs, text(...received));
    this.story.push(
      `receive(${shownMs(clockMs)}, with ${shownMs(received[0])}, counter ${received[1]}), refused`,
    );
    claim(
      got === null,
      `${this.story.join(", ")}: a timestamp ${received[0] - clockMs} ms ahead of the clock, where maxOffsetMs is ${this.#furthestMs} ms, gave ${shownReading(String(got))}, and it is to be refused with null (invariant 9)`,
    );
  }

  /** By what it means: how it is written is the business of other tests. */
  #check(got: string | null, ms: number, counter: number, why: string): void {
    const wanted = text(ms, counter);
    const is = got === null ? "null" : shownReading(got);
    const time = got === null ? null : readingOf(got);
    claim(
      time?.ms === ms && time.counter === counter,
      `After ${this.story.join(", ")} the timestamp is ${is}: it should be ${shownHlc(wanted)}, ${why}`,
    );
  }
}

test("while the clock goes on, a timestamp is what the clock shows, and the counter is 0", () => {
  const clock = new Told();
  const why = "for the clock is ahead of all that happened before (invariants 7 and 8)";
  clock.now(T, T, 0, why);
  clock.now(T + 1, T + 1, 0, why);
  clock.now(T + 50, T + 50, 0, why);
  clock.receive(T + 60, [T + 55, 7], T + 60, 0, why);
  clock.now(T + 61, T + 61, 0, why);
});

test("events in one ms are told apart by the counter, and the next ms begins at 0", () => {
  const clock = new Told();
  const why = "one more than the largest counter with these ms (invariant 8)";
  clock.now(T, T, 0, why);
  clock.now(T, T, 1, why);
  clock.now(T, T, 2, why);
  clock.now(T + 1, T + 1, 0, "for nothing before it has these ms (invariant 8)");
  clock.now(T + 1, T + 1, 1, why);
});

test("a clock that is put back does not put the timestamps back", () => {
  const clock = new Told();
  const why = "after what this node has given already, and no further (invariants 1 and 7)";
  clock.now(T + 100, T + 100, 0, why);
  clock.now(T + 40, T + 100, 1, why);
  clock.now(T + 41, T + 100, 2, why);
  clock.now(T + 101, T + 101, 0, "for the clock has caught up (invariant 8)");
});

test("an arrival is after the sending, and no further than it must be", () => {
  const why = "after the sending, and no further (invariants 1, 7 and 8)";
  const behind = new Told();
  behind.now(T, T, 0, "the first event");
  behind.receive(T + 1, [T + 200, 4], T + 200, 5, why);
  behind.now(T + 2, T + 200, 6, why);
  behind.receive(T + 3, [T + 90, 30], T + 200, 7, "for only counters with the same ms count (invariant 8)");
  behind.receive(T + 4, [T + 200, 30], T + 200, 31, why);
  behind.receive(T + 5, [T + 200, 2], T + 200, 32, why);
  behind.receive(T + 300, [T + 250, 9], T + 300, 0, "for the clock is ahead of both (invariant 8)");
  behind.receive(T + 300, [T + 300, 8], T + 300, 9, why);
});

test("a reading too far ahead is refused, and exactly maxOffsetMs is taken", () => {
  const why = "after the sending, and no further (invariants 1, 7 and 8)";
  new Told(500).receive(T, [T + 500, 0], T + 500, 1, why);
  new Told(500).refuse(T, [T + 501, 0]);
  new Told(250).refuse(T, [T + 500, 0]);
  new Told(0).receive(T, [T, 3], T, 4, why);
  new Told(500).receive(
    T,
    [T - 5_000, 3],
    T,
    0,
    "for the clock is ahead of the message (invariants 7 and 8)",
  );
});

test("what is refused changes nothing", () => {
  const clock = new Told(500);
  clock.now(T, T, 0, "the first event");
  clock.refuse(T, [T + 40_000, 17]);
  clock.now(T, T, 1, "as if the refused message had not come (invariant 9)");
  clock.refuse(T + 1, [T + 900, 0]);
  clock.now(T + 1, T + 1, 0, "as if the refused messages had not come (invariant 9)");
});

test("how far ahead a reading is, is measured against the machine's clock", () => {
  const clock = new Told(500);
  clock.receive(T, [T + 400, 0], T + 400, 1, "after the sending, and no further (invariants 1, 7 and 8)");
  clock.refuse(T + 10, [T + 800, 0]);
  const other = new Told(500);
  // Its own clock was put back: what it gave before is far ahead, and that is nobody's fault.
  other.now(T + 2_000, T + 2_000, 0, "the first event");
  other.now(T + 100, T + 2_000, 1, "its clock was put back, and its timestamps are not (invariant 1)");
  other.refuse(T + 100, [T + 1_000, 0]);
  other.receive(
    T + 100,
    [T + 500, 0],
    T + 2_000,
    2,
    "one more than the last, whose ms are the largest (invariants 1 and 8)",
  );
});

function driven(maxOffset: number): AnyClock<string> {
  const clock = createHlc(maxOffset);
  return {
    local: (clockMs) => clock.now(clockMs),
    send: (clockMs) => clock.now(clockMs),
    receive: (clockMs, stamp) => clock.receive(clockMs, stamp),
  };
}

test("timestamps keep to the order of what happened, and close to the clocks, in thousands of random executions", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const [skewMs, offset] = [[0, 20, 300][seed % 3] as number, [0, 10, 500][(seed >> 2) % 3] as number];
    const plan = {
      seed,
      nodeCount: 2 + (seed % 4),
      eventCount: 6 + (seed % 30),
      skewMs,
      maxOffsetMs: offset,
    };
    execute(plan, () => driven(offset), judgeHlc);
  }
  for (const [seed, skewMs] of [
    [1001, 0],
    [1002, 30],
    [1003, 2_000],
  ] as const) {
    execute({ seed, nodeCount: 6, eventCount: 3_000, skewMs, maxOffsetMs: 500 }, () => driven(500), judgeHlc);
  }
});

test("the counter stays small", () => {
  let most = 0;
  const plan = { seed: 77, nodeCount: 5, eventCount: 4_000, skewMs: 20, maxOffsetMs: 500 };
  execute(
    plan,
    () => driven(500),
    (event) => {
      most = Math.max(most, readHlc(event.stamp).counter);
      return undefined;
    },
  );
  claim(
    most < 200,
    `In an execution of 4,000 events on five nodes, whose clocks are up to 20 ms off, a counter reached ${most}: when the clock goes on, the counter begins again at 0 (invariant 8)`,
  );
});

test("a write that knew of another wins, whatever the clocks say", () => {
  stage(scenarios.laterWrite, work, { minCompleted: 4 });
});

test("timestamps keep to the order of what happened, and close to the clocks, while clocks drift and jump", async () => {
  await campaign(scenarios.hlc, work, { minCompleted: 100 });
});
