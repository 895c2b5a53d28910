import type { ExploreOptions, Step } from "#lib/explore";
import { Stream } from "#lib/random";
import {
  type AnyNode,
  app,
  canonical,
  DurableDisk,
  type Effect,
  handle,
  newActor,
  Recording,
  snapshotOf,
} from "#lib/sim";

/*
 * An explorer as simple as can be: no tables, no numbers, no sharing; each state is a path, taken again from the start for every
 * question. It is here to count the same states as the real one.
 */

interface Machine {
  readonly id: string;
  readonly make: () => AnyNode;
  actor: ReturnType<typeof newActor> | undefined;
  hasLived: boolean;
  disk: DurableDisk;
  readonly timers: Map<string, unknown>;
}

interface World {
  readonly machines: Machine[];
  readonly sent: Map<string, { from: string; to: string; message: unknown }>;
  crashes: number;
  timers: number;
  readonly asked: Set<string>;
  /** How many effects the last handler had. */
  effectCount: number;
}

/** The number of states, for configurations with a budget of crashes and one of timers, both in all. */
export function countStates(options: ExploreOptions): number {
  const crashes =
    options.budgets?.flatMap((budget) => ("crashes" in budget ? budget.crashes : [])).at(0) ?? 0;
  const timers = options.budgets?.flatMap((budget) => ("timers" in budget ? budget.timers : [])).at(0);
  const paths: Step[][] = [[]];
  const known = new Set([keyOf(take(options, [])) + spentIn(take(options, []))]);
  for (const path of paths) {
    const before = take(options, path);
    for (const step of stepsFrom(options, before)) {
      const after = take(options, [...path, step]);
      if (after.crashes > crashes || after.timers > (timers ?? Number.POSITIVE_INFINITY)) continue;
      // A crash behind the last effect is a step of its own.
      if (step.crashAfter !== undefined && step.crashAfter >= after.effectCount) continue;
      if (keyOf(after) === keyOf(before)) continue;
      const key = keyOf(after) + spentIn(after, timers === undefined);
      if (known.has(key)) continue;
      known.add(key);
      paths.push([...path, step]);
    }
  }
  return paths.length;
}

function take(options: ExploreOptions, path: readonly Step[]): World {
  const world: World = {
    machines: Object.entries(options.nodes).map(([id, make]) => {
      return { id, make, actor: undefined, hasLived: false, disk: new DurableDisk(), timers: new Map() };
    }),
    sent: new Map(),
    crashes: 0,
    timers: 0,
    asked: new Set(),
    effectCount: 0,
  };
  for (const step of path) happen(options, world, step);
  return world;
}

function happen(options: ExploreOptions, world: World, step: Step): void {
  const machine = world.machines.find(({ id }) => id === step.node) as Machine;
  if (step.kind !== "crash") {
    const effects = run(options, machine, step);
    world.effectCount = effects.length;
    if (step.kind === "timer") {
      machine.timers.delete(canonical(step.timer));
      world.timers++;
    }
    if (step.kind === "ask") world.asked.add(step.node + canonical(step.message));
    for (const effect of effects.slice(0, step.crashAfter)) perform(world, machine, effect);
  }
  machine.hasLived = true;
  if (step.kind !== "crash" && step.crashAfter === undefined) return;
  world.crashes++;
  machine.disk.survive(0);
  machine.timers.clear();
  machine.actor = undefined;
}

function run(options: ExploreOptions, machine: Machine, step: Step): readonly Effect[] {
  const { id, make, disk } = machine;
  if (!machine.actor) {
    machine.actor = newActor(id, 0, make);
    const ids = Object.keys(options.nodes);
    machine.actor.ctx = new Recording(
      id,
      new Stream(1),
      disk.safe.copy(),
      (to) => to === app || ids.includes(to),
    );
  }
  const kind = step.kind === "ask" ? "message" : (step.kind as "start" | "message" | "timer");
  const { from, message, timer } = step;
  const handled = handle(machine.actor, { kind, node: id, inApp: false, from, message, timer }, 0, 0);
  return "effects" in handled ? handled.effects : [];
}

function perform(world: World, { id, disk, timers }: Machine, effect: Effect): void {
  if (effect.effect === "send") {
    const { to, message } = effect;
    world.sent.set(canonical([id, to, message]), { from: id, to, message });
  } else if (effect.effect === "setTimer") timers.set(effect.key, effect.timer);
  else if (effect.effect === "cancelTimer") timers.delete(effect.key);
  else if (effect.effect === "write") disk.write(effect.change);
  else if (effect.effect === "sync") disk.sync();
}

/** Every step, and each of them with a crash after each effect that it could have. */
function stepsFrom(options: ExploreOptions, world: World): Step[] {
  const asleep = world.machines.find(({ hasLived }) => !hasLived);
  const steps = (asleep ? [asleep] : world.machines).flatMap((machine): Step[] => {
    const { id: node } = machine;
    if (!machine.actor) return [{ kind: "start", node }];
    const messages = [...world.sent.values()].filter(({ to }) => to === node);
    const asks = (options.asks?.[node] ?? []).filter(
      (message) => !world.asked.has(node + canonical(message)),
    );
    return [
      ...messages.map(({ from, message }): Step => ({ kind: "message", node, from, message })),
      ...[...machine.timers.values()].map((timer): Step => ({ kind: "timer", node, timer })),
      ...asks.map((message): Step => ({ kind: "ask", node, from: app, message })),
      { kind: "crash", node },
    ];
  });
  const cut = [1, 2, 3, 4, 5, 6, 7, 8].flatMap((crashAfter) =>
    steps.filter(({ kind }) => kind !== "crash").map((step) => ({ ...step, crashAfter })),
  );
  return [...steps, ...cut];
}

function keyOf({ machines, sent }: World): string {
  const nodes = machines.map(({ actor, hasLived, disk, timers }) => [
    actor?.node ? snapshotOf(actor.node).fields : hasLived,
    [...disk.safe.cells],
    disk.unsynced,
    [...timers.keys()].sort(),
  ]);
  return canonical([nodes, [...sent.keys()].sort()]);
}

function spentIn({ crashes, timers, asked }: World, isFree = false): string {
  return canonical([crashes, isFree ? 0 : timers, [...asked].sort()]);
}
