import { test } from "vitest";
import type { Exercise } from "#protocol/12-raft";
import * as work from "#work/12-raft";
import { campaign, explored, stage } from "../suite/index.ts";
import * as flow from "./flow-rules.ts";
import { explorations, scenarios } from "./scenarios.ts";

const { Raft }: Exercise = work;

// Rules.

test("no AppendEntries has more than maxEntries entries", () => flow.keepsMessagesSmall(Raft));

test("a command costs a few messages when nothing is lost", () => flow.costsFewMessages(Raft));

test("a member far behind catches up reply by reply, not heartbeat by heartbeat", () => {
  flow.catchesUpByReplies(Raft);
  flow.goesOnBehindASnapshot(Raft);
});

test("what is lost on the way to a member far behind comes again", () => flow.goesOnAfterALoss(Raft));

test("a member is sent an entry once, if it answers before the next command", () =>
  flow.sendsAnEntryOnce(Raft));

test("answers that come twice do not make twice as many messages", () => flow.copiesDoNotMultiply(Raft));

// Stories.

test("wherever a majority is, clients are answered before long", () => {
  stage(scenarios.repartition, work);
});

test("from Figure 8 (b) on, whatever happens, what is applied stays", () =>
  explored(explorations.figure8, work));

test("three servers, and everything that can go wrong", async () => {
  await campaign(scenarios.nemesisThree, work, { minCompleted: 4 });
});

test("five servers, and everything that can go wrong", async () => {
  await campaign(scenarios.nemesisFive, work, { minCompleted: 4 });
});

test("seven servers, and everything that can go wrong", async () => {
  await campaign(scenarios.nemesisSeven, work, { minCompleted: 4 });
});
