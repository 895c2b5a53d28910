import type { Invariant, NodeId, SimEvent, Violation } from "#lib/sim";
import { type DirectoryMessage, type RouterMessage, type ShardMap, shardOf } from "#protocol/05-partitioning";
import { mapText } from "./move-claims.ts";

type Message = DirectoryMessage | RouterMessage;

export const map1: ShardMap = { version: 1, owners: { s0: "n1", s1: "n1", s2: "n2", s3: "n3" } };

/** What the claims ask of a router's application. */
interface AnsweredUser {
  readonly doneCount: number;
  /** How an Ask was answered a second time, if one was. */
  readonly twice: Violation | undefined;
}

/** Two plans that were made on the same version: only one is done. */
export function assignedOnce(): Invariant {
  const given = new Map<number, string>();
  return {
    name: "a map version means one map, and nobody goes back to an older one (invariant 6)",
    onEvent(event) {
      const assign = event.message as Message | undefined;
      if (event.node !== "d" || assign?.type !== "Assign") return undefined;
      for (const message of sentBy(event)) {
        if (message.type !== "AssignReply" || !message.done) continue;
        const what = `${assign.shard} to ${assign.to}`;
        const before = given.get(message.version);
        if (before !== undefined && before !== what) {
          const text = `d gave version ${message.version} twice: once for ${before}, and once for ${what}.`;
          return { text, about: ["Assign", "AssignReply"] };
        }
        given.set(message.version, what);
        if (message.version === assign.expectedVersion + 1) continue;
        const text = `d agreed to ${what}, which was planned on map version ${assign.expectedVersion}, as version ${message.version}: the plan was out of date.`;
        return { text, about: ["Assign", "AssignReply"] };
      }
      return undefined;
    },
  };
}

/** A request goes where the map says whose version it carries, and that is never older than one that the router used before. */
export function sentByTheMap(): Invariant {
  const maps = new Map<number, ShardMap>([[1, map1]]);
  const used = new Map<NodeId, number>();
  return {
    name: "a router goes by the newest map that it has (invariant 6)",
    onEvent(event) {
      for (const effect of event.effects) {
        if (effect.effect !== "send") continue;
        const message = effect.message as Message;
        if (message.type === "MapReply" && event.node === "d") maps.set(message.map.version, message.map);
        if (message.type !== "Request") continue;
        const { key, version } = message;
        const map = maps.get(version);
        const owner = map?.owners[shardOf(key)];
        const about = [key, "GetMap", "MapReply"];
        if (!map) {
          const text = `${event.node} sent a request with map version ${version}, and no such map was ever given out.`;
          return { text, about };
        }
        if (owner !== effect.to) {
          const text = `${event.node} sent a request for ${key}, in shard ${shardOf(key)}, to ${effect.to} with map version ${version}, which says: ${mapText(map)}.`;
          return { text, about };
        }
        const newest = used.get(event.node) ?? 0;
        if (version < newest) {
          const text = `${event.node} sent a request by map version ${version} after it had used version ${newest}.`;
          return { text, about };
        }
        used.set(event.node, version);
      }
      return undefined;
    },
  };
}

export function answeredOnce(users: readonly AnsweredUser[]): Invariant {
  return {
    name: "each Ask has one answer",
    onEvent: (event) =>
      event.inApp ? users.map((user) => user.twice).find((it) => it !== undefined) : undefined,
  };
}

/** What the routers cost the directory. */
export class LookupCount implements Invariant {
  readonly name = "a router remembers the map, and seldom asks";
  readonly #users: readonly AnsweredUser[];
  readonly #most: number;
  #count = 0;

  constructor(users: readonly AnsweredUser[], most: number) {
    this.#users = users;
    this.#most = most;
  }

  onEvent(event: SimEvent): undefined {
    if (event.inApp || !event.node.startsWith("r")) return;
    for (const message of sentBy(event)) if (message.type === "GetMap") this.#count++;
  }

  onEnd(): Violation | undefined {
    const done = this.#users.reduce((sum, user) => sum + user.doneCount, 0);
    if (this.#count * 1_000 <= this.#most * done) return undefined;
    const text = `Two routers asked the directory for the map ${this.#count} times in ${done} operations: at most ${this.#most} times in 1,000 are needed.`;
    return { text, about: ["GetMap", "MapReply", "WrongShard"] };
  }
}

function sentBy(event: SimEvent): Message[] {
  return event.effects.flatMap((effect) => (effect.effect === "send" ? [effect.message as Message] : []));
}
