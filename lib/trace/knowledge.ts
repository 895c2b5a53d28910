import { isPart, type Subjects } from "./fit.ts";
import type { StateChange } from "./states.ts";
import type { Trace } from "./trace.ts";

interface Remembered {
  readonly where: StateChange["where"];
  readonly field: string;
  readonly text: string;
  /** It was so at the start of every life and never changed, as a configuration is. */
  readonly isConstant: boolean;
}

/** What one node remembers, by the place and the name of each field; what changed last comes last. */
type Memory = Map<string, Remembered>;

/** How long a value may be, and a line. */
const longest = 60;
const widest = 110;
const mostLines = 6;
/** How many fields are shown where none matters more than others. */
const newest = 3;

/**
 * What nodes knew when the run ended, a line a node: "n1 knew: votedFor = n2, term = 3; on disk: term = 2". Only what the story is about
 * and what is not the same on all nodes that have it; if that is nothing, what changed last. What never changed tells nothing.
 * Empty if the trace keeps no states.
 */
export function knowledgeOf(trace: Trace, actors: readonly string[], about: Subjects): string[] {
  const memories = memoriesOf(trace);
  const known = actors.filter((actor) => memories.has(actor));
  const linesOf = (isShown: (actor: string, name: string, field: Remembered, age: number) => boolean) =>
    known.flatMap((actor) => {
      const fields = [...(memories.get(actor) as Memory)].filter(([, it]) => !it.isConstant).reverse();
      return lineOf(
        actor,
        fields.flatMap(([name, it], age) => (isShown(actor, name, it, age) ? [it] : [])).reverse(),
      );
    });
  const matters = linesOf((actor, name, { field, text }) => {
    if ([...about].some((it) => isPart(field, it) || isPart(text, it))) return true;
    return known.some((other) => other !== actor && (memories.get(other)?.get(name)?.text ?? text) !== text);
  });
  const lines = matters.length > 0 ? matters : linesOf((_actor, _name, _field, age) => age < newest);
  return lines.slice(0, mostLines);
}

function lineOf(actor: string, fields: readonly Remembered[]): string[] {
  const texts = (where: StateChange["where"]) =>
    fields.flatMap((it) => (it.where === where ? [`${it.field} = ${cut(it.text, longest)}`] : []));
  const [inMemory, onDisk] = [texts("memory").join(", "), texts("disk").join(", ")];
  const line = inMemory
    ? `${actor} knew: ${inMemory}${onDisk && `; on disk: ${onDisk}`}`
    : `${actor} had on disk: ${onDisk}`;
  return inMemory || onDisk ? [cut(line, widest)] : [];
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

function memoriesOf(trace: Trace): Map<string, Memory> {
  const memories = new Map<string, Memory>();
  /** What each field began with; undefined once it has been something else. */
  const firsts = new Map<string, string | undefined>();
  for (const { row, actor, where, field, text } of trace.states) {
    const memory: Memory = memories.get(actor) ?? new Map();
    memories.set(actor, memory);
    const name = `${where} ${field}`;
    memory.delete(name);
    if (text === undefined || isMachinery(text)) continue;
    const first = `${actor} ${name}`;
    if (!firsts.has(first)) firsts.set(first, text);
    const isConstant = where === "memory" && isStart(trace, row) && firsts.get(first) === text;
    if (!isConstant) firsts.set(first, undefined);
    memory.set(name, { where, field, text, isConstant });
  }
  return memories;
}

/** A value with functions in it is a tool that the node works with: its fields tell a reader nothing. */
function isMachinery(text: string): boolean {
  return text.includes("(a function)");
}

function isStart(trace: Trace, row: number): boolean {
  const { kind } = trace.row(row);
  return kind === "start" || kind === "restart";
}
