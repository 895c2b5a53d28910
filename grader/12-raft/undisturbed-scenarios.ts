import { faultKinds, scenario } from "#lib/nemesis";
import type { NodeId } from "#lib/sim";
import type { Exercise } from "#protocol/12-raft";
import { drawWorkload, RaftCluster, servers } from "./cluster.ts";
import { type Stage, type Story, told } from "./stage.ts";

const plan = (count: number) => ({ members: servers(count), isDurable: true, config: { preVote: true } });

const stays = "a leader whom a majority hears and answers stays the leader, in its term (invariant 10)";
const notices = "a leader that no majority answers steps down (invariant 10)";

/** Time passes, and it leads on in its term, at every moment. */
function* leadsOn(stage: Stage, leader: NodeId, ms: number, what: string): Story {
  const term = stage.mirror(leader).leads;
  const untilMs = stage.sim.now + ms;
  const isOver = () => {
    const { leads, term: known } = stage.mirror(leader);
    const now =
      leads === undefined ? `it does not lead, and has heard of term ${known}` : `it leads term ${leads}`;
    stage.claim(leads === term, stays, `${leader} led term ${term}, and ${what}. Now ${now}.`);
    return stage.sim.now >= untilMs;
  };
  yield [`${leader} leads for ${ms} ms more`, isOver];
}

/** Its application gets commands refused: it knows that it does not lead. */
function* knowsIt(stage: Stage, id: NodeId, what: string): Story {
  const untilMs = stage.sim.now + 1_000;
  yield ["1000 ms pass", () => stage.sim.now >= untilMs];
  const { refusals } = stage.store(id);
  stage.ask(id);
  yield* stage.pass(50);
  stage.claim(
    stage.store(id).refusals > refusals,
    notices,
    `${id} led, and ${what} for 1,000 ms; electionMaxMs = 300. Its application asks for a command, and is not refused.`,
  );
}

/** Only these links carry anything, both ways. */
function onlyLinks(stage: Stage, links: readonly (readonly [NodeId, NodeId])[]): void {
  const open = new Set(links.flatMap(([a, b]) => [`${a} ${b}`, `${b} ${a}`]));
  stage.loses = (from, to) => !open.has(`${from} ${to}`);
}

export const undisturbedScenarios = {
  /** One is away for long, twice, and comes back. */
  cameBack: told("came-back", plan(3), function* (stage): Story {
    const leader = yield* stage.elected();
    yield* stage.agreed(leader, stage.cluster.ids);
    for (const away of stage.but(leader)) {
      stage.isolate(away);
      const rest = stage.but(away);
      yield* leadsOn(stage, leader, 2_000, `only ${away} could not be reached`);
      yield* stage.agreed(leader, rest, 2);
      stage.mend();
      yield* leadsOn(stage, leader, 1_000, `${away}, which could not be reached for 2,000 ms, is back`);
      yield* stage.agreed(leader, stage.cluster.ids);
    }
  }),
  /** It is heard, and hears nobody. */
  deafLeader: told("deaf-leader", plan(3), function* (stage): Story {
    const leader = yield* stage.elected();
    yield* stage.agreed(leader, stage.cluster.ids);
    stage.loses = (_from, to) => to === leader;
    const others = stage.but(leader);
    const second = yield* stage.elected(others);
    yield* stage.agreed(second, others, 2);
    yield* leadsOn(stage, second, 2_000, `${leader} is heard by everybody, and hears nobody`);
    yield* knowsIt(stage, leader, "nothing came to it");
    stage.loses = undefined;
    yield* leadsOn(stage, second, 1_000, `${leader} hears the others again`);
    yield* stage.agreed(second, stage.cluster.ids);
  }),
  /** Nobody hears it, and it hears nobody. */
  cutOffLeader: told("cut-off-leader", plan(5), function* (stage): Story {
    const leader = yield* stage.elected();
    const [companion = ""] = stage.but(leader);
    stage.isolate(leader, companion);
    const others = stage.but(leader, companion);
    const second = yield* stage.elected(others);
    yield* knowsIt(stage, leader, `only ${companion} answered`);
    yield* stage.agreed(second, others, 2);
    stage.mend();
    yield* leadsOn(stage, second, 1_000, `${leader} and ${companion} are back`);
    yield* stage.agreed(second, stage.cluster.ids);
  }),
  /** As at Cloudflare in 2020: two cannot reach each other, one of them the leader. The third reaches both. */
  chain: told("chain", plan(3), function* (stage): Story {
    const leader = yield* stage.elected();
    const [far = "", between = ""] = stage.but(leader);
    stage.cut(leader, far);
    for (let round = 0; round < 4; round++) {
      yield* leadsOn(stage, leader, 700, `only ${leader} and ${far} could not reach each other`);
      yield* stage.agreed(leader, [leader, between]);
    }
    stage.mend();
    yield* stage.agreed(leader, stage.cluster.ids);
  }),
  /** Links that carry one way only: two servers do not hear the leader, which hears everybody. */
  oneWay: told("one-way", plan(5), function* (stage): Story {
    const leader = yield* stage.elected();
    const [a = "", b = "", ...rest] = stage.but(leader);
    stage.loses = (from, to) => from === leader && (to === a || to === b);
    for (let round = 0; round < 4; round++) {
      yield* leadsOn(stage, leader, 700, `only ${a} and ${b} could not hear it`);
      yield* stage.agreed(leader, [leader, ...rest]);
    }
    stage.loses = undefined;
    yield* stage.agreed(leader, stage.cluster.ids);
  }),
  /** Everybody reaches one server and no other, and that one does not lead. */
  hub: told("hub", plan(5), function* (stage): Story {
    const leader = yield* stage.elected();
    yield* stage.agreed(leader, stage.cluster.ids);
    const [hub = "", ...rest] = stage.but(leader);
    onlyLinks(
      stage,
      [leader, ...rest].map((id) => [hub, id]),
    );
    yield [`${hub} leads, whom alone everybody reaches`, () => stage.leader() === hub];
    yield* stage.agreed(hub, stage.cluster.ids, 2);
    yield* leadsOn(stage, hub, 1_500, "it reaches everybody, and the others only it");
    yield* stage.agreed(hub, stage.cluster.ids, 2);
  }),
  undisturbed: scenario<Exercise>({
    name: "12/undisturbed",
    faults: faultKinds,
    faultsMs: 2_000,
    healMs: 10_000,
    build: (setting) =>
      new RaftCluster(setting, {
        members: servers(4),
        joining: servers(2, 5),
        fewest: 3,
        workload: drawWorkload(setting, { snapshots: true, changes: true }),
        config: { maxEntries: 4, preVote: true },
        faultsMs: 2_000,
        isDurable: true,
      }).cluster(),
  }),
};
