import type { Model } from "./model.ts";

/** A time in which something was wrong with some of the lanes. */
export interface Band {
  readonly kind: "down" | "still" | "cut" | "slow";
  readonly lanes: readonly number[];
  /** Its beginning: an event. Its end: an event, or a time. */
  readonly start: number;
  readonly end: { readonly event: number } | { readonly ms: number };
  readonly text: string;
}

/** What the nemesis writes when it begins something that lasts, and who it is about. */
const lasting: readonly (readonly [Band["kind"], RegExp])[] = [
  ["cut", /^a partition: (.+) \| .+, for (\d+) ms$/],
  ["cut", /^(.+?) cannot reach (?:each other|.+), for (\d+) ms$/],
  ["still", /^(.+) stands still for (\d+) ms$/],
  ["slow", /^what comes to (.+) takes \d+ ms longer, for (\d+) ms$/],
];

/** Where lanes are down, cut off, slow, or stand still. */
export function bandsOf(model: Model): Band[] {
  const bands: Band[] = [];
  const healed = model.events.find(
    ({ row }) => row.kind === "fault" && row.note?.startsWith("the faults end"),
  );
  const down = new Map<number, number>();
  const comesUp = (lane: number, end: Band["end"]) => {
    const start = down.get(lane);
    down.delete(lane);
    if (start !== undefined) bands.push({ kind: "down", lanes: [lane], start, end, text: "down" });
  };
  for (const { index, row, lane } of model.events) {
    if (row.kind === "crash") down.set(lane, index);
    else if (row.kind === "restart") comesUp(lane, { event: index });
    else if (row.kind === "fault") {
      const band = lastingBand(model, row.note ?? "", row.ms);
      if (band)
        bands.push({
          ...band,
          start: index,
          end: { ms: Math.min(band.end.ms, healed?.row.ms ?? band.end.ms) },
        });
    }
  }
  for (const lane of [...down.keys()]) comesUp(lane, { ms: Number.POSITIVE_INFINITY });
  return bands;
}

function lastingBand(model: Model, note: string, ms: number) {
  for (const [kind, shape] of lasting) {
    const [, who = "", forMs] = shape.exec(note) ?? [];
    if (forMs === undefined) continue;
    const names = who.split(kind === "cut" ? /, | and / : /$/);
    const lanes = names.map((name) => model.laneOf(name)).filter((lane) => lane >= 0);
    return { kind, lanes, end: { ms: ms + Number(forMs) }, text: note };
  }
  return undefined;
}
