import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import type { Entry } from "./journal.ts";
import { limitsFor } from "./limits.ts";
import { Watchdog } from "./watchdog.ts";

const testFile = "1-adding.test.ts";

/** No process has this number: what it uses is not known, so all time that passes counts. */
const pid = 99_999_999;

/** A watchdog over a fork, and what that is made to say in its journal. */
function watched(): { readonly watchdog: Watchdog; say(entry: Entry): void } {
  const folder = mkdtempSync(join(tmpdir(), "workbook-"));
  const limits = limitsFor(200);
  const { chapterMs } = limits;
  const testMs = limits.testMs[0] as number;
  const watchdog = new Watchdog({ folder, limits, testMs, chapterMs, usedMs: new Map(), onDeadline() {} });
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
  onTestFinished(() => {
    watchdog.stop();
    vi.useRealTimers();
    rmSync(folder, { recursive: true });
  });
  watchdog.start();
  const say = (entry: Entry) =>
    writeFileSync(join(folder, "1.jsonl"), `${JSON.stringify(entry)}\n`, { flag: "a" });
  say({ event: "fork", pid, testFile });
  say({ event: "start", test: "two and two are four" });
  return { watchdog, say };
}

test("who says how far it is, is slow and not hung", () => {
  const { watchdog, say } = watched();
  for (let runs = 0; runs < 20; runs++) {
    say({ event: "progress", soFar: `${runs} of 200 runs were done` });
    vi.advanceTimersByTime(1000);
    expect(watchdog.kills.size).toBe(0);
  }
  vi.advanceTimersByTime(5000);
  expect(watchdog.kills.get(testFile)?.reason).toBe("silent");
});

test("a part has its time, whatever it says", () => {
  const { watchdog, say } = watched();
  for (let runs = 0; runs < 200 && watchdog.kills.size === 0; runs++) {
    say({ event: "progress", soFar: `${runs} of 200 runs were done` });
    vi.advanceTimersByTime(1000);
  }
  expect(watchdog.kills.get(testFile)?.reason).toBe("part");
});
