import type { History, Operation } from "#lib/history";
import { app, type Invariant, type NodeId, type SimEvent, type Violation } from "#lib/sim";
import type {
  HintReply,
  Message,
  ReadReply,
  ReplicaConfig,
  Row,
  Version,
  WriteReply,
} from "#protocol/04-quorum-store";
import { isBelow, isEqual, versionText } from "./bench.ts";

/** What a client asks for. Each put of a run has a value of its own. */
export interface Action {
  readonly op: "put" | "delete" | "get";
  readonly key: string;
  readonly value: string | null;
}

/** What it was told. */
export interface Told {
  readonly value: string | null;
  readonly version: Version | null;
}

export type KeyOperation = Operation<Action, Told>;
export type KeyHistory = History<Action, Told>;

export const names = {
  copies: "an acknowledged write is safe on W disks (invariants 1 and 3)",
  kept: "what a replica has confirmed or shown, it has from then on, or something newer (invariants 2 and 6)",
  version: "a version is of one write, and a write has one version (invariant 5)",
  newer: "a write is newer than all that were acknowledged before it began (invariant 5)",
  sees: "a read gives what was acknowledged before it began, or something newer (invariant 4)",
  failed: "what is reported as failed never happens (invariant 7)",
  once: "a request is answered once (invariant 8)",
} as const;

export function actionText({ op, key, value }: Action): string {
  return op === "put" ? `put ${key} = ${value}` : `${op} ${key}`;
}

export function valueText(value: string | null): string {
  return value ?? "nothing";
}

/** What a replica has confirmed, or shown, of one key. */
interface Known {
  readonly version: Version;
  readonly value: string | null | undefined;
  readonly how: string;
}

/**
 * Watches every message of a run, and says which promise was broken. It knows rows, versions and who has confirmed what from
 * the messages alone.
 */
export class Ledger {
  /** Every hint that was confirmed. */
  readonly hinted: HintReply[] = [];
  readonly #config: ReplicaConfig;
  readonly #history: KeyHistory;
  readonly #broken = new Map<string, Violation>();
  /** The value of each version that was ever sent, by key and version. */
  readonly #values = new Map<string, string | null>();
  readonly #versions = new Map<string, Version>();
  readonly #tombstones = new Map<string, Set<string>>();
  /** Who has confirmed a version, and what each node has at least. */
  readonly #holders = new Map<string, Set<NodeId>>();
  readonly #known = new Map<string, Known>();

  constructor(config: ReplicaConfig, history: KeyHistory) {
    this.#config = config;
    this.#history = history;
  }

  /** The claims; where quorums are sloppy, reads may miss writes, and a write may not know of one before it. */
  invariants(): Invariant[] {
    const kept = Object.values(names).filter(
      (name) => !this.#config.sloppy || (name !== names.sees && name !== names.newer),
    );
    return kept.map((name, i) => ({
      name,
      onEvent: (event) => {
        if (i === 0) this.#watch(event);
        return this.#broken.get(name);
      },
    }));
  }

  #break(name: string, text: string, key: string): void {
    if (!this.#broken.has(name)) this.#broken.set(name, { text, about: [key] });
  }

  #watch(event: SimEvent): void {
    if (event.inApp) return;
    for (const effect of event.effects) {
      if (effect.effect !== "send") continue;
      const message = effect.message as Message;
      if (effect.to !== app) this.#sent(event.node, message);
      else if (message.type === "WriteReply" || message.type === "ReadReply") {
        this.#answered(event.node, message);
      }
    }
  }

  #answered(node: NodeId, answer: WriteReply | ReadReply): void {
    const { input, outcome } = this.#history.operations[answer.id] as KeyOperation;
    if (this.#answers.has(answer.id)) {
      const text = `${node} had told its application that the outcome of ${actionText(input)} is ${outcome}. Now it answers the same request again, and says ${answer.outcome}.`;
      this.#break(names.once, text, input.key);
    }
    this.#answers.add(answer.id);
    if (answer.type === "WriteReply") this.#written(node, answer);
    else this.#read(node, answer);
  }

  #sent(node: NodeId, message: Message): void {
    switch (message.type) {
      case "Store":
      case "Hint":
        return this.#row(node, message);
      case "FetchReply":
        if (message.row) this.#row(node, message.row);
        return this.#shown(node, message.key, message.row);
      case "StoreReply":
        return this.#confirmed(node, message.key, message.version);
      case "HintReply":
        this.hinted.push(message);
        this.#holdersOf(message.key, message.version).add(node);
        return;
      case "Rows":
        for (const row of message.rows) this.#row(node, row);
        return;
      default:
        return;
    }
  }

  /** A row as it travels: its version must be the one of the write that it comes from. */
  #row(sender: NodeId, { key, version, value }: Row): void {
    const name = nameOf(key, version);
    const known = this.#values.get(name);
    if (this.#values.has(name) && known === value) return;
    if (this.#values.has(name)) {
      const text = `${sender} has ${key} = ${valueText(value)} with version ${versionText(version)}, which is the version of ${key} = ${valueText(known ?? null)}.`;
      return this.#break(names.version, text, key);
    }
    this.#values.set(name, value);
    if (value === null) return this.#tombstone(sender, key, version);
    const first = this.#versions.get(`${key} ${value}`);
    if (first) {
      const text = `${sender} has ${key} = ${value} with version ${versionText(version)}, and it was written once, with version ${versionText(first)}.`;
      return this.#break(names.version, text, key);
    }
    this.#versions.set(`${key} ${value}`, version);
    const put = this.#history.operations.find(
      ({ input }) => input.op === "put" && input.key === key && input.value === value,
    );
    if (!put) this.#break(names.version, `${sender} has ${key} = ${value}, which nobody has put.`, key);
    if (put && this.#failed.has(put.id)) this.#breakFailed(put, sender);
  }

  /** A tombstone's version names the node that coordinated the delete; each delete makes one. */
  #tombstone(sender: NodeId, key: string, version: Version): void {
    if (isBelow(this.#newestTombstone.get(key), version)) this.#newestTombstone.set(key, version);
    const made = this.#tombstones.get(`${key} ${version.node}`) ?? new Set();
    this.#tombstones.set(`${key} ${version.node}`, made.add(versionText(version)));
    const deletes = this.#history.operations.filter(
      ({ process, input }) => input.op === "delete" && input.key === key && process === version.node,
    ).length;
    if (made.size <= deletes) return;
    const text = `${sender} has a tombstone of ${key} with version ${versionText(version)}. ${version.node} was asked to delete ${key} ${deletes} times, and now there are tombstones with ${made.size} versions of it.`;
    this.#break(names.version, text, key);
  }

  #holdersOf(key: string, version: Version): Set<NodeId> {
    const name = nameOf(key, version);
    const holders = this.#holders.get(name) ?? new Set();
    this.#holders.set(name, holders);
    return holders;
  }

  #confirmed(node: NodeId, key: string, version: Version): void {
    this.#holdersOf(key, version).add(node);
    this.#has(node, key, version, "confirmed");
  }

  #has(node: NodeId, key: string, version: Version, how: string): void {
    const name = `${node} ${key}`;
    if (!isBelow(this.#known.get(name)?.version, version)) return;
    this.#known.set(name, { version, value: this.#values.get(nameOf(key, version)), how });
  }

  #shown(node: NodeId, key: string, row: Row | null): void {
    if (!this.#config.replicas.includes(node)) return;
    const known = this.#known.get(`${node} ${key}`);
    if (known && isBelow(row?.version, known.version)) {
      if (row === null && this.#isCollected(key, known.version)) return;
      const now = row ? `${valueText(row.value)}, version ${versionText(row.version)}` : "that it has no row";
      const text = `${node} had ${known.how} version ${versionText(known.version)} of ${key}, which is ${valueText(known.value ?? null)}. Now it answers ${now}.`;
      return this.#break(names.kept, text, key);
    }
    if (row) this.#has(node, key, row.version, "shown");
  }

  /** Where tombstones are collected, nothing may stand in the place of one that is not older than this. */
  #isCollected(key: string, version: Version): boolean {
    if (this.#config.graceMs === null) return false;
    return this.#newestTombstone.has(key) && !isBelow(this.#newestTombstone.get(key), version);
  }

  readonly #newestTombstone = new Map<string, Version>();
  readonly #failed = new Set<number>();
  readonly #answers = new Set<number>();

  #written(node: NodeId, { id, outcome, version }: WriteReply): void {
    const operation = this.#history.operations[id] as KeyOperation;
    const { input } = operation;
    const { key } = input;
    if (outcome === "fail") {
      this.#failed.add(id);
      if (this.#versions.has(`${key} ${input.value}`)) this.#breakFailed(operation, node);
    }
    if (outcome !== "ok" || !version) return;
    const { replicas, spares, sloppy, w } = this.#config;
    const members = sloppy ? [...replicas, ...spares] : replicas;
    const holders = new Set([...this.#holdersOf(key, version)].filter((it) => members.includes(it)));
    if (members.includes(node)) holders.add(node);
    if (replicas.includes(node)) this.#has(node, key, version, "acknowledged");
    if (holders.size < w) {
      const text = `${node} acknowledged ${actionText(input)}, version ${versionText(version)}, and W is ${w}: ${[...holders].sort().join(" and ") || "nobody"} has it safe, as far as can be known.`;
      this.#break(names.copies, text, key);
    }
    const before = this.#acknowledgedBefore(operation).find((it) => !isBelow(it.output?.version, version));
    if (before) {
      const text = `${before.process}'s ${actionText(before.input)} was acknowledged at ${before.returnedMs} ms with version ${versionText(before.output?.version)}. ${node}'s ${actionText(input)} began at ${operation.invokedMs} ms and got ${versionText(version)}, which is older.`;
      this.#break(names.newer, text, key);
    }
  }

  #breakFailed({ process, input }: KeyOperation, sender: NodeId): void {
    const text = `${process} told its application that ${actionText(input)} failed, and ${sender} has it: it may be read.`;
    this.#break(names.failed, text, input.key);
  }

  #acknowledgedBefore({ input, invokedAt }: KeyOperation): KeyOperation[] {
    return this.#history.operations.filter(
      (it) =>
        it.input.key === input.key &&
        it.input.op !== "get" &&
        it.outcome === "ok" &&
        (it.returnedAt as number) < invokedAt,
    );
  }

  #read(node: NodeId, { id, outcome, value, version }: ReadReply): void {
    if (outcome !== "ok") return;
    const operation = this.#history.operations[id] as KeyOperation;
    const { key } = operation.input;
    const what = `${node}'s get ${key} gave ${valueText(value)}, version ${versionText(version)}`;
    // A row that was only on this node's own disk is seen here for the first time.
    if (version) this.#row(node, { key, version, value });
    for (const write of this.#acknowledgedBefore(operation)) {
      const before = write.output?.version;
      if (!before || isEqual(before, version) || !isBelow(version, before)) continue;
      if (version === null && this.#isCollected(key, before)) continue;
      const text = `${write.process}'s ${actionText(write.input)} was acknowledged at ${write.returnedMs} ms with version ${versionText(before)}. ${what}; it was asked at ${operation.invokedMs} ms.`;
      this.#break(names.sees, text, key);
    }
  }
}

function nameOf(key: string, { counter, node }: Version): string {
  return `${key} ${counter} ${node}`;
}
