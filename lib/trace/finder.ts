import type { Deviation } from "#lib/nemesis";
import type { Row, Trace } from "./trace.ts";

/** Finds in a trace what deviations are told by: the n-th message of a link, the n-th handler of a node. One walk, many questions. */
export class Finder {
  /** Behind every row. */
  readonly length: number;
  /** When the faults ended; undefined if the run did before. */
  readonly #healMs: number | undefined;
  readonly #endMs: number;
  readonly #sends = new Map<string, Row[]>();
  readonly #ends = new Map<number, Row[]>();
  readonly #handlers = new Map<string, Row[]>();
  readonly #done = new Map<number, Row[]>();
  readonly #lives = new Map<string, Row[]>();
  readonly #disk = new Map<string, Row[]>();
  readonly #notes: Row[] = [];

  constructor(trace: Trace) {
    this.length = trace.length;
    let endMs = 0;
    for (const row of trace.rows()) {
      this.#file(row);
      endMs = row.ms;
    }
    this.#endMs = endMs;
    this.#healMs = this.#notes.find(({ note }) => note?.startsWith("the faults end"))?.ms;
  }

  /** "from 250 to 500 ms", or "from 250 ms on" if the run ended before. */
  span(fromMs: number, toMs: number): string {
    const untilMs = Math.min(toMs, this.#healMs ?? toMs);
    return untilMs > this.#endMs ? `from ${fromMs} ms on` : `from ${fromMs} to ${untilMs} ms`;
  }

  #file(row: Row): void {
    const { kind, actor, peer, cause } = row;
    const isHandled = kind === "message" || kind === "timer" || kind === "start" || kind === "restart";
    if (isHandled) add(this.#handlers, actor, row);
    if (kind === "send" && peer !== actor && !isInside(actor, peer))
      add(this.#sends, `${actor}>${peer}`, row);
    if (kind === "message" || kind === "lost") add(this.#ends, cause, row);
    if (kind === "send" || kind === "write" || kind === "sync" || kind === "log") add(this.#done, cause, row);
    if (kind === "crash" || kind === "restart") add(this.#lives, actor, row);
    if (kind === "write" || kind === "sync" || kind === "crash") add(this.#disk, actor, row);
    if (kind === "fault") this.#notes.push(row);
  }

  /** The messages of a link, "n1>n2", in the order of their sending; those inside a machine do not count. */
  sends(link: string): readonly Row[] {
    return this.#sends.get(link) ?? [];
  }

  /** The arrivals and losses of one sent message. */
  ends(send: number): readonly Row[] {
    return this.#ends.get(send) ?? [];
  }

  /** What was handled by a node, over all its lives. */
  handlers(node: string): readonly Row[] {
    return this.#handlers.get(node) ?? [];
  }

  /** The effects of a handler, as far as a trace has them: timers are not in it. */
  done(handler: number): readonly Row[] {
    return this.#done.get(handler) ?? [];
  }

  /** The crash that fell into a handler. */
  crashIn(node: string, handler: number): Row | undefined {
    return this.#lives.get(node)?.find(({ kind, cause }) => kind === "crash" && cause === handler);
  }

  /** Which crash of its node a deviation is: 0, 1, … */
  crashNumber({ entity, count }: Deviation): number {
    const crashes = this.#lives.get(entity)?.filter(({ kind }) => kind === "crash") ?? [];
    const handler = this.handlers(entity)[count]?.number;
    return crashes.findIndex(({ cause }) => cause === handler);
  }

  restartAfter(node: string, row: number): Row | undefined {
    return this.#lives.get(node)?.find(({ kind, number }) => kind === "restart" && number > row);
  }

  /** The writes that were not yet safe when a node crashed. */
  unsynced(node: string, crash: number): readonly Row[] {
    const before = this.#disk.get(node)?.filter(({ number }) => number < crash) ?? [];
    const lastSafe = before.findLastIndex(({ kind }) => kind !== "write");
    return before.slice(lastSafe + 1);
  }

  /** What the nemesis noted at a time about a node, or about everyone. */
  notes(ms: number, node: string): readonly Row[] {
    return this.#notes.filter((row) => row.ms === ms && row.actor === node);
  }
}

/** Between a node and its own application. */
function isInside(actor: string, peer: string | undefined): boolean {
  return peer === `${actor}'s app` || actor === `${peer}'s app`;
}

function add<Key>(lists: Map<Key, Row[]>, key: Key, row: Row): void {
  const list = lists.get(key);
  if (list) list.push(row);
  else lists.set(key, [row]);
}
