import { Stream } from "#lib/random";
import { frozenCopy, type NodeId } from "#lib/sim";
import { formatValue } from "#lib/trace";
import type { Exercise, Siblings, Vector } from "#protocol/08-clocks";
import { Broken } from "../suite/index.ts";

/** What a server truly knows of a key: the writes that have come to it in any way, and those of them that are not replaced. */
interface Truth {
  readonly known: ReadonlySet<string>;
  readonly alive: ReadonlySet<string>;
}

interface Replica {
  readonly id: NodeId;
  truth: Truth;
  siblings: Siblings;
}

export const unwritten: Siblings = { seen: {}, versions: [] };

export function valuesOf({ versions }: Siblings): string[] {
  return versions.map(({ value }) => value).sort();
}

/** Something that a client has read: the context, and the writes that it truly knew of then. */
interface Reading {
  readonly context: Vector;
  readonly known: ReadonlySet<string>;
  readonly from: string;
}

export type Rules = Pick<Exercise, "writeVersion" | "mergeSiblings">;

/** One random run of the two rules: three servers of one key, whose states are written, read, and told to each other. */
export function replay(rules: Rules, seed: number, stepCount: number): void {
  const random = new Stream(seed, "siblings");
  const servers: Replica[] = ["n1", "n2", "n3"].map((id) => ({
    id,
    truth: { known: new Set(), alive: new Set() },
    siblings: unwritten,
  }));
  const readings: Reading[] = [{ context: {}, known: new Set(), from: "nothing" }];
  const story: string[] = [];
  for (let step = 1; step <= stepCount; step++) {
    const server = random.pick(servers);
    if (random.chance(0.4)) {
      const other = random.pick(servers.filter((it) => it !== server));
      story.push(`${server.id} heard what ${other.id} knew`);
      // One way or the other round: the order of the arguments makes no difference.
      const [a, b] = random.chance(0.5) ? [server, other] : [other, server];
      server.siblings = copied(rules.mergeSiblings(a.siblings, b.siblings), "mergeSiblings gave");
      server.truth = merged(server.truth, other.truth);
    } else {
      // The newest reading, an old one, or none.
      const reading = random.pick([
        readings.at(-1) as Reading,
        random.pick(readings),
        readings[0] as Reading,
      ]);
      const value = `w${step}`;
      story.push(`${server.id} took ${value}, whose client had read ${reading.from}`);
      const written = rules.writeVersion(server.siblings, server.id, value, reading.context);
      server.siblings = copied(written, "writeVersion gave");
      server.truth = overwritten(server.truth, value, reading.known);
    }
    judge(server, story);
    if (random.chance(0.6)) readings.push(readingOf(random.pick(servers)));
  }
}

function readingOf({ id, truth, siblings }: Replica): Reading {
  const values = valuesOf(siblings).join(" and ") || "nothing";
  return { context: siblings.seen, known: truth.known, from: `${values} from ${id}` };
}

function copied(siblings: Siblings, what: string): Siblings {
  const copy = frozenCopy(siblings, what, () => "");
  if (typeof copy?.seen !== "object" || !Array.isArray(copy.versions)) {
    throw new Broken(`${what} ${formatValue(copy)}: it should be { seen, versions }`);
  }
  return copy;
}

function merged(a: Truth, b: Truth): Truth {
  const alive = [...a.alive, ...b.alive].filter((value) => isAlive(value, a) && isAlive(value, b));
  return { known: new Set([...a.known, ...b.known]), alive: new Set(alive) };
}

function isAlive(value: string, { known, alive }: Truth): boolean {
  return alive.has(value) || !known.has(value);
}

function overwritten(truth: Truth, value: string, read: ReadonlySet<string>): Truth {
  const alive = [...truth.alive].filter((other) => !read.has(other));
  return { known: new Set([...truth.known, ...read, value]), alive: new Set([...alive, value]) };
}

function judge({ id, siblings, truth }: Replica, story: readonly string[]): void {
  const values = valuesOf(siblings);
  const told = `${story.slice(-6).join("; ")}. Then ${id} has ${values.join(" and ") || "nothing"}`;
  const missing = [...truth.alive].find((value) => !values.includes(value));
  if (missing)
    throw new Broken(
      `${told}: ${missing} is gone, and no write that knew of it has replaced it (invariant 4)`,
    );
  const extra = values.find((value) => !truth.alive.has(value));
  if (extra) throw new Broken(`${told}: ${extra} has been replaced by a write that knew of it (invariant 5)`);
  if (new Set(values).size < values.length) throw new Broken(`${told}: a write is there twice (invariant 5)`);
}
