import { test } from "vitest";
import type { Exercise } from "#protocol/12-raft";
import * as work from "#work/12-raft";
import { campaign, stage } from "../suite/index.ts";
import * as configurations from "./configuration-rules.ts";
import * as changes from "./membership-rules.ts";
import * as removal from "./removal-rules.ts";
import * as returns from "./return-rules.ts";
import { scenarios } from "./scenarios.ts";

const { Raft, latestMembers }: Exercise = work;

// Rules.

test("the last configuration among the entries is the latest (thesis §4.1)", () =>
  changes.findsLatest(latestMembers));

test("a change is an entry with the new members, in their order (thesis §4.1)", () =>
  changes.appendsConfiguration(Raft));

test("what is committed is counted by the latest configuration (thesis §4.1)", () =>
  changes.countsByNewest(Raft));

test("a leader speaks to the members of the latest configuration (thesis §4.1)", () =>
  changes.speaksToMembers(Raft));

test("a server stands among the members of the latest configuration in its log (thesis §4.1)", () =>
  configurations.usesWhatIsInTheLog(Raft));

test("a configuration goes as its entry goes (thesis §4.1)", () => configurations.goesBackWithTheLog(Raft));

test("one change at a time (thesis §4.1)", () => {
  changes.oneAtATime(Raft);
  returns.forgetsWhatWasReplaced(Raft);
});

test("no change before an entry of the leader's own term is committed (raft-dev, 2015)", () =>
  changes.notBeforeOwnEntry(Raft));

test("commands that wait do not keep a change waiting (thesis §4.1)", () => changes.commandsMayWait(Raft));

test("what would change nothing, or leave nobody, is refused", () => returns.refusesWhatIsNoChange(Raft));

test("who does not lead changes nothing, and says so (thesis §4.1)", () => changes.leaderOnly(Raft));

test("configurations are told with the commands, in the order of the log (§5.3)", () =>
  configurations.tellsInOrder(Raft));

test("a configuration survives a crash (thesis §4.1)", () => configurations.survivesCrash(Raft));

test("a configuration survives a snapshot (§7)", () => configurations.survivesSnapshot(Raft));

test("a snapshot has the configuration of its own end (§7)", () => configurations.snapshotHasItsOwn(Raft));

test("an installed snapshot brings its configuration (§7)", () => {
  configurations.installBringsMembers(Raft);
  configurations.installReplacesMembers(Raft);
});

test("a snapshot without members says nothing of them (§7)", () =>
  configurations.emptyMembersSayNothing(Raft));

test("a leader that is to go leads until that is committed (thesis §4.2.2)", () =>
  removal.removedLeadsOn(Raft));

test("a leader that is to go does not count itself (thesis §4.2.2)", () => removal.removedDoesNotCount(Raft));

test("who removed itself leads until that very entry is committed (thesis §4.2.2)", () =>
  removal.removedWaitsForThatEntry(Raft));

test("a leader that has been removed steps down (thesis §4.2.2)", () => {
  removal.removedStepsDown(Raft);
  returns.goesByTheLatest(Raft);
});

test("those who stay elect one of themselves (thesis §4.2.2)", () =>
  configurations.electsWithoutRemoved(Raft));

test("who is to go stands until that is committed (thesis §4.2.2)", () => removal.removedStands(Raft));

test("who is no member answers as all do (thesis §4.1)", () => removal.strangersAnswer(Raft));

test("a candidate need not be a member for the voter (thesis §4.1)", () => removal.votesForStrangers(Raft));

test("a new member learns from the log who the members are (thesis §4.4)", () =>
  removal.newcomerLearns(Raft));

test("a new member gets what the others have (thesis §4.2.1)", () => removal.newcomerGetsTheLog(Raft));

test("a member that comes back has what it has said in this term (Figure 2, matchIndex)", () => {
  returns.comesBackUnknown(Raft);
  returns.comesBackInOneTerm(Raft);
});

// Stories.

test("a cluster grows from one server to five, and shrinks back (thesis §4.1)", () => {
  stage(scenarios.grow, work);
  stage(scenarios.shrink, work);
});

test("a leader that removes itself leaves the cluster with a majority (thesis §4.2.2)", () => {
  stage(scenarios.leaderRemoved, work);
  stage(scenarios.lastCopy, work);
});

test("two changes that do not know of each other never both happen", () => {
  stage(scenarios.twoChanges, work);
});

test("while the cluster changes, clients see one machine", async () => {
  await campaign(scenarios.membership, work, { minCompleted: 4 });
});
