import { existsSync } from "node:fs";
import { join } from "node:path";

export interface OptionKinds {
  readonly [name: string]: {
    readonly type: "string" | "boolean";
    /** What stands for its value: "FILE". */
    readonly means: string;
    /** What it is for, as `--help` says it. */
    readonly says: string;
  };
}

/** Thrown where the arguments ask for `--help`; the message is what to print. */
export class Help extends Error {
  override readonly name = "Help";
}

interface Form {
  /** What follows the command's name, with NN for a chapter's number. */
  readonly words: string;
  readonly does: string;
  readonly status?: string;
}

const graded = "0 full marks, 1 marks missing, 2 could not grade.";

const forms: { readonly [command: string]: Form } = {
  grade: { words: "[NN | NN.2]", does: "Grades every chapter, a chapter, or a part.", status: graded },
  hint: { words: "NN.2", does: "Prints the next of a part's three hints." },
  replay: {
    words: "'NN/SCENARIO:SEED'",
    does: "Makes one run again, from the string that a verdict shows, and tells it as text.",
    status: "0 the run broke no claim, 1 it broke one, 2 it could not be made again.",
  },
  real: {
    words: "10",
    does: "Chapter 10's coordinator on two real PostgreSQL servers, which it starts and stops itself.",
    status: "0 every scene ended as it should, 1 some did not, 2 there are no servers to try it on.",
  },
  reset: { words: "NN", does: "Brings a chapter's stubs back. Your work is kept aside." },
  update: {
    words: "FOLDER",
    does: "Brings a handout up to date with a newer one. What you have changed stays as it is.",
  },
  stubs: { words: "", does: "For authors: writes each chapter's stubs.json from exercises/." },
  wrong: {
    words: "[NN | NN.2]",
    does: "For authors: shows which part each wrong answer loses, and that right ones lose none.",
    status: "0 all are treated as they should be, 1 some are not.",
  },
  bench: { words: "", does: "For authors: prints a JSON line for each measurement." },
  quotes: {
    words: "",
    does: "For authors: makes what the documents quote anew.",
    status: "0 every quotation is what it quotes, 1 some are to be mended.",
  },
  handout: {
    words: "",
    does: "For instructors: writes the learner's tree into a folder, or brings a handout up to date.",
  },
  branches: {
    words: "",
    does: "For instructors: makes or moves the branches handout and solutions, from what is committed.",
  },
};

/** One line: how a command is written, for the chapter that was asked for. */
export function usageOf(command: string, kinds: OptionKinds, args: readonly string[]): string {
  const options = Object.entries(kinds).map(([name, { type, means }]) =>
    type === "boolean" ? `[--${name}]` : `[--${name} ${means}]`,
  );
  const [chapter, part] = askedIn(args);
  const words = (forms[command]?.words ?? "").replaceAll("NN.2", part).replaceAll("NN", chapter);
  // A replay string has parentheses and signs of its own: what stands behind `--` is left alone by npm.
  const [before, behind] = command === "replay" ? [[], [words]] : [[words], []];
  const dashed = [...behind, ...options];
  const line = [command, ...before, ...(dashed.length > 0 ? ["--", ...dashed] : [])];
  return `Usage: npm run ${line.filter((word) => word !== "").join(" ")}`;
}

export function helpOf(command: string, kinds: OptionKinds, args: readonly string[]): string {
  const options = Object.entries(kinds).map(([name, { means, says }]) => [`--${name} ${means}`.trim(), says]);
  const width = Math.max(0, ...options.map(([option = ""]) => option.length));
  const { does = "", status } = forms[command] ?? {};
  return [
    usageOf(command, kinds, args),
    "",
    does,
    ...(options.length > 0 ? [""] : []),
    ...options.map(([option = "", says]) => `  ${option.padEnd(width)}   ${says}`),
    ...(status === undefined ? [] : ["", `Exit status: ${status}`]),
  ].join("\n");
}

/** Each command and what it does, for who asks without naming one. */
export function commandsHelp(): string {
  const there = Object.entries(forms).filter(([name]) => isHere(name));
  const lines = there.map(([name, { does }]) => `  ${name.padEnd(8)} ${does}`);
  return ["Usage: npm run COMMAND -- --help", "", ...lines].join("\n");
}

/** Whether a command is in this tree: a handout has those that learners need. */
export function isHere(command: string): boolean {
  return existsSync(join(import.meta.dirname, `${command}.ts`));
}

/** The commands that a handout has. */
export function learnersCommands(): string[] {
  return Object.keys(forms).filter((command) => !isForAuthors(command));
}

export function isForAuthors(command: string): boolean {
  return /^For (authors|instructors):/.test(forms[command]?.does ?? "");
}

/** "05" and "05.3", if those are what the arguments speak of; otherwise "01" and "01.2". */
function askedIn(args: readonly string[]): [chapter: string, part: string] {
  const found = args.map((arg) => /^(\d{1,2})(?:\.(\d+))?(?:$|[-/])/.exec(arg)).find((match) => match);
  const chapter = (found?.[1] ?? "01").padStart(2, "0");
  return [chapter, `${chapter}.${found?.[2] ?? "2"}`];
}
