import type { NodeId } from "#lib/sim";
import { servers } from "./cluster.ts";
import { agreedByAnyone } from "./replication-stories.ts";
import { type Stage, type Story, told } from "./stage.ts";

const snapshots = { thinkMs: 0, atOnce: 1, keyCount: 1, compactEvery: 3, changeEvery: 0 };
const three = { members: servers(3), isDurable: true, workload: snapshots };
const compacted = "a log holds no more than its snapshot makes needful";

/** A follower is away while the others go on and drop what it lacks; then it gets a snapshot. */
function* install(stage: Stage, isDown: boolean, rounds: number): Story {
  yield* agreedByAnyone(stage);
  for (let round = 0; round < rounds; round++) {
    const leader = yield* stage.elected();
    const away = (round % 2 === 0 ? stage.but(leader)[0] : leader) as NodeId;
    const others = stage.but(away);
    if (isDown) stage.crash(away);
    else stage.isolate(away);
    const next = yield* stage.elected(others);
    const commands: string[] = [];
    for (let i = 0; i < 3; i++) {
      commands.push(...stage.ask(next, 3));
      yield* stage.applied(commands, others);
    }
    const last = stage.mirror(away).end - 1;
    yield [`${next} has dropped what ${away} lacks`, () => stage.mirror(next).first > last + 1];
    stage.mend();
    stage.restart(away);
    yield* stage.applied(commands, [away]);
    yield* agreedByAnyone(stage);
  }
}

export const snapshotStories = {
  snapshotBasic: told("snapshot-basic", three, function* (stage): Story {
    const leader = yield* stage.elected();
    for (let i = 0; i < 6; i++) yield* stage.agreed(leader, stage.cluster.ids, 3);
    for (const id of stage.cluster.ids) {
      const { entries, first } = stage.mirror(id);
      const text = `${id} was asked for a snapshot after every third of 18 commands, and its log still has ${entries.length} entries, from ${first} on.`;
      stage.claim(entries.length <= 6, compacted, text);
    }
    stage.crash(...stage.cluster.ids);
    stage.restart(...stage.cluster.ids);
    yield* agreedByAnyone(stage);
  }),
  snapshotInstall: told("snapshot-install", three, (stage) => install(stage, false, 3)),
  snapshotInstallCrash: told("snapshot-install-crash", three, (stage) => install(stage, true, 3)),
  snapshotInstallLoss: told("snapshot-install-loss", three, (stage) => lossy(stage, false), 60_000),
  snapshotInstallCrashLoss: told("snapshot-install-crash-loss", three, (stage) => lossy(stage, true), 60_000),
  allCrash: told("all-crash", three, function* (stage): Story {
    for (let round = 0; round < 4; round++) {
      const leader = yield* stage.elected();
      yield* stage.agreed(leader, stage.cluster.ids, 4);
      stage.ask(leader, 2);
      yield* stage.pass(15 + 7 * round);
      stage.crash(...stage.cluster.ids);
      yield* stage.pass(20);
      stage.restart(...stage.cluster.ids);
    }
    yield* agreedByAnyone(stage);
  }),
};

/** Of the messages between servers, each seventh is lost. */
function* lossy(stage: Stage, isDown: boolean): Story {
  let sent = 0;
  stage.loses = () => ++sent % 7 === 0;
  yield* install(stage, isDown, 3);
}
