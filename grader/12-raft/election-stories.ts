import type { NodeId } from "#lib/sim";
import { servers } from "./cluster.ts";
import { type Stage, type Story, told } from "./stage.ts";

const stays = "a leader whom everybody hears stays the leader (invariant 10)";
const oneSide = "nobody leads without the votes of a majority (invariant 1)";

function staysLeader(stage: Stage, leader: NodeId, term: number | undefined): void {
  const now = stage.mirror(leader).leads;
  const text = `${leader} led term ${term} and everybody could hear it. Now ${now === undefined ? "it does not lead" : `it leads term ${now}`}.`;
  stage.claim(now === term, stays, text);
}

function noLeader(stage: Stage, among: readonly NodeId[], since: readonly (number | undefined)[]): void {
  const found = among.find((id, i) => {
    const { leads } = stage.mirror(id);
    return leads !== undefined && leads !== since[i];
  });
  const text = `${found} began to lead term ${found && stage.mirror(found).leads}, and only ${among.join(", ")} could reach each other: that is no majority.`;
  stage.claim(found === undefined, oneSide, text);
}

export const electionStories = {
  initialElection: told(
    "initial-election",
    { members: servers(3), isDurable: false },
    function* (stage): Story {
      const leader = yield* stage.elected();
      const term = stage.mirror(leader).leads;
      yield* stage.pass(2_000);
      staysLeader(stage, leader, term);
    },
    5_000,
  ),
  reElection: told("re-election", { members: servers(3), isDurable: false }, function* (stage): Story {
    const first = yield* stage.elected();
    stage.isolate(first);
    const others = stage.but(first);
    const second = yield* stage.elected(others);
    stage.mend();
    const third = yield* stage.elected();
    const term = stage.mirror(third).leads;
    yield* stage.pass(1_000);
    staysLeader(stage, third, term);
    // Now nobody has a majority.
    for (const id of stage.cluster.ids) for (const other of stage.but(id)) stage.cut(id, other);
    const before = [first, ...others].map((id) => stage.mirror(id).leads);
    yield* stage.pass(1_500);
    for (const [i, id] of [first, ...others].entries()) noLeader(stage, [id], [before[i]]);
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
