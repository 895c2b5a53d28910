import { formatValue, type Row, type StateChange } from "#lib/trace";
import type { PictureData } from "./data.ts";

/** A row as the page reads it: kind, ms, actor, cause, peer, note, payload. Names are places in `names`; the payload may be missing. */
export type PackedRow = readonly [
  kind: Row["kind"],
  ms: number,
  actor: number,
  cause: number,
  peer: number,
  note: string,
  payload?: unknown,
];

/** A state change: the row, −1 if it happened before the first one; the actor; 1 if on the disk; the field; null if it is gone. */
export type PackedChange = readonly [
  row: number,
  actor: number,
  isOnDisk: 0 | 1,
  field: string,
  text: string | null,
];

/** What is inlined in the page. */
export interface Packed extends Omit<PictureData, "rows" | "states"> {
  /** The first is empty: nobody. */
  readonly names: readonly string[];
  readonly rows: readonly PackedRow[];
  readonly states: readonly PackedChange[];
  /** How many events came before the first row. */
  readonly eventsLeftOut: number;
}

export interface Limits {
  /** How many events are kept, the last ones. */
  readonly events: number;
  /** How long the text of all rows and states may be. */
  readonly characters: number;
  /** A longer payload is shown by its beginning. */
  readonly payload: number;
}

export const limits: Limits = { events: 10_000, characters: 16_000_000, payload: 20_000 };

/** Whether a row has a line of its own in the picture. The others are what its handler did. */
export function isEvent(kind: Row["kind"]): boolean {
  return kind !== "send" && kind !== "write" && kind !== "sync" && kind !== "log";
}

/**
 * The JSON text of `Packed`, safe inside a script element. A run too long to be drawn loses its beginning: what fell is
 * at the end. States that were reached before are kept, and causes that were cut off are −1.
 */
export function pack(data: PictureData, within: Limits = limits): string {
  const { rows, states, ...rest } = data;
  const payloads = new Payloads(within.payload);
  const first = firstKept(rows, states, payloads, within);
  const base = rows[first]?.number ?? 0;
  const names = new Names();
  const lines = rows.slice(first).map((row) => {
    const { kind, ms, actor, peer = "", note = "" } = row;
    const cause = Math.max(-1, row.cause - base);
    const start = `"${kind}",${ms},${names.at(actor)},${cause},${names.at(peer)},${JSON.stringify(note)}`;
    // What arrives is what was sent: the page takes it from there.
    const isKnown = isArrival(row) && cause >= 0 && rows[first + cause]?.payload === row.payload;
    const payload = isKnown ? undefined : payloads.text(row.payload);
    return payload === undefined ? `[${start}]` : `[${start},${payload}]`;
  });
  const changes = packStates(states, base, names);
  const eventsLeftOut = rows.slice(0, first).filter(({ kind }) => isEvent(kind)).length;
  const head = JSON.stringify({ ...rest, names: names.all, states: changes, eventsLeftOut });
  return inScript(`${head.slice(0, -1)},"rows":[${lines.join(",\n")}]}`);
}

/** JSON that may stand in a script element: nothing in it can end the element, or a line. */
export function inScript(json: string): string {
  return json.replace(
    /[<>&\u2028\u2029]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function isArrival({ kind }: Row): boolean {
  return kind === "message" || kind === "lost";
}

/** Backwards, until it is enough; from an event on, so that no effect stands without the event that it comes from. */
function firstKept(
  rows: readonly Row[],
  states: readonly StateChange[],
  payloads: Payloads,
  { events, characters }: Limits,
): number {
  let first = rows.length;
  let left = characters;
  let kept = 0;
  let change = states.length;
  for (let i = rows.length - 1; i >= 0 && kept < events; i--) {
    const row = rows[i] as Row;
    left -= 60 + (isArrival(row) ? 0 : (payloads.text(row.payload)?.length ?? 0));
    for (; change > 0 && (states[change - 1] as StateChange).row >= row.number; change--) {
      left -= 40 + ((states[change - 1] as StateChange).text?.length ?? 0);
    }
    if (left < 0 && kept > 0) break;
    if (!isEvent(row.kind)) continue;
    kept++;
    first = i;
  }
  return first;
}

/** The changes from a row on; of what came before, the last of each field. */
function packStates(states: readonly StateChange[], base: number, names: Names): PackedChange[] {
  const before = new Map<string, PackedChange>();
  const after: PackedChange[] = [];
  for (const { row, actor, where, field, text } of states) {
    const isOnDisk = where === "disk" ? 1 : 0;
    const change = [row < base ? -1 : row - base, names.at(actor), isOnDisk, field, text ?? null] as const;
    if (row >= base) after.push(change);
    else if (text === undefined) before.delete(`${isOnDisk} ${actor} ${field}`);
    else before.set(`${isOnDisk} ${actor} ${field}`, change);
  }
  return [...before.values(), ...after];
}

class Names {
  readonly all: string[] = [""];
  readonly #places = new Map<string, number>([["", 0]]);

  at(name: string): number {
    let place = this.#places.get(name);
    if (place === undefined) {
      place = this.all.push(name) - 1;
      this.#places.set(name, place);
    }
    return place;
  }
}

/** Payloads as JSON. One object is sent, arrives and is lost: it is written once. */
class Payloads {
  readonly #longest: number;
  readonly #texts = new WeakMap<object, string>();

  constructor(longest: number) {
    this.#longest = longest;
  }

  text(payload: unknown): string | undefined {
    if (typeof payload !== "object" || payload === null) return this.#write(payload);
    let text = this.#texts.get(payload);
    if (text === undefined) {
      text = this.#write(payload) ?? "null";
      this.#texts.set(payload, text);
    }
    return text;
  }

  #write(payload: unknown): string | undefined {
    const text = JSON.stringify(payload);
    return text === undefined || text.length <= this.#longest
      ? text
      : JSON.stringify(`${formatValue(payload, this.#longest)} (${text.length} characters, cut short)`);
  }
}
