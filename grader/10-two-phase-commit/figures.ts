import { explore } from "#lib/explore";
import type { AnyNode, Context, NodeId } from "#lib/sim";
import { Trace, tell } from "#lib/trace";
import type { Exercise, ParticipantConfig } from "#protocol/10-two-phase-commit";
import { measuredCost } from "./bank-cost.ts";
import { type Explored, exploration } from "./explorations.ts";
import { PlainCoordinator } from "./peers.ts";

/** The numbers of the chapter, from real runs of the work that is given. A check compares them with what stands there. */
export function figures(work: Exercise): { readonly [name: string]: string } {
  return { costs: costs(work), states: states(work), path: path(work) };
}

/** What one transaction costs, measured. */
function costs(work: Exercise): string {
  const line = (name: string, n: number, outcome: "commit" | "abort"): string => {
    const { messages, forcedWrites, hopsToTold, hopsToEnd } = measuredCost(work, n, outcome);
    const counts = [messages, forcedWrites, hopsToTold, hopsToEnd].map((it) => String(it).padStart(8));
    return `${name.padEnd(26)}${counts.join("")}`;
  };
  const counts = [2, 3, 5];
  return [
    `${"".padEnd(26)}messages   syncs    told     end`,
    ...counts.map((n) => line(`commit, ${n} participants`, n, "commit")),
    ...counts.map((n) => line(`abort, ${n} participants`, n, "abort")),
  ].join("\n");
}

/** How many states there are. */
function states(work: Exercise): string {
  const line = (name: string, what: Explored): string => {
    const { states, transitions, stopped } = explore({ ...exploration(work, what), states: 200_000 });
    const counts = [states, transitions].map((it) => it.toLocaleString("en-US").padStart(10));
    return `${name.padEnd(28)}${counts.join("")}   ${stopped}`;
  };
  return [
    `${"".padEnd(28)}    states     steps`,
    line("2 participants, 1 crash", { participantCount: 2, crashes: 1 }),
    line("2 participants, 2 crashes", { participantCount: 2, crashes: 2 }),
    line("3 participants, 1 crash", { participantCount: 3, crashes: 1 }),
    line("3 participants, 2 crashes", { participantCount: 3, crashes: 2 }),
  ].join("\n");
}

/** The shortest way to the harm when a vote is sent before it is safe. */
function path({ Participant }: Exercise): string {
  class HastyParticipant extends Hasty {
    constructor(config: ParticipantConfig) {
      super(new Participant(config) as AnyNode);
    }
  }
  const classes = { Participant: HastyParticipant, Coordinator: PlainCoordinator } as unknown as Exercise;
  const { violation } = explore(exploration(classes, { participantCount: 2, crashes: 1, looks: true }));
  const trace = new Trace();
  violation?.record(trace);
  return tell(trace, { most: 7 }).join("\n");
}

/** A node that speaks before it writes: what a handler sends comes first of all its effects. */
class Hasty {
  readonly node: AnyNode;

  constructor(node: AnyNode) {
    this.node = node;
  }

  onStart(ctx: Context<unknown, unknown>): void {
    this.node.onStart?.(ctx);
  }

  onMessage(ctx: Context<unknown, unknown>, from: NodeId, message: unknown): void {
    const later: (() => void)[] = [];
    const { disk } = ctx;
    const slow = {
      get: (cell: string) => disk.get(cell),
      cells: (prefix?: string) => disk.cells(prefix),
      set: (first: string, value: unknown) => later.push(() => disk.set(first, value)),
      sync: () => later.push(() => disk.sync()),
    };
    const hasty = {
      self: ctx.self,
      disk: slow,
      send: (to: NodeId, it: unknown) => ctx.send(to, it),
      setTimer: (timer: unknown, ms: number) => later.push(() => ctx.setTimer(timer, ms)),
      cancelTimer: (timer: unknown) => later.push(() => ctx.cancelTimer(timer)),
    };
    this.node.onMessage(hasty as unknown as Context<unknown, unknown>, from, message);
    for (const effect of later) effect();
  }

  onTimer(ctx: Context<unknown, unknown>, timer: unknown): void {
    this.node.onTimer?.(ctx, timer);
  }
}
