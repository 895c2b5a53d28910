import { commandsHelp, Help, isHere } from "./commands/usage.ts";
import { Usage } from "./run/chapters.ts";

/** Each command, and the module that does it. They load late: a hint needs no vitest. */
const commands: { readonly [name: string]: () => Promise<{ command: Command }> } = {
  grade: () => import("./commands/grade.ts"),
  hint: () => import("./commands/hint.ts"),
  replay: () => import("./commands/replay.ts"),
  reset: () => import("./commands/reset.ts"),
  update: () => import("./commands/update.ts"),
  stubs: () => import("./commands/stubs.ts"),
  wrong: () => import("./commands/wrong.ts"),
  real: () => import("./commands/real.ts"),
  bench: () => import("./commands/bench.ts"),
  quotes: () => import("./commands/quotes.ts"),
  handout: () => import("./commands/handout.ts"),
  branches: () => import("./commands/branches.ts"),
};

/** Does what the arguments ask for, and gives back the exit status: 0 full marks, 1 marks missing, 2 could not grade. */
export type Command = (args: string[]) => Promise<number>;

export async function main([name = "", ...args]: string[]): Promise<number> {
  try {
    if (name === "--help" || name === "-h") throw new Help(commandsHelp());
    const load = isHere(name) ? commands[name] : undefined;
    if (!load) {
      const names = Object.keys(commands).filter(isHere).join(", ");
      throw new Usage(`There is no command "${name}": there are ${names}.`);
    }
    return await (await load()).command(args);
  } catch (error) {
    if (error instanceof Help) {
      console.log(error.message);
      return 0;
    }
    console.error(sentenceOf(error));
    return 2;
  }
}

/** A mistake at the keyboard gets its sentence; only a fault of ours shows where it happened. */
function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "Usage" || error.name === "Misuse") return error.message;
  return `The grader itself failed, so nothing was graded: ${error.stack ?? error.message}`;
}
