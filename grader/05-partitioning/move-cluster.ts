import { History, SequentialClient } from "#lib/history";
import type { Cluster, RunSetting } from "#lib/nemesis";
import type { Application, Context, NodeId } from "#lib/sim";
import {
  type Action,
  type Exercise,
  type Move,
  type ShardId,
  type ShardMap,
  shardOf,
} from "#protocol/05-partitioning";
import {
  AcknowledgedValues,
  fewRows,
  type KeyOperation,
  type MoveMessage,
  madeOnce,
  mapOnlyForward,
  oneServer,
  onlySafeOwners,
} from "./move-claims.ts";

export const firstMap: ShardMap = { version: 1, owners: { s0: "n1", s1: "n1", s2: "n2", s3: "n3" } };
export const moveConfig = { retryMs: 100, rowsPerMessage: 2 };

export interface MovePlan {
  /** What the operator has moved, one after another. */
  readonly moves: readonly { readonly shard: ShardId; readonly to: NodeId }[];
  /** How many operations each of the three clients does. */
  readonly operations: number;
  readonly thinkMs: number;
}

/** The first `count` keys k1, k2 … that lie in a shard. */
export function keysIn(shard: ShardId, count: number): string[] {
  const keys: string[] = [];
  for (let i = 1; keys.length < count; i++) if (shardOf(`k${i}`) === shard) keys.push(`k${i}`);
  return keys;
}

/** Three servers, a mover with its operator, and three clients that change keys of their own and read everyone's. */
export function moveCluster(setting: RunSetting, plan: MovePlan): Cluster<Exercise> {
  const history = new History<Action, string | null>();
  const values = new AcknowledgedValues();
  const operator = new Operator(plan.moves, setting.random("operator").between(40, 200), (index) =>
    setting.asks("d", index),
  );
  const keys = [...keysIn("s1", 9), ...keysIn("s2", 3)];
  const ids = ["c1", "c2", "c3"];
  const clients = ids.map((id, i) => {
    const own = keys.filter((_, k) => k % ids.length === i);
    return client(id, own, keys, plan, history, values, setting);
  });
  const server = (id: NodeId) => (work: Exercise) => {
    const shards = Object.keys(firstMap.owners).filter((shard) => firstMap.owners[shard] === id);
    return new work.Server({ mover: "d", shards, ...moveConfig });
  };
  return {
    nodes: {
      d: (work) => new work.Mover({ map: firstMap, retryMs: moveConfig.retryMs }),
      n1: server("n1"),
      n2: server("n2"),
      n3: server("n3"),
    },
    applications: { d: operator, ...Object.fromEntries(ids.map((id, i) => [id, clients[i]])) } as never,
    invariants: [
      madeOnce(),
      values,
      oneServer(firstMap.owners),
      onlySafeOwners("d", firstMap),
      mapOnlyForward("d"),
      fewRows(moveConfig.rowsPerMessage),
    ],
    eventually: {
      "every move comes to its end (invariant 11)": () => operator.missing(),
      "every operation is answered (invariant 11)": () => {
        const open = history.operations.find((operation) => operation.outcome === "open");
        if (open)
          return `${open.process}'s ${open.input.op} of ${open.input.key} has had no answer since ${open.invokedMs} ms.`;
        return clients.every((it) => it.isDone) || "A client is not through with its plan.";
      },
    },
    history,
    completed: () => history.count("ok") + operator.movedCount,
  };
}

function client(
  id: NodeId,
  own: readonly string[],
  all: readonly string[],
  plan: MovePlan,
  history: History<Action, string | null>,
  values: AcknowledgedValues,
  setting: RunSetting,
): SequentialClient<Action, string | null, MoveMessage> {
  let map = firstMap;
  let asks = false;
  const seqOf = (operation: KeyOperation): number => operation.id + 1;
  return new SequentialClient<Action, string | null, MoveMessage>({
    process: id,
    history,
    random: setting.random(id),
    thinkMs: plan.thinkMs,
    retryMs: 150,
    asks: (index) => setting.asks(id, index),
    next(index, random) {
      if (index >= plan.operations) return undefined;
      // First each key gets a value, so that there is something to move.
      if (index < own.length) return { op: "put", key: own[index] as string, value: `${id}.${index}` };
      if (random.chance(0.4)) return { op: "get", key: random.pick(all), value: null };
      const key = random.pick(own);
      if (random.chance(0.3)) return { op: "delete", key, value: null };
      return { op: "put", key, value: `${id}.${index}` };
    },
    request(operation, attempt) {
      if (attempt === 0) values.invoked(operation);
      if (asks) return { to: "d", message: { type: "GetMap" } };
      const to = map.owners[shardOf(operation.input.key)] as NodeId;
      // After a time-out it asks the server and, the next time, the mover: the shard may have moved.
      if (attempt % 3 === 2) asks = true;
      const seq = seqOf(operation);
      return { to, message: { type: "Request", client: id, seq, ...operation.input, version: map.version } };
    },
    response(message, operation, _from, nowMs) {
      if (message.type === "MapReply") {
        asks = false;
        if (message.map.version <= map.version) return undefined;
        map = message.map;
        return "again";
      }
      if (message.type === "WrongShard" && message.seq === seqOf(operation)) {
        if (message.version < map.version || asks) return undefined;
        asks = true;
        return "again";
      }
      if (message.type !== "Done" || message.seq !== seqOf(operation)) return undefined;
      history.complete(operation, "ok", nowMs, message.value);
      values.answered(operation, message.value);
      return { outcome: "ok", output: message.value };
    },
  });
}

type Wake = { readonly wake: "ask" };

/** Asks for one move after another, each until it is done. */
class Operator implements Application<MoveMessage, Wake> {
  movedCount = 0;
  readonly #moves: MovePlan["moves"];
  readonly #pauseMs: number;
  readonly #asks: (index: number) => boolean;
  #index = 0;

  constructor(moves: MovePlan["moves"], pauseMs: number, asks: (index: number) => boolean) {
    this.#moves = moves;
    this.#pauseMs = pauseMs;
    this.#asks = asks;
  }

  missing(): true | string {
    const move = this.#moves[this.#index];
    return (
      move === undefined ||
      `The operator asked to move ${move.shard} to ${move.to}, and was never told that it is there.`
    );
  }

  onStart(ctx: Context<MoveMessage, Wake>): void {
    ctx.setTimer({ wake: "ask" }, this.#pauseMs);
  }

  onMessage(ctx: Context<MoveMessage, Wake>, _from: NodeId, message: MoveMessage): void {
    const move = this.#moves[this.#index];
    if (message.type !== "Moved" || !move || message.shard !== move.shard || message.to !== move.to) return;
    this.movedCount++;
    this.#index++;
    ctx.setTimer({ wake: "ask" }, this.#pauseMs);
  }

  onTimer(ctx: Context<MoveMessage, Wake>): void {
    while (this.#index < this.#moves.length && !this.#asks(this.#index)) this.#index++;
    const move = this.#moves[this.#index];
    if (!move) return;
    const message: Move = { type: "Move", shard: move.shard, to: move.to };
    ctx.send("d", message);
    ctx.setTimer({ wake: "ask" }, 300);
  }
}
