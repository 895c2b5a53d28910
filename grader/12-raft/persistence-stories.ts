import type { NodeId } from "#lib/sim";
import type { RaftMessage } from "#protocol/12-raft";
import { servers } from "./cluster.ts";
import { agreedByAnyone } from "./replication-stories.ts";
import { brings, type Stage, type Story, told } from "./stage.ts";

const three = { members: servers(3), isDurable: true };
const five = { members: servers(5), isDurable: true };

/** Follows what one server hears of another's log, from the moment of the call. */
function heardMatch(stage: Stage, leader: NodeId, index: number): () => string[] {
  const heard = new Set<string>();
  return () => {
    const { node, inApp, from, message } = stage.event;
    const reply = message as RaftMessage | undefined;
    if (
      node === leader &&
      !inApp &&
      reply?.type === "AppendEntriesReply" &&
      reply.success &&
      reply.matchIndex >= index
    ) {
      heard.add(from as NodeId);
    }
    return [...heard];
  };
}

/** Figure 8 of the paper, with its S1 to S5 as n1 to n5. */
function* figure8(stage: Stage): Story {
  const all = stage.cluster.ids;
  yield* stage.elect("n1", stage.but("n1"));
  yield* stage.agreed("n1", all);
  // (a) n1 brings an entry to n2 alone, and crashes.
  stage.loses = (from, to, message) => from === "n1" && to !== "n2" && brings(message);
  const [first = ""] = stage.ask("n1");
  yield* stage.logged(first, ["n1", "n2"]);
  const index = stage.mirror("n2").end - 1;
  stage.crash("n1");
  // (b) n5 is elected by n3, n4 and itself, takes another entry, and crashes.
  stage.loses = (from, _to, message) => from === "n5" && brings(message);
  yield* stage.elect("n5", ["n3", "n4"]);
  const [second = ""] = stage.ask("n5");
  yield* stage.logged(second, ["n5"]);
  yield* stage.pass(30);
  stage.crash("n5");
  // (c) n1 starts again, is elected, and brings its old entry to n3: a majority has it.
  stage.restart("n1");
  stage.loses = (from, to, message) => {
    if (from !== "n1" || to === "n2" || !brings(message)) return false;
    return to === "n4" || message.entries.some(({ term }) => term === message.term);
  };
  yield* stage.elect("n1", ["n2", "n3", "n4"]);
  const heard = heardMatch(stage, "n1", index);
  const untilMs = stage.sim.now + 600;
  // A leader that began its term with an entry of its own may send both together, and then n3 gets neither.
  yield ["n1 hears that n2 and n3 have its old entry", () => heard().length >= 2 || stage.sim.now > untilMs];
  yield* stage.pass(20);
  // (d) n1 crashes; n5 is elected by n2, n3 and n4, for its last term is later, and overwrites.
  stage.crash("n1");
  stage.restart("n5");
  stage.loses = undefined;
  yield* stage.elect("n5", ["n3", "n4"]);
  stage.restart("n1");
  yield* agreedByAnyone(stage);
}

export const persistenceStories = {
  persistence1: told("persistence-1", three, function* (stage): Story {
    const all = stage.cluster.ids;
    yield* agreedByAnyone(stage);
    stage.crash(...all);
    stage.restart(...all);
    yield* agreedByAnyone(stage);
    const leader = yield* stage.elected();
    stage.crash(leader);
    stage.restart(leader);
    yield* agreedByAnyone(stage);
    const next = yield* stage.elected();
    stage.crash(next);
    const other = yield* stage.elected(stage.but(next));
    yield* stage.agreed(other, stage.but(next));
    stage.restart(next);
    yield* agreedByAnyone(stage);
    const last = yield* stage.elected();
    const [away = ""] = stage.but(last);
    stage.crash(away);
    const missed = stage.ask(last, 3);
    yield* stage.applied(missed, stage.but(away));
    stage.restart(away);
    yield* stage.applied(missed, all);
    yield* agreedByAnyone(stage);
  }),
  persistence2: told("persistence-2", five, function* (stage): Story {
    for (let round = 0; round < 3; round++) {
      const leader = yield* stage.elected();
      const [a = "", b = "", c = "", d = ""] = stage.but(leader);
      stage.crash(a, b);
      yield* stage.agreed(leader, [leader, c, d], 2);
      stage.crash(leader, c, d);
      stage.restart(a, b);
      yield* stage.pass(400);
      stage.restart(c);
      const next = yield* stage.elected([a, b, c]);
      yield* stage.agreed(next, [a, b, c]);
      stage.restart(leader, d);
    }
    yield* agreedByAnyone(stage);
  }),
  persistence3: told("persistence-3", three, function* (stage): Story {
    const leader = yield* stage.elected();
    yield* stage.agreed(leader, stage.cluster.ids);
    const [a = "", b = ""] = stage.but(leader);
    stage.isolate(b);
    const commands = stage.ask(leader, 2);
    yield* stage.applied(commands, [leader, a]);
    stage.crash(leader, a);
    stage.mend();
    stage.restart(leader);
    // Between them, these two must find out what the one that is down had applied too.
    yield* stage.elected([leader, b]);
    const [more = ""] = stage.ask(stage.leader([leader, b]) as NodeId);
    yield* stage.applied([...commands, more], [leader, b]);
    stage.restart(a);
    yield* agreedByAnyone(stage);
  }),
  figure8: told("figure-8", five, figure8),
};
