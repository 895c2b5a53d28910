import type { NodeId } from "#lib/sim";
import { servers } from "./cluster.ts";
import { agreedByAnyone } from "./replication-stories.ts";
import { brings, type Stage, type Story, told } from "./stage.ts";

/** Somebody leads and makes this change; who is asked while it cannot, refuses, and is asked again. */
function* changed(stage: Stage, type: "AddServer" | "RemoveServer", server: NodeId): Story {
  const isDone = () => stage.cluster.members.includes(server) === (type === "AddServer");
  for (let tries = 0; !isDone(); tries++) {
    const members = [...stage.cluster.members];
    const leader = yield* stage.elected(members);
    const { refusals } = stage.store(leader);
    stage.change(leader, { type, server });
    const untilMs = stage.sim.now + 1_000;
    const isOver = () =>
      isDone() || (tries < 5 && (stage.store(leader).refusals > refusals || stage.sim.now > untilMs));
    yield [`the configuration ${type === "AddServer" ? "with" : "without"} ${server} is committed`, isOver];
    // "Not now": it wants an entry of its own term first.
    if (!isDone() && stage.store(leader).refusals > refusals) yield* stage.agreed(leader, [leader]);
  }
  if (type === "RemoveServer") stage.crash(server);
}

/**
 * Two changes that would not see each other (Ongaro, raft-dev, 2015). n1 leads {n1 … n4}, and only it and n5 get the entry that adds n5.
 * n2 is elected by n3 and n4, and removes n1: of the three that are left, n2 and n3 have that entry. Then n4 can reach n1 and n5 again.
 */
function* disagree(stage: Stage): Story {
  const first = ["n1", "n2", "n3", "n4"];
  yield* stage.elect("n1", ["n2", "n3", "n4"]);
  yield* stage.agreed("n1", first);
  stage.loses = (from, to, message) => from === "n1" && to !== "n5" && brings(message);
  stage.change("n1", { type: "AddServer", server: "n5" });
  const has = (id: NodeId) => stage.mirror(id).latestMembers().members.includes("n5");
  yield ["n5 has the entry that adds it", () => has("n5")];
  stage.isolate("n1", "n5");
  stage.loses = (from, to, message) => from === "n2" && to === "n4" && brings(message);
  yield* stage.elect("n2", ["n3", "n4"]);
  const { refusals } = stage.store("n2");
  stage.change("n2", { type: "RemoveServer", server: "n1" });
  const isOver = () => stage.store("n2").refusals > refusals || !stage.cluster.members.includes("n1");
  yield ["n2 says whether it takes the change", isOver];
  if (!stage.cluster.members.includes("n1")) {
    stage.mend();
    stage.isolate("n2", "n3");
    yield* stage.elect("n1", ["n4", "n5"]);
    yield* stage.agreed("n1", ["n1", "n4", "n5"]);
  }
  stage.loses = undefined;
  stage.mend();
  yield* agreedByAnyone(stage);
  yield* changed(stage, "AddServer", "n5");
  yield* changed(stage, "RemoveServer", "n1");
  yield* agreedByAnyone(stage);
}

export const membershipStories = {
  grow: told("grow", { members: ["n1"], joining: servers(4, 2), isDurable: true }, function* (stage): Story {
    yield* agreedByAnyone(stage);
    for (const id of servers(4, 2)) {
      yield* changed(stage, "AddServer", id);
      yield* agreedByAnyone(stage);
    }
    const leader = yield* stage.elected();
    stage.crash(leader, stage.but(leader)[0] as NodeId);
    const others = stage.cluster.ids.filter((id) => stage.sim.isUp(id));
    const next = yield* stage.elected(others);
    yield* stage.agreed(next, others);
  }),
  shrink: told("shrink", { members: servers(5), isDurable: true }, function* (stage): Story {
    yield* agreedByAnyone(stage);
    for (let left = 5; left > 1; left--) {
      const leader = yield* stage.elected([...stage.cluster.members]);
      const other = stage.cluster.members.find((id) => id !== leader) as NodeId;
      yield* changed(stage, "RemoveServer", other);
      yield* agreedByAnyone(stage);
    }
  }),
  leaderRemoved: told("leader-removed", { members: servers(4), isDurable: true }, function* (stage): Story {
    for (let round = 0; round < 2; round++) {
      const leader = yield* stage.elected([...stage.cluster.members]);
      yield* stage.agreed(leader, [leader]);
      yield* removesItself(stage, leader);
      yield* agreedByAnyone(stage);
    }
  }),
  lastCopy: told("last-copy", { members: servers(2), isDurable: true }, lastCopy),
  twoChanges: told("two-changes", { members: servers(4), joining: ["n5"], isDurable: true }, disagree),
};

/**
 * n1 removes itself from n1 and n2, and crashes before n2 has that entry. n2 needs the vote of n1, whose log is longer, and which wants
 * no vote but that of n2: if n1 does not stand, nobody leads again (thesis §4.2.2).
 */
function* lastCopy(stage: Stage): Story {
  yield* stage.elect("n1", ["n2"]);
  yield* stage.agreed("n1", ["n1", "n2"]);
  stage.loses = (from, _, message) => from === "n1" && brings(message);
  stage.change("n1", { type: "RemoveServer", server: "n1" });
  const n1 = stage.mirror("n1");
  const isSafe = () => !n1.latestMembers().members.includes("n1") && n1.latestMembers().index < n1.safeEnd;
  yield ["the entry that removes n1 is safe on its disk", isSafe];
  stage.crash("n1");
  stage.loses = undefined;
  stage.restart("n1");
  const isDone = () => !stage.cluster.members.includes("n1");
  const isLed = () => stage.leader() !== undefined;
  yield ["n1 or n2 leads again", () => isDone() || isLed()];
  // A leader commits what came before it with an entry of its own term, if it gets one.
  if (!isDone()) stage.ask(stage.leader() as NodeId);
  yield ["the configuration without n1 is committed", isDone];
  stage.crash("n1");
  yield* agreedByAnyone(stage);
}

/** A leader is asked to remove itself. For a moment it reaches one of those who stay: with itself, that would be as many as it takes. */
function* removesItself(stage: Stage, leader: NodeId): Story {
  const [one = "", ...others] = stage.cluster.members.filter((id) => id !== leader);
  for (const id of others) stage.cut(leader, id);
  stage.change(leader, { type: "RemoveServer", server: leader });
  const has = (id: NodeId) => !stage.mirror(id).latestMembers().members.includes(leader);
  yield [`${one} has the entry that removes ${leader}`, () => has(one)];
  yield* stage.pass(30);
  stage.mend();
  const isDone = () => !stage.cluster.members.includes(leader);
  const untilMs = stage.sim.now + 500;
  yield [`the configuration without ${leader} is committed`, () => isDone() || stage.sim.now > untilMs];
  if (!isDone()) {
    const next = yield* stage.elected([one, ...others]);
    yield* stage.agreed(next, [next]);
    yield [`the configuration without ${leader} is committed`, isDone];
  }
  stage.crash(leader);
}
