import type { NodeId } from "#lib/sim";
import { servers } from "./cluster.ts";
import { type Stage, type Story, told } from "./stage.ts";

const stays = "a leader whom everybody hears stays the leader (invariant 10)";
const oneSide = "nobody leads without the votes of a majority (invariant 1)";

/** Time passes, and it leads on in its term. It is looked at after every event: the claim falls where the lead is lost. */
function* staysLeader(stage: Stage, leader: NodeId, ms: number): Story {
  const term = stage.mirror(leader).leads;
  const untilMs = stage.sim.now + ms;
  const isOver = () => {
    const { leads } = stage.mirror(leader);
    const now = leads === undefined ? "it does not lead" : `it leads term ${leads}`;
    const text = `${leader} led term ${term} and everybody could hear it. Now ${now}.`;
    stage.claim(leads === term, stays, text);
    return stage.sim.now >= untilMs;
  };
  yield [`${leader} leads for ${ms} ms more`, isOver];
}

/** Time passes, nobody reaches anybody, and nobody begins to lead. */
function* nobodyElected(stage: Stage, ms: number): Story {
  const { ids } = stage.cluster;
  for (const id of ids) for (const other of stage.but(id)) stage.cut(id, other);
  const before = ids.map((id) => stage.mirror(id).leads);
  const fromMs = stage.sim.now;
  const isOver = () => {
    for (const [i, id] of ids.entries()) {
      const { leads } = stage.mirror(id);
      const text = `${id} began to lead term ${leads}. Since ${fromMs} ms nobody could reach anybody: it can have no vote but its own, and 1 of ${ids.length} is no majority.`;
      stage.claim(leads === undefined || leads === before[i], oneSide, text);
    }
    return stage.sim.now >= fromMs + ms;
  };
  yield [`nobody leads for ${ms} ms, as nobody can be reached`, isOver];
}

export const electionStories = {
  initialElection: told(
    "initial-election",
    { members: servers(3), isDurable: false },
    function* (stage): Story {
      const leader = yield* stage.elected();
      yield* staysLeader(stage, leader, 2_000);
    },
    5_000,
  ),
  reElection: told("re-election", { members: servers(3), isDurable: false }, function* (stage): Story {
    const first = yield* stage.elected();
    stage.isolate(first);
    const second = yield* stage.elected(stage.but(first));
    stage.mend();
    const third = yield* stage.elected();
    yield* staysLeader(stage, third, 1_000);
    yield* nobodyElected(stage, 1_500);
    stage.mend();
    yield* stage.elected();
    stage.isolate(second);
    yield* stage.elected(stage.but(second));
  }),
  manyElections: told(
    "many-elections",
    { members: servers(7), isDurable: false },
    function* (stage): Story {
      for (let round = 0; round < 8; round++) {
        const leader = yield* stage.elected();
        const others = stage.but(leader);
        // With the leader, and then without it, three cannot be reached.
        const away = [round % 2 === 0 ? leader : "", ...others]
          .filter((id) => id !== "")
          .slice(round % 3, (round % 3) + 3);
        stage.isolate(...away);
        for (const id of away) for (const other of away) if (id < other) stage.cut(id, other);
        yield* stage.elected(stage.but(...away));
        stage.mend();
      }
      yield* stage.elected();
    },
    60_000,
  ),
};
