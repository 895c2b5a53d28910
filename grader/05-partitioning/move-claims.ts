import type { Operation } from "#lib/history";
import { canonical, type Invariant, type NodeId, type SimEvent, type Violation } from "#lib/sim";
import {
  type Action,
  type MoverMessage,
  type Request,
  type ServerMessage,
  type ShardId,
  type ShardMap,
  shardOf,
} from "#protocol/05-partitioning";

export type MoveMessage = MoverMessage | ServerMessage;
export type KeyOperation = Operation<Action, string | null>;

interface Sent {
  readonly to: NodeId;
  readonly message: MoveMessage;
}

let lastEvent: SimEvent | undefined;
let lastSent: readonly Sent[] = [];

/** The messages that left the node in this event. Every claim asks for them in turn, so the last answer is kept. */
function sentIn(event: SimEvent): readonly Sent[] {
  if (event === lastEvent) return lastSent;
  const sent: Sent[] = [];
  for (const effect of event.effects) {
    if (effect.effect === "send") sent.push({ to: effect.to, message: effect.message as MoveMessage });
  }
  lastEvent = event;
  lastSent = sent;
  return sent;
}

export function valueText(value: string | null | undefined): string {
  return value === null || value === undefined ? "nothing" : value;
}

export function actionText({ op, key, value }: Action): string {
  return op === "put" ? `put ${key} = ${value}` : `${op} ${key}`;
}

/** A map version means one map; the versions that leave the keeper of the map never go back. */
export function mapOnlyForward(keeper: NodeId): Invariant {
  const seen = new Map<number, ShardMap>();
  let newest = 0;
  return {
    name: "a map version means one map, and nobody goes back to an older one (invariant 6)",
    onEvent(event) {
      if (event.node !== keeper || event.inApp) return undefined;
      for (const { message } of sentIn(event)) {
        if (message.type !== "MapReply") continue;
        const { map } = message;
        const before = seen.get(map.version);
        if (before && canonical(before.owners) !== canonical(map.owners)) {
          const text = `${keeper} gave two maps with version ${map.version}: ${mapText(before)}, and now ${mapText(map)}.`;
          return { text, about: mapWords };
        }
        if (map.version < newest) {
          const text = `${keeper} gave a map with version ${map.version} after it had given one with version ${newest}.`;
          return { text, about: mapWords };
        }
        seen.set(map.version, map);
        newest = map.version;
      }
      return undefined;
    },
  };
}

/** The directory's words about the map, and the mover's. */
const mapWords = ["MapReply", "Assign", "AssignReply", "Copied", "Take"];

export function mapText({ owners }: ShardMap): string {
  return Object.entries(owners)
    .map(([shard, node]) => `${shard} on ${node}`)
    .join(", ");
}

/** A put or a delete has one effect: every answer to it tells the same value before. */
export function madeOnce(): Invariant {
  const answers = new Map<string, { node: NodeId; value: string | null }>();
  /** Of each client in each shard, the last request that was answered. */
  const newest = new Map<string, number>();
  return {
    name: "a change is made once (invariant 8)",
    onEvent(event) {
      const request = event.message as Request | undefined;
      if (request?.type !== "Request" || request.op === "get") return undefined;
      for (const { message } of sentIn(event)) {
        if (message.type !== "Done" || message.seq !== request.seq) continue;
        const { client, seq, key } = request;
        const name = `${client} ${seq}`;
        const session = `${client} ${shardOf(key)}`;
        const last = newest.get(session) ?? 0;
        const first = answers.get(name);
        if (first && first.value !== message.value) {
          const once = `${first.node} did ${client}'s ${actionText(request)} (seq ${seq}), and answered that the key had held ${valueText(first.value)}.`;
          const isMade = event.effects.some(({ effect }) => effect === "write");
          const what = `${event.node} ${isMade ? "did it again, and " : ""}answered that the key had held ${valueText(message.value)}`;
          const text =
            last > seq
              ? `${once} A late copy came after seq ${last} of ${client}, and ${what}: an earlier request gets no answer.`
              : `${once} The same request came again, and ${what}.`;
          return { text, about: [key, "Handover", "Take"] };
        }
        answers.set(name, { node: event.node, value: message.value });
        newest.set(session, Math.max(seq, last));
      }
      return undefined;
    },
  };
}

/** Whoever answers for a shard is the last that was told to take it. */
export function oneServer(owners: ShardMap["owners"]): Invariant {
  const taken = new Map<ShardId, { node: NodeId; version: number }>();
  for (const [shard, node] of Object.entries(owners)) taken.set(shard, { node, version: 1 });
  return {
    name: "at most one server serves a shard (invariant 9)",
    onEvent(event) {
      const message = event.message as MoveMessage | undefined;
      if (message?.type === "Take" && event.kind === "message") {
        const before = taken.get(message.shard);
        if (!before || message.version > before.version) {
          taken.set(message.shard, { node: event.node, version: message.version });
        }
      }
      if (message?.type !== "Request") return undefined;
      if (!sentIn(event).some((sent) => sent.message.type === "Done")) return undefined;
      const shard = shardOf(message.key);
      const owner = taken.get(shard);
      if (!owner || owner.node === event.node) return undefined;
      const since = owner.version === 1 ? "has it from the start" : `took it in map version ${owner.version}`;
      const text = `${event.node} answered ${message.client}'s ${actionText(message)} of shard ${shard}, and ${owner.node} ${since}.`;
      return { text, about: [message.key, "Handover", "Take", "Drop"] };
    },
  };
}

/** The map, a Take and a Drop name a target only after the target has said that it has the shard safe. */
export function onlySafeOwners(mover: NodeId, initial: ShardMap): Invariant {
  const safe = new Set<string>();
  let known = initial;
  return {
    name: "the map names only a server that has the shard safe (invariant 10)",
    onEvent(event) {
      for (const { to, message } of event.inApp ? [] : sentIn(event)) {
        if (message.type === "HandoverOk") safe.add(`${event.node} ${message.shard} ${message.version}`);
        if (event.node !== mover) continue;
        if (message.type === "Take" && !safe.has(`${to} ${message.shard} ${message.version}`)) {
          const text = `${mover} told ${to} to take ${message.shard} in map version ${message.version}, and ${to} has not said that it has ${message.shard} safe.`;
          return { text, about: moveWords };
        }
        if (message.type !== "MapReply" || message.map.version <= known.version) continue;
        const { map } = message;
        for (const [shard, node] of Object.entries(map.owners)) {
          if (known.owners[shard] === node || hasBeenSafe(node, shard, map.version)) continue;
          const text = `${mover} gave out map version ${map.version}, in which ${shard} is on ${node}, and ${node} has not said that it has ${shard} safe.`;
          return { text, about: [...moveWords, "MapReply"] };
        }
        known = map;
      }
      return undefined;
    },
  };

  /** In this version or in one before it that no MapReply has shown. */
  function hasBeenSafe(node: NodeId, shard: ShardId, version: number): boolean {
    for (let v = known.version + 1; v <= version; v++) if (safe.has(`${node} ${shard} ${v}`)) return true;
    return false;
  }
}

const moveWords = ["Move", "BeginMove", "Handover", "HandoverOk", "Copied", "Take", "Drop"];

export function fewRows(most: number): Invariant {
  return {
    name: `a message carries at most ${most} rows`,
    onEvent(event) {
      for (const { to, message } of sentIn(event)) {
        if (message.type === "Rows" && message.rows.length > most) {
          const text = `${event.node} sent ${message.rows.length} rows to ${to} in one message.`;
          return { text, about: ["BeginMove", "Rows"] };
        }
      }
      return undefined;
    },
  };
}

/** One key, that one client changes and all may read. */
interface Written {
  /** What the key held, in order, each from the invocation of a change on; the first is nothing. */
  readonly values: {
    readonly value: string | null;
    readonly invokedAt: number;
    readonly operation?: KeyOperation;
  }[];
  /** The place in `values` that a read which has returned proves to be reached, and by when. */
  readonly reads: { readonly index: number; readonly returnedAt: number; readonly operation: KeyOperation }[];
}

/**
 * Judges each answer as it comes. Every key has one client that changes it, one change at a time, so what it held is known: a change must
 * answer with the value before it, and a read with one that the key held between the question and the answer, and not
 * with an older one than another read has had before.
 */
export class AcknowledgedValues implements Invariant {
  readonly name = "what was acknowledged is not lost (invariant 7)";
  readonly #keys = new Map<string, Written>();
  #broken: Violation | undefined;

  onEvent(): Violation | undefined {
    return this.#broken;
  }

  invoked(operation: KeyOperation): void {
    const { op, value } = operation.input;
    if (op === "get") return;
    this.#of(operation).values.push({
      value: op === "put" ? value : null,
      invokedAt: operation.invokedAt,
      operation,
    });
  }

  answered(operation: KeyOperation, value: string | null): void {
    const written = this.#of(operation);
    if (operation.input.op === "get") this.#judgeRead(operation, written, value);
    else this.#judgeChange(operation, written, value);
  }

  #judgeChange(operation: KeyOperation, { values }: Written, value: string | null): void {
    const before = values.at(-2);
    if (!before || before.value === value) return;
    const told = before.operation
      ? `${operation.process}'s ${actionText(before.operation.input)} was acknowledged before`
      : "nobody has changed it before";
    const text = `${operation.process}'s ${actionText(operation.input)} was answered: it replaced ${valueText(value)}. But ${told}, so the key held ${valueText(before.value)}.`;
    this.#break(text, operation, before.operation);
  }

  #judgeRead(operation: KeyOperation, { values, reads }: Written, value: string | null): void {
    const { invokedAt, process, input } = operation;
    let first = 0;
    let proof = "";
    let prover: KeyOperation | undefined;
    for (const [i, { operation: change }] of values.entries()) {
      if (change?.returnedAt === undefined || change.returnedAt > invokedAt) continue;
      first = i;
      prover = change;
      proof = `${change.process}'s ${actionText(change.input)} was acknowledged before it asked`;
    }
    for (const read of reads) {
      if (read.returnedAt > invokedAt || read.index <= first) continue;
      first = read.index;
      prover = read.operation;
      proof = `${read.operation.process} had read ${valueText(values[first]?.value)} before it asked`;
    }
    const index = values.findIndex((held, i) => i >= first && held.value === value);
    if (index === -1) {
      const text = `${process}'s ${actionText(input)} was answered with ${valueText(value)}, but ${proof || "nobody had written that"}.`;
      this.#break(text, operation, prover);
      return;
    }
    reads.push({ index, returnedAt: operation.returnedAt as number, operation });
  }

  #break(text: string, wrong: KeyOperation, against: KeyOperation | undefined): void {
    const operations = [wrong, against].flatMap((it) => (it ? [it.id] : []));
    this.#broken ??= { text, about: [wrong.input.key, "Take"], operations };
  }

  #of({ input }: KeyOperation): Written {
    let written = this.#keys.get(input.key);
    if (!written) {
      written = { values: [{ value: null, invokedAt: -1 }], reads: [] };
      this.#keys.set(input.key, written);
    }
    return written;
  }
}
