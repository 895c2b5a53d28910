import { faultKinds, type Scenario, scenario } from "#lib/nemesis";
import { app, type Invariant, type NodeId, type SimEvent, type Simulation } from "#lib/sim";
import type { Exercise } from "#protocol/10-two-phase-commit";
import { type BankPlan, bankCluster, booked, lastAudit, listed, names, some } from "./bank-cluster.ts";
import type { Message } from "./claims.ts";

const transfer = { bookings: booked({ ann: -60, cat: 30, eve: 30 }) };

/** One transfer over all three participants, by c's teller. */
const oneTransfer = (wishes: Parameters<typeof listed>[1] = [transfer]): BankPlan => ({
  tellers: { c: [listed("t1", wishes)] },
  asksOthers: true,
});

/** How many messages of this type a node has sent in this event. */
function sentIn(event: SimEvent, type: Message["type"]): number {
  if (event.inApp) return 0;
  return event.effects.filter(({ effect, ...it }) => {
    return effect === "send" && ((it as { message: unknown }).message as Message).type === type;
  }).length;
}

/** Calls once, after the event in which the n-th message of a type was sent. */
function whenSent(
  type: Message["type"],
  n: number,
  then: (sim: Simulation) => void,
): (sim: Simulation, event: SimEvent) => void {
  let count = 0;
  return (sim, event) => {
    const before = count;
    count += sentIn(event, type);
    if (before < n && count >= n) then(sim);
  };
}

/** While a coordinator is down and nobody can know, nobody decides, and nobody reads what is in doubt. */
function allWait(coordinator: NodeId): Invariant {
  let isDown = false;
  return {
    name: "all voted yes and the coordinator is gone: all wait (invariants 4 and 6)",
    onEvent(event) {
      if (event.node === coordinator && event.kind === "crash") isDown = true;
      if (event.node === coordinator && event.kind === "restart") isDown = false;
      if (!isDown || event.inApp) return undefined;
      for (const effect of event.effects) {
        if (effect.effect !== "send") continue;
        const message = effect.message as Message;
        if (effect.to === app && message.type === "Decided") {
          return `${event.node} told its application that ${message.id} is ${message.outcome === "abort" ? "an abort" : "a commit"}, while ${coordinator} is down: all have voted yes, so ${coordinator} may have decided either way, and nobody here knows which.`;
        }
        if (message.type === "Vote" && message.yes && effect.to === "d") {
          return `${event.node} let d have its account while it was in doubt about a transaction of ${coordinator}.`;
        }
      }
      return undefined;
    },
  };
}

/** Everybody has voted yes, and the coordinator is gone for a minute: before its decision, or after it and before anyone heard. */
function blocked(name: string, isDecided: boolean): Scenario<Exercise> {
  return scenario<Exercise>({
    name,
    faultsMs: 0,
    healMs: 120_000,
    build(setting) {
      const cluster = bankCluster(setting, {
        tellers: {
          c: [listed("t1", [transfer])],
          d: [{ ...lastAudit(1_000), next: () => ({ audit: ["ann"] }), thinkMs: 20_000 }],
        },
        asksOthers: true,
      });
      let isGone = false;
      const stop = (sim: Simulation) => {
        isGone = true;
        sim.crash("c");
        sim.at(sim.now + 60_000, () => sim.restart("c"));
      };
      return {
        ...cluster,
        invariants: [...(cluster.invariants ?? []), allWait("c")],
        completed: () => (isGone ? cluster.completed() : 0),
        script: isDecided ? whenSent("Commit", 1, stop) : whenSent("Vote", 3, stop),
        loses: (_from, _to, message) => isDecided && !isGone && (message as Message).type === "Commit",
      };
    },
  });
}

/** The coordinator dies for good; what becomes of the transaction can be known all the same. */
function freed(
  name: string,
  outcome: "commit" | "abort",
  story: {
    type: "Commit" | "Vote";
    n: number;
    loses(from: NodeId, to: NodeId, type: Message["type"]): boolean;
    waiting: readonly NodeId[];
  },
): Scenario<Exercise> {
  return scenario<Exercise>({
    name,
    faultsMs: 0,
    healMs: 10_000,
    build(setting) {
      const cluster = bankCluster(setting, oneTransfer());
      const decided = new Map<NodeId, string>();
      const note: Invariant = {
        name: "who can know is not left in doubt (invariant 10)",
        onEvent(event) {
          for (const effect of event.inApp ? [] : event.effects) {
            if (effect.effect !== "send" || effect.to !== app) continue;
            const message = effect.message as Message;
            if (message.type === "Decided") decided.set(event.node, message.outcome);
          }
          return undefined;
        },
      };
      return {
        ...cluster,
        invariants: [...(cluster.invariants ?? []), note],
        eventually: {
          "who can know is not left in doubt (invariant 10)": () => {
            const left = story.waiting.find((id) => decided.get(id) !== outcome);
            const what = `c is gone for good, and what became of its transaction can be known: it is ${outcome === "abort" ? "an abort" : "a commit"}.`;
            return (
              left === undefined ||
              `${what} ${left} has told its application ${decided.get(left) ?? "nothing"}.`
            );
          },
        },
        completed: () => decided.size,
        script: whenSent(story.type, story.n, (sim) => sim.crash("c")),
        loses: (from, to, message) => story.loses(from, to, (message as Message).type),
      };
    },
  });
}

export const scenarios = {
  lostPrepare: scenario<Exercise>({
    name: "10/lost-prepare",
    faultsMs: 0,
    healMs: 10_000,
    build(setting) {
      const wishes = [{ bookings: booked({ ann: -60, cat: 60 }) }, { audit: names }];
      const cluster = bankCluster(setting, { tellers: { c: [listed("t1", wishes)] }, asksOthers: false });
      return {
        ...cluster,
        // A text shows this run: it goes on until somebody misses the money.
        invariants: (cluster.invariants ?? []).filter(({ name }) => name.startsWith("an audit")),
        loses: (_from, to, message, n) => to === "p2" && n === 0 && (message as Message).type === "Prepare",
      };
    },
  }),
  quiet: scenario<Exercise>({
    name: "10/quiet",
    faultsMs: 0,
    healMs: 20_000,
    build: (setting) =>
      bankCluster(setting, {
        tellers: { c: [some("t1", 12, 60), some("t2", 12, 60), lastAudit(1_500)], d: [some("t3", 12, 60)] },
        asksOthers: true,
      }),
  }),
  blockedBefore: blocked("10/blocked-before", false),
  blockedAfter: blocked("10/blocked-after", true),
  oneKnows: freed("10/one-knows", "commit", {
    type: "Commit",
    n: 1,
    loses: (from, to, type) => type === "Commit" && from === "c" && to !== "p1",
    waiting: ["p2", "p3"],
  }),
  oneHasNotVoted: freed("10/one-has-not-voted", "abort", {
    type: "Vote",
    n: 2,
    loses: (_from, to, type) => type === "Prepare" && to === "p3",
    waiting: ["p1", "p2"],
  }),
  recovery: scenario<Exercise>({
    name: "10/recovery",
    faults: ["loss", "reorder", "duplication", "crash", "disk"],
    faultsMs: 800,
    healMs: 20_000,
    build: (setting) =>
      bankCluster(setting, {
        tellers: { c: [some("t1", 4, 50), some("t2", 4, 50), lastAudit(800)] },
        asksOthers: false,
      }),
  }),
  bank: scenario<Exercise>({
    name: "10/bank",
    faults: faultKinds,
    faultsMs: 1_200,
    healMs: 20_000,
    build: (setting) =>
      bankCluster(setting, {
        tellers: { c: [some("t1", 5, 40), some("t2", 5, 40), lastAudit(1_200)], d: [some("t3", 5, 40)] },
        asksOthers: true,
      }),
  }),
};

export { explorations } from "./explorations.ts";
