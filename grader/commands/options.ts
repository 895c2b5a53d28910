import { parseArgs } from "node:util";
import { Usage } from "../run/chapters.ts";
import { Help, helpOf, type OptionKinds, usageOf } from "./usage.ts";

export interface Arguments {
  readonly positionals: readonly string[];
  readonly values: { readonly [name: string]: string | boolean | undefined };
}

/**
 * Reads a command's arguments. npm keeps options that do not follow `--` for itself and puts them into the environment:
 * `--watch` and `--seed=3` can be found there; of `--seed 3` the value has gone astray, so the right command is shown.
 */
export function readArguments(
  command: string,
  args: readonly string[],
  kinds: OptionKinds,
  most: number,
): Arguments {
  if (asksForHelp(args)) throw new Help(helpOf(command, kinds, args));
  const strayed = fromNpm(command, args, kinds);
  const options = Object.fromEntries(Object.entries(kinds).map(([name, { type }]) => [name, { type }]));
  try {
    const { positionals, values } = parseArgs({
      args: [...args, ...strayed],
      options,
      allowPositionals: true,
    });
    const [extra] = positionals.slice(most);
    if (extra !== undefined)
      throw new Usage(`"${extra}" is one word too many. ${usageOf(command, kinds, args)}`);
    return { positionals, values: values as Arguments["values"] };
  } catch (error) {
    if (error instanceof Usage) throw error;
    const [what] = (error as Error).message.split(". To specify").map((text) => text.replace(/\.$/, ""));
    throw new Usage(`${what}. ${usageOf(command, kinds, args)}`);
  }
}

export function asksForHelp([first, ...rest]: readonly string[]): boolean {
  if (first === undefined || first === "--") return false;
  return first === "--help" || first === "-h" || asksForHelp(rest);
}

function fromNpm(command: string, args: readonly string[], kinds: OptionKinds): string[] {
  const found: string[] = [];
  if (process.env.npm_lifecycle_event !== command) return found;
  for (const [name, { type }] of Object.entries(kinds)) {
    const value = process.env[`npm_config_${name}`];
    if (value === undefined || value === "" || args.some((arg) => arg.startsWith(`--${name}`))) continue;
    if (type === "boolean") {
      if (value === "true") found.push(`--${name}`);
    } else if (value === "true") {
      const [target, strayed] = args.length > 1 ? [args.slice(0, -1), args.at(-1)] : splitLone(args);
      const line = [command, ...target, "--", `--${name}`, strayed ?? kinds[name]?.means].join(" ");
      throw new Usage(`npm kept --${name} for itself: write \`npm run ${line}\`.`);
    } else {
      found.push(`--${name}=${value}`);
    }
  }
  return found;
}

/** Whether a single word is the chapter or the value that an option lost. */
function splitLone(args: readonly string[]): [string[], string | undefined] {
  const [only] = args;
  if (only === undefined) return [[], undefined];
  return /^\d\d(\.\d+|-[a-z-]+)?$/.test(only) ? [[only], undefined] : [[], only];
}

/** A whole number, or a sentence that says that it is none. */
export function wholeNumber(
  name: string,
  value: string | boolean | undefined,
  least: number,
  otherwise: number,
): number {
  if (value === undefined) return otherwise;
  const number = Number(value);
  if (/^\d+$/.test(String(value)) && Number.isSafeInteger(number) && number >= least && number <= 1e9)
    return number;
  throw new Usage(`--${name} ${value} is not a whole number from ${least} to 1,000,000,000.`);
}
