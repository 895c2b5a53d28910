import { test } from "vitest";
import type { Exercise } from "#protocol/05-partitioning";
import * as work from "#work/05-partitioning";
import { campaign, stage } from "../suite/index.ts";
import * as mover from "./mover-rules.ts";
import { crashStories, lossStories, scenarios } from "./scenarios.ts";
import * as serving from "./serving-rules.ts";
import * as source from "./source-rules.ts";
import * as target from "./target-rules.ts";

const { Mover, Server }: Exercise = work;

test("a server does what it is asked for in its shards, and WrongShard is its answer for others", () =>
  serving.serves(Server));

test("the shards of the configuration are served, wherever a crash cuts the first start short", () =>
  serving.survivesFirstStart(Server));

test("a change that comes again is not made again, and is answered as the first time", () =>
  serving.makesOnce(Server));

test("a late copy of an earlier change is not made", () => serving.ignoresLateCopies(Server));

test("an acknowledged change survives a crash, wherever it falls", () => serving.keepsAcknowledged(Server));

test("BeginMove makes the source send every row, a few in a message", () => source.sendsEveryRow(Server));

test("a change that is made while rows are on their way reaches the target", () =>
  source.sendsChanges(Server));

test("no Handover before the target has confirmed every row", () => source.waitsForRows(Server));

test("the Handover carries what each client was answered last", () => source.handsSessionsOver(Server));

test("after the Handover the source serves no more, not even after a crash", () =>
  source.stopsServing(Server));

test("a source forgets nothing before Drop, and goes on until then", () => source.remembers(Server));

test("Copied goes to the mover when the target has the shard safe, and not before", () =>
  source.reportsCopied(Server));

test("Drop makes the source forget, for good", () => source.forgets(Server));

test("the target confirms rows, and a handover, that it has safe", () => target.confirmsWhatIsSafe(Server));

test("a row never replaces a newer one, and a deleted key stays deleted", () =>
  target.keepsNewerRows(Server));

test("the target serves when it is told to take the shard, not before, and then for good", () =>
  target.servesWhenTold(Server));

test("an empty shard moves, too", () => target.takesEmptyShard(Server));

test("rows and a handover that come late change nothing", () => target.ignoresLateRows(Server));

test("a message of an older move changes nothing", () => target.ignoresOlderMoves(Server));

test("the mover answers with the newest map, and begins one move at a time", () => mover.begins(Mover));

test("a move that has begun goes on, also after a crash", () => mover.goesOn(Mover));

test("the map does not change before the target has the shard safe", () => mover.waitsForCopied(Mover));

test("nobody hears of a map that a crash could take back", () => mover.flipsForGood(Mover));

test("Take and Drop are sent until they are answered, also after a crash", () => mover.sendsAgain(Mover));

test("a move is over when the target serves and the source has forgotten", () => mover.ends(Mover));

test("an answer of another move changes nothing", () => mover.ignoresOtherMoves(Mover));

test("four moves on a network where nothing goes wrong", () => {
  stage(scenarios.quietMove, work, { minCompleted: 100 });
});

test("each message of a move may be lost", () => {
  for (const story of lossStories) stage(story, work, { minCompleted: 40 });
});

test("whoever takes a message of a move may crash right then", () => {
  for (const story of crashStories) stage(story, work, { minCompleted: 40 });
});

test("a shard moves while it is written, whatever goes wrong", async () => {
  await campaign(scenarios.move, work, { minCompleted: 100 });
});
