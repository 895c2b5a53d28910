import { type ChildProcess, fork } from "node:child_process";
import { lastSite } from "../run/journal.ts";
import { limitsFor, seconds } from "../run/limits.ts";
import { processorMs, residentBytes } from "../run/processes.ts";
import { defaultSeeds } from "../run/settings.ts";
import type { SceneResult } from "./play.ts";
import { scenes } from "./scenes.ts";
import type { Servers } from "./servers.ts";
import type { FromFork, Task, ToFork, Wish } from "./wire.ts";

const limits = limitsFor(defaultSeeds);
/** Only what no count of rounds can stop ever meets it. */
const silentMs = limits.testMs[0] ?? 0;
const heapMb = 512;
const lookMs = 100;
/** Whoever is called so often while nothing else gets a turn does not hang in one of the calls. */
const manyCalls = 100;

/**
 * The process in which the scenes are played. The learner's code runs in there, and may never come back, or use up all memory: the servers
 * must be stopped all the same.
 */
export class Fork {
  readonly #child: ChildProcess;
  readonly #onPrinted: (line: string) => void;
  readonly #words: FromFork[] = [];
  #wake = () => {};
  #doing: string | undefined;
  /** Why it was killed, as a sentence about what it did. */
  #killed: string | undefined;
  #lastWords = "";
  #isEnded = false;
  #isAbandoned = false;

  constructor(onPrinted: (line: string) => void) {
    this.#onPrinted = onPrinted;
    this.#child = fork(new URL("./fork.mjs", import.meta.url), [], {
      execArgv: [`--max-old-space-size=${heapMb}`],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.#child.stderr?.on("data", (text) => {
      this.#lastWords = `${this.#lastWords}${text}`.slice(-2000);
    });
    this.#child.on("message", (words: FromFork) => this.#hear(words));
    this.#child.on("error", () => {});
    this.#child.on("close", () => {
      this.#isEnded = true;
      this.#wake();
    });
  }

  /** Plays all scenes. If the learner's code ends the fork, that is the result of the scene that was played, and the last one. */
  async *play(task: Task, { killer }: Servers): AsyncGenerator<SceneResult> {
    this.#tell({ task });
    const watch = setInterval(this.#watchdog(), lookMs);
    let playedCount = 0;
    try {
      for (;;) {
        const words = await this.#next();
        if (words === undefined) {
          const { title } = scenes[playedCount] ?? { title: "" };
          yield {
            title,
            status: "failed",
            sentence: this.#causeOfDeath(task),
            isLate: false,
            story: [],
            syncCount: 0,
          };
          return;
        }
        if (words.says === "done") return;
        if (words.says === "fault") throw new Error(words.why);
        if (words.says === "wish") void this.#grant(words, killer);
        if (words.says !== "result") continue;
        playedCount++;
        yield words.result;
      }
    } finally {
      clearInterval(watch);
      this.end();
    }
  }

  /** Ends it at once; nothing more is heard from it. */
  end(): void {
    this.#isAbandoned = true;
    this.#child.kill("SIGKILL");
  }

  #hear(words: FromFork): void {
    if (words.says === "doing") this.#doing = words.what;
    if (words.says === "printed") this.#onPrinted(words.line);
    this.#words.push(words);
    this.#wake();
  }

  /** What it says next; undefined when it has ended. */
  async #next(): Promise<FromFork | undefined> {
    for (;;) {
      const words = this.#words.shift();
      if (words) return words;
      if (this.#isEnded && !this.#isAbandoned) return undefined;
      await new Promise<void>((done) => {
        this.#wake = done;
      });
    }
  }

  #tell(words: ToFork): void {
    if (this.#child.connected) this.#child.send(words);
  }

  async #grant({ number, deed, server }: Wish, killer: Servers["killer"]): Promise<void> {
    try {
      await killer?.[deed](server);
      this.#tell({ done: number });
    } catch (error) {
      this.#tell({ done: number, why: (error as Error).message });
    }
  }

  /** Time is counted as the fork gets it: a busy machine is nobody's fault. One that waits for something and not for a core pays a third. */
  #watchdog(): () => void {
    const pid = this.#child.pid ?? 0;
    let [last, used, silent, callCount] = [performance.now(), processorMs(pid), 0, 0];
    let isHeard = false;
    this.#child.on("message", ({ says }: FromFork) => {
      if (says === "doing") callCount++;
      if (says === "beat") [isHeard, silent, callCount] = [true, 0, 0];
    });
    return () => {
      const [now, usedNow] = [performance.now(), processorMs(pid)];
      const passed = now - last;
      const ran = usedNow === undefined || used === undefined ? passed : usedNow - used;
      [last, used] = [now, usedNow];
      // Before its first beat it loads what is ours.
      if (isHeard || this.#doing !== undefined) silent += Math.min(passed, Math.max(ran, passed / 3));
      if (residentBytes(pid) > limits.residentBytes) this.#kill(tooMuch(this.#doing));
      else if (silent > silentMs) this.#kill(tooLong(callCount > manyCalls ? undefined : this.#doing));
    };
  }

  #kill(why: string): void {
    this.#killed ??= why;
    this.#child.kill("SIGKILL");
  }

  #causeOfDeath({ work, folder }: Task): string {
    const site = lastSite(folder, this.#child.pid ?? 0);
    const place = site === undefined ? undefined : work.sites[site];
    const heard = place === undefined ? "" : ` Last heard of at ${place}.`;
    if (this.#killed !== undefined) return `${this.#killed}${heard}`;
    if (this.#doing === undefined && !/heap|memory/.test(this.#lastWords)) {
      throw new Error(
        `The process that plays the scenes has ended: ${this.#lastWords.trim() || "it did not say why"}`,
      );
    }
    return `${this.#doing ?? "It"} ran out of memory (${heapMb} MB): what grows without an end?${heard}`;
  }
}

function tooMuch(doing = "c"): string {
  return `${doing} was stopped when it held more than 1.2 GB of memory: what grows without an end?`;
}

function tooLong(doing: string | undefined): string {
  if (doing === undefined) {
    return `c never came to rest in ${seconds(silentMs)}: does it send messages to itself without an end?`;
  }
  return `${doing} did not come back within ${seconds(silentMs)}: is there a regular expression or a built-in that never ends?`;
}
