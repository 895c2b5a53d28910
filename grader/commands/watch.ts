import { emitKeypressEvents } from "node:readline";
import { readReport } from "../report/report.ts";
import { chapterLines } from "../report/terminal.ts";
import { loadRubric, partOf, type Target } from "../run/chapters.ts";
import { Grader } from "../run/grader.ts";
import { layersFor } from "./against.ts";
import { endWith } from "./ending.ts";
import { aroundOf, conclude, type GradeRequest, optionsFor, print, statusOf } from "./grade.ts";
import { nextHint } from "./hint.ts";
import { type Change, watchFolders } from "./watch-files.ts";

/** Grades again on every save, the changed file's parts first, on one warm vitest. */
export async function watchChapter(request: GradeRequest, target: Target): Promise<number> {
  const session = new Session(
    await Grader.open({ root: request.root }),
    { ...request, targets: [target] },
    target,
  );
  return await session.run();
}

class Session {
  readonly #grader: Grader;
  readonly #request: GradeRequest;
  readonly #target: Target;
  #status = 1;
  #isRunning = false;
  #waiting: Change | undefined;
  #finish: (status: number) => void = () => {};

  constructor(grader: Grader, request: GradeRequest, target: Target) {
    this.#grader = grader;
    this.#request = request;
    this.#target = target;
  }

  async run(): Promise<number> {
    const { root, against } = this.#request;
    const release = endWith(() => this.#grader.abandon());
    const ended = new Promise<number>((done) => {
      this.#finish = done;
    });
    const stopWatching = watchFolders(
      layersFor(root, this.#target.slug, against),
      (change) => void this.#grade(change),
    );
    const stopListening = this.#listenToKeys();
    await this.#grade({});
    const status = await ended;
    stopListening();
    stopWatching();
    release();
    await this.#grader.close();
    return status;
  }

  /** One run at a time. What is saved meanwhile is graded when the run is over. */
  async #grade(change: Change): Promise<void> {
    if (this.#isRunning) {
      this.#waiting = change;
      return;
    }
    this.#isRunning = true;
    clearScreen();
    if (isScreen()) print(["", `grading ${this.#target.part ?? this.#target.slug} …`]);
    const began = performance.now();
    try {
      this.#status = await this.#verdict(change);
    } catch (error) {
      console.error((error as Error).message);
    }
    const took = `${((performance.now() - began) / 1000).toFixed(1)} s`;
    const keys = process.stdin.isTTY ? "; r runs again, h gives a hint, q quits" : "";
    print(["", `graded in ${took}; waiting for a save${keys}`]);
    this.#isRunning = false;
    const next = this.#waiting;
    this.#waiting = undefined;
    if (next) await this.#grade(next);
  }

  /**
   * What was changed is told as soon as it is known, then the whole, and then the runs that failed, made short; each takes the place of
   * the one before. Where nothing can be taken off the screen, as in a pipe, the whole is told once.
   */
  async #verdict({ file }: Change): Promise<number> {
    const around = aroundOf(this.#request)(this.#target.slug);
    const options = optionsFor(this.#request, this.#target);
    const verdict = await this.#grader.gradeInTurn(options, file, (first) => {
      showOnly([...chapterLines(first, around), "", "… and the other parts"]);
    });
    const quick = chapterLines(verdict, around);
    let status = statusOf([verdict]);
    if (isScreen() || status !== 1 || this.#waiting) {
      showOnly(quick);
      status = conclude(this.#request, [verdict]);
    }
    // What was saved in the meantime is of more interest than what went wrong before.
    if (status !== 1 || this.#waiting) return status;
    const retold = await this.#grader.retell(verdict, options.layers);
    const told = chapterLines(retold, around);
    if (isScreen() && told.join("\n") === quick.join("\n")) return status;
    showOnly(told);
    return conclude(this.#request, [retold]);
  }

  #listenToKeys(): () => void {
    const { stdin } = process;
    if (!stdin.isTTY) return () => {};
    emitKeypressEvents(stdin);
    stdin.setRawMode(true);
    stdin.resume();
    stdin.on("keypress", (_text, key: { name?: string; ctrl?: boolean }) => {
      if (key.name === "q" || (key.ctrl && key.name === "c")) {
        this.#quit();
      } else if (key.name === "r") void this.#grade({});
      else if (key.name === "h" && !this.#isRunning) void this.#hint();
    });
    return () => {
      stdin.setRawMode(false);
      stdin.pause();
    };
  }

  /** At once, also in the middle of a run: a verdict on what was ended would be wrong. */
  #quit(): void {
    if (this.#isRunning) {
      this.#grader.abandon();
      process.stdin.setRawMode(false);
      process.exit(130);
    }
    this.#finish(this.#status);
  }

  async #hint(): Promise<void> {
    const { root } = this.#request;
    const rubric = await loadRubric(root, this.#target.slug);
    const open = this.#target.part ?? openPart(root) ?? rubric.parts[0]?.part;
    if (open !== undefined) print(["", ...nextHint(root, partOf(rubric, open))]);
  }
}

/** The part of the last report that a hint helps most: one that went wrong, or else one that is not started. */
function openPart(root: string): string | undefined {
  const parts = readReport(root)?.chapters.flatMap((chapter) => chapter.parts) ?? [];
  const open =
    parts.find((part) => part.status === "failed") ?? parts.find((part) => part.status !== "passed");
  return open?.part;
}

function isScreen(): boolean {
  return process.stdout.isTTY === true;
}

function showOnly(lines: readonly string[]): void {
  clearScreen();
  print(lines);
}

function clearScreen(): void {
  if (isScreen()) process.stdout.write("\x1b[2J\x1b[3J\x1b[H");
}
