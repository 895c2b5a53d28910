import type { Scenario } from "#lib/nemesis";
import type { Invariant, NodeId } from "#lib/sim";
import type { Compact, Exercise } from "#protocol/12-raft";
import { servers } from "./cluster.ts";
import { agreedByAnyone } from "./replication-stories.ts";
import { type Stage, type Story, told } from "./stage.ts";
import type { Change } from "./store.ts";

/*
 * The runs that the chapter shows. A right answer plays each to its end, and no suite asks for them: some are held against one claim only,
 * so that the harm is seen and not the slip that led to it, and in some a replay string places a fault in the middle of a handler.
 */

const three = { members: servers(3), isDurable: false };
const safe = { members: servers(3), isDurable: true };

/** Holds a story against the claims with this number alone. The others look on: the stage knows from them who leads. */
function onlyClaim(number: number, story: Scenario<Exercise>): Scenario<Exercise> {
  const build: Scenario<Exercise>["build"] = (setting) => {
    const cluster = story.build(setting);
    const muted = (it: Invariant): Invariant => ({
      name: it.name,
      onEvent: (event, sim) => {
        const found = it.onEvent?.(event, sim);
        return it.name.includes(`(invariant ${number})`) ? found : undefined;
      },
    });
    return { ...cluster, invariants: (cluster.invariants ?? []).map(muted) };
  };
  return { ...story, build };
}

/** Lets a replay string place faults in a story. */
function withFaults(story: Scenario<Exercise>): Scenario<Exercise> {
  return { ...story, faultsMs: 2_000 };
}

/** Waits until it is so, or so long. */
function* within(stage: Stage, ms: number, clause: string, holds: () => boolean): Story {
  const untilMs = stage.sim.now + ms;
  yield [clause, () => holds() || stage.sim.now >= untilMs];
}

const leads = (stage: Stage, id: NodeId): boolean => stage.mirror(id).leads !== undefined;

/** Two and two, and nobody in between. */
function* twoHalves(stage: Stage): Story {
  stage.isolate("n1", "n2");
  yield* within(stage, 500, "n1 and n3 lead", () => leads(stage, "n1") && leads(stage, "n3"));
  stage.ask("n1");
  stage.ask("n3");
  yield* stage.pass(300);
  stage.mend();
  yield* agreedByAnyone(stage);
}

/** n1 and n3 do not reach each other, and n2 reaches both. */
function* oneInBetween(stage: Stage): Story {
  stage.cut("n1", "n3");
  yield* within(stage, 1_000, "n3 stands", () => stage.mirror("n3").term > 0);
  yield* stage.pass(200);
  stage.mend();
  yield* agreedByAnyone(stage);
}

/** n1 has two commands for n2 alone. Then n1 is gone. */
function* lateAppend(stage: Stage): Story {
  yield* stage.elect("n1", ["n2", "n3"]);
  stage.isolate("n3");
  const [first = ""] = stage.ask("n1");
  yield* stage.logged(first, ["n1"]);
  const commands = [first, ...stage.ask("n1")];
  yield* within(stage, 800, "n1 has applied both", () =>
    commands.every((it) => stage.cluster.isIncluded("n1", it)),
  );
  yield* stage.pass(100);
  stage.mend();
  stage.isolate("n1");
  const next = yield* stage.elected(["n2", "n3"]);
  yield* stage.agreed(next, ["n2", "n3"]);
  stage.mend();
  yield* agreedByAnyone(stage);
}

/** Three commands, and a snapshot of them. */
function* threeCommands(stage: Stage): Story {
  yield* stage.elect("n1", ["n2", "n3"]);
  yield* stage.agreed("n1", stage.cluster.ids, 3);
  yield* stage.pass(500);
  yield* agreedByAnyone(stage);
}

/** n3 hears n1, and n1 does not hear n3. Then n1's application has a snapshot of what was long ago. */
function* oldSnapshot(stage: Stage): Story {
  yield* stage.elect("n1", ["n2", "n3"]);
  yield* stage.agreed("n1", stage.cluster.ids);
  stage.loses = (from, to, message) => from === "n3" && to === "n1" && message.type === "AppendEntriesReply";
  yield* stage.agreed("n1", stage.cluster.ids);
  const lastIncludedIndex = stage.store("n1").lastApplied;
  yield* stage.agreed("n1", stage.cluster.ids);
  const compact: Compact = { type: "Compact", lastIncludedIndex, data: { x: "n1.1" } };
  stage.store("n1").wishes.push(compact as unknown as Change);
  yield* stage.pass(200);
  stage.loses = undefined;
  yield* agreedByAnyone(stage);
}

/** n1 was alone once; now they are three. */
function* aloneAgain(stage: Stage): Story {
  yield* stage.elect("n1", []);
  yield* stage.agreed("n1", ["n1"]);
  for (const server of ["n2", "n3"]) {
    stage.change("n1", { type: "AddServer", server });
    yield [`${server} is a member`, () => stage.cluster.members.includes(server)];
  }
  yield* stage.agreed("n1", stage.cluster.ids);
  stage.crash("n1");
  stage.isolate("n1");
  const next = yield* stage.elected(["n2", "n3"]);
  yield* stage.agreed(next, ["n2", "n3"]);
  stage.restart("n1");
  yield* within(stage, 500, "n1 leads", () => leads(stage, "n1"));
  stage.ask("n1");
  yield* stage.pass(300);
  stage.mend();
  yield* agreedByAnyone(stage);
}

/** n3 is cut off for two seconds. */
function* cutOff(stage: Stage): Story {
  yield* stage.elect("n1", ["n2", "n3"]);
  yield* stage.agreed("n1", stage.cluster.ids);
  stage.isolate("n3");
  yield* stage.pass(2_000);
  stage.mend();
  yield* stage.elected();
  yield* agreedByAnyone(stage);
}

const compacting = { thinkMs: 0, atOnce: 1, keyCount: 1, compactEvery: 3, changeEvery: 0 };

export const textStories = {
  twoHalves: onlyClaim(5, told("two-halves", { ...three, members: servers(4) }, twoHalves)),
  oneInBetween: onlyClaim(1, withFaults(told("one-in-between", safe, oneInBetween))),
  lateAppend: onlyClaim(5, withFaults(told("late-append", three, lateAppend))),
  threeCommands: withFaults(told("three-commands", { ...safe, workload: compacting }, threeCommands)),
  oldSnapshot: onlyClaim(5, told("old-snapshot", safe, oldSnapshot)),
  aloneAgain: onlyClaim(
    5,
    told("alone-again", { members: ["n1"], joining: servers(2, 2), isDurable: true }, aloneAgain),
  ),
  cutOff: told("cut-off", safe, cutOff),
};
