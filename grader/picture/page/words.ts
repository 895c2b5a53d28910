import type { DiskWrite } from "#lib/sim";
import { formatMessage, formatValue, type Row } from "#lib/trace";
import { short } from "./dom.ts";
import type { Happening, Model } from "./model.ts";

/** An event in words: "c1 → n1", "Put", "key = x, value = 7", "writes x = 7, syncs". */
export interface Words {
  readonly who: string;
  readonly name: string;
  readonly what: string;
  readonly note: string;
}

export function wordsOf(model: Model, event: Happening): Words {
  const { row } = event;
  const { kind, actor, peer = "", note = "" } = row;
  const did = event.effects.flatMap((effect) => doneBy(effect) ?? []).join(", ");
  switch (kind) {
    case "message": {
      const arrow = model.arrivals.get(event.index);
      const signs = [arrow?.isCopy && "again: a copy", arrow?.lateMs && `${arrow.lateMs} ms late`];
      const note = [...signs.filter((sign) => typeof sign === "string"), did].filter(Boolean).join("; ");
      return { who: `${peer} → ${actor}`, ...messageWords(row.payload), note };
    }
    case "lost":
      return { who: `${peer} ⇢ ${actor}`, ...messageWords(row.payload), note: `✗ ${note}` };
    case "timer":
      return { who: actor, name: "timer", what: short(formatMessage(row.payload)), note: did };
    case "crash":
      return { who: actor, name: "✗ crashes", what: note, note: "" };
    case "start":
    case "restart":
      return { who: actor, name: `${kind}s`, what: "", note: did };
    case "violation":
      return { who: "", name: "✗ the claim falls", what: short(note), note: "" };
    default:
      return { who: actor, name: "✗", what: short(note), note: "" };
  }
}

function messageWords(message: unknown): { name: string; what: string } {
  const { type, ...fields } = { ...(message as { type?: unknown } | null) };
  const whole = short(formatMessage(message));
  if (typeof type !== "string") return { name: "", what: whole };
  return {
    name: short(type, 60),
    what: Object.keys(fields).length === 0 ? "" : whole.slice(type.length + 1),
  };
}

/** What a handler did besides sending. */
function doneBy(row: Row): string | undefined {
  if (row.kind === "sync") return "syncs";
  if (row.kind === "log") return `says "${short(row.note ?? "", 120)}"`;
  return row.kind === "write" ? writeWords(row.payload as DiskWrite).join(" ") : undefined;
}

/** What one write does, in two parts: "writes" and "x = 7". */
export function writeWords(change: DiskWrite): readonly [verb: string, what: string] {
  switch (change.write) {
    case "set":
      return ["writes", cells(change.cells)];
    case "delete": {
      const also = Object.keys(change.set).length > 0 ? ` and writes ${cells(change.set)}` : "";
      return ["deletes", short(change.cells.join(", "), 160) + also];
    }
    case "append":
      return ["appends", short(formatMessage(change.entry), 160)];
    case "truncate":
      return ["truncates", `its log from ${change.index} on`];
    case "dropHead":
      return ["drops", `its log before ${change.index}`];
  }
}

function cells(written: object): string {
  return short(
    Object.entries(written)
      .map(([name, value]) => `${name} = ${formatValue(value)}`)
      .join(", ") || "nothing",
    160,
  );
}

/** One sentence, for those who listen. */
export function sentenceOf(model: Model, event: Happening): string {
  const { who, name, what, note } = wordsOf(model, event);
  const place = `Event ${model.numberOf(event.index)} at ${event.row.ms} ms`;
  return `${place}: ${[who.replace(/[→⇢]/, "to"), name, what, note && `(${note})`].filter(Boolean).join(" ")}`;
}
