import { format } from "node:util";

const shownLines = 12;
const shownWidth = 160;

let lines: string[] = [];
let printed = 0;
let write: (line: string) => void = (line) => lines.push(line);

function print(...values: unknown[]): void {
  // What is not shown is not put into words either: a flood must cost little.
  if (printed >= shownLines) {
    printed++;
    return;
  }
  for (const line of format(...values).split("\n")) {
    printed++;
    if (printed <= shownLines) write(line.length > shownWidth ? `${line.slice(0, shownWidth)}…` : line);
  }
}

const quiet = () => {};

/** The console of the work under test: the first lines are shown at the part, the others are counted. */
export const learnersConsole = {
  log: print,
  info: print,
  warn: print,
  error: print,
  debug: print,
  trace: print,
  table: print,
  dir: print,
  assert: (holds: unknown, ...values: unknown[]) => {
    if (!holds) print("Assertion failed:", ...values);
  },
  group: print,
  groupEnd: quiet,
  count: quiet,
  time: quiet,
  timeEnd: quiet,
};

/** From here on, lines go to the journal as they are printed. */
export function printTo(next: (line: string) => void): void {
  write = next;
  for (const line of lines) next(line);
  lines = [];
}

/** How many lines were printed and not shown. */
export function unshownLines(): number {
  return Math.max(0, printed - shownLines);
}
