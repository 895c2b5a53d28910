import type { Deed } from "#lib/check";
import { canonical, type Handled } from "#lib/sim";
import { crash } from "./catalogue.ts";
import { HiddenState } from "./hidden-state.ts";
import type { Life } from "./life.ts";
import type { Local, Merge } from "./local.ts";
import type { Move } from "./search.ts";
import type { Space } from "./space.ts";

/** How many events two objects are given that should be equal. */
const eventsEach = 16;
const leastRuns = 2000;
/** How many histories are taken again, none of them longer than this. */
const historyCount = 64;
const longestHistory = 200;

/**
 * Local states are taken for one when all that can be seen of them is equal. This looks at a sample of such merges for what cannot
 * be seen: the object on either way is given the same events, and must answer alike. And it takes some histories again,
 * which must lead to the same. Throws a HiddenState if they do not.
 *
 * Costs about as many handlers as the search itself has run.
 */
export function audit(space: Space, origin: Int32Array): void {
  const { all, merges, handlerRuns, replayRuns } = space.locals;
  const stride = Math.ceil(all.length / historyCount);
  for (let i = all.length - 1; i >= 0; i -= stride) {
    const history = historyOf(space, all[i] as Local);
    if (history.length <= longestHistory) retrace(space, origin, history);
  }
  const until = replayRuns + handlerRuns + leastRuns;
  // The first merges are the simplest; the others are looked at from far to near.
  for (let i = 0; i < merges.length && space.locals.replayRuns < until; i++) {
    const nth = i % 2 === 0 ? i / 2 : merges.length - (i + 1) / 2;
    compare(space, merges[nth] as Merge, nth);
  }
}

/** How a local state was first reached, as moves of one node. */
function historyOf({ locals }: Space, local: Local): Move[] {
  const history: Move[] = [];
  for (let at = local; at.origin && history.length <= longestHistory; at = at.origin.local) {
    const { local: before, event, crashAfter, survivors } = at.origin;
    const { outcomes } = locals.transition(before.number, event);
    const outcome = outcomes.find((it) => it.crashAfter === crashAfter && it.survivors === survivors);
    if (outcome) history.push({ node: local.machine.number, event, outcome });
  }
  return history.reverse();
}

function compare(space: Space, { local, from, event }: Merge, nth: number): void {
  const { locals } = space;
  const one = locals.replay(local);
  const other = locals.replayAnd(from, event);
  for (const next of nextEvents(space, local, nth)) {
    locals.replayRuns += 2;
    const pending = locals.pending(local, next);
    const [a, b] = [one.handle(pending), other.handle(pending)];
    if (textOf(a) !== textOf(b))
      throw hidden(one, "two objects with equal fields answered the same message in two ways");
    if ("fault" in a) return;
  }
  if (JSON.stringify(one.snapshot.fields) !== JSON.stringify(other.snapshot.fields)) {
    throw hidden(one, "two objects with equal fields went on from there to different ones");
  }
}

/** Messages and asks that can come to the node, not the same ones each time, and its timers. */
function nextEvents(space: Space, local: Local, nth: number): number[] {
  const { catalogue } = space;
  const messages = [...space.asksOf(local.machine.number)];
  for (let i = 0; i < catalogue.things.length; i++) {
    if (catalogue.receivers[i] === local.machine.number) messages.push(i);
  }
  const first = messages.length === 0 ? 0 : (nth * 7) % messages.length;
  const turned = [...messages.slice(first), ...messages.slice(0, first)];
  return [...turned.slice(0, eventsEach), ...local.timers];
}

/**
 * Takes a path again with new objects, and gives their deeds. Throws a HiddenState if one of them does something else than the
 * search has seen.
 */
export function retrace(space: Space, origin: Int32Array, path: readonly Move[]): Deed[] {
  const { locals } = space;
  const lives = new Map<number, Life>();
  const now = [...origin];
  return path.flatMap(({ node, event, outcome }) => {
    const local = locals.all[now[node] as number] as Local;
    const life = lives.get(node) ?? locals.born(local);
    lives.set(node, life);
    const handled = event === crash ? { effects: [] } : life.handle(locals.pending(local, event));
    if (!outcome && "fault" in handled) return [];
    const deeds = outcome && "effects" in handled && locals.deedsOf(local, event, handled.effects, outcome);
    if (!deeds)
      throw hidden(life, "an object did not do again what another one had done after the same events");
    if (outcome.crashAfter >= 0) lives.delete(node);
    now[node] = outcome.local;
    return deeds;
  });
}

function textOf(handled: Handled): string {
  return "fault" in handled ? handled.fault.message : canonical(handled.effects);
}

function hidden(life: Life, how: string): HiddenState {
  return new HiddenState(
    life.className,
    `${life.className} keeps state where it cannot be compared (a #private field, a closure, a module variable): ${how}`,
  );
}
