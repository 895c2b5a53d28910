import { Misuse } from "./json.ts";

/*
 * The wall clock, the engine's random numbers and its timers would make a run that no seed can repeat. While a
 * node's handler runs, they refuse; the rest of the program is not touched.
 */

let running: string | undefined;
let noticed: Misuse | undefined;

/** Says whose handler runs now, or that none does. */
export function nowRunning(node: string | undefined): void {
  running = node;
}

/** The misuse that was refused since this was last asked, even if the handler caught the error. */
export function trapped(): Misuse | undefined {
  const found = noticed;
  noticed = undefined;
  return found;
}

/** Notes a misuse, so that catching it does not hide it, and gives it back to be thrown. */
export function misuse(message: string): Misuse {
  noticed ??= new Misuse(message);
  return noticed;
}

const remedies: readonly (readonly [object: string, name: string, remedy: string])[] = [
  ["Math", "random", "ctx.random, so that the same seed gives the same run"],
  ["Date", "now", "ctx.setTimer to wait, and ctx.now to read this node's clock: a run has virtual time"],
  [
    "performance",
    "now",
    "ctx.setTimer to wait, and ctx.now to read this node's clock: a run has virtual time",
  ],
  ["", "setTimeout", "ctx.setTimer: a run has virtual time"],
  ["", "setInterval", "ctx.setTimer: a run has virtual time"],
  ["", "setImmediate", "ctx.setTimer: a run has virtual time"],
  ["", "queueMicrotask", "ctx.send or ctx.setTimer: what a handler starts must end with it"],
  ["", "fetch", "ctx.send: a node knows no network but the simulated one"],
];

let installed = false;

/** Puts the traps in place, once. */
export function installTraps(): void {
  if (installed) return;
  installed = true;
  for (const [object, name, remedy] of remedies) {
    const holder = (object === "" ? globalThis : Reflect.get(globalThis, object)) as object | undefined;
    const original: unknown = holder && Reflect.get(holder, name);
    if (holder === undefined || typeof original !== "function") continue;
    const label = object === "" ? name : `${object}.${name}`;
    const guarded = function (this: unknown, ...args: unknown[]): unknown {
      if (running !== undefined) throw misuse(`${running} called ${label}: use ${remedy}`);
      return Reflect.apply(original, this, args);
    };
    // What the engine hangs on a function (setTimeout's promisify, say) must still be found on it.
    Object.setPrototypeOf(guarded, original);
    Reflect.set(holder, name, guarded);
  }
  trapDate();
  for (const name of ["log", "info", "warn", "error", "debug", "dir", "table", "trace"]) untrap(name);
}

/** What prints may look at the clock: printing from a handler is a learner's good right. */
function untrap(name: string): void {
  const original: unknown = Reflect.get(console, name);
  if (typeof original !== "function") return;
  Reflect.set(console, name, (...values: unknown[]) => {
    const node = running;
    running = undefined;
    try {
      Reflect.apply(original, console, values);
    } finally {
      running = node;
    }
  });
}

function trapDate(): void {
  const original = Date;
  const guarded = new Proxy(original, {
    construct(target, args, newTarget) {
      if (running !== undefined && args.length === 0) {
        throw misuse(
          `${running} called new Date(): use ctx.now to read this node's clock: a run has virtual time`,
        );
      }
      return Reflect.construct(target, args, newTarget);
    },
  });
  Reflect.set(globalThis, "Date", guarded);
}
