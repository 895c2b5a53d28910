import { test } from "vitest";
import type { Exercise } from "#protocol/12-raft";
import * as work from "#work/12-raft";
import { campaign, stage } from "../suite/index.ts";
import * as compact from "./compact-rules.ts";
import * as install from "./install-rules.ts";
import { scenarios } from "./scenarios.ts";
import * as crash from "./snapshot-crash-rules.ts";
import * as leader from "./snapshot-leader-rules.ts";

const { Raft }: Exercise = work;

// Rules.

test("a snapshot replaces the entries up to its last one, and no others (§7)", () =>
  compact.dropsTheHead(Raft));

test("what is not applied yet is in no snapshot (§7)", () => compact.keepsWhatIsNotApplied(Raft));

test("a snapshot does not take the place of a later one (§7)", () => compact.keepsTheLatest(Raft));

test("entries that follow on a snapshot's last one are taken (§5.3, §7)", () =>
  compact.followsOnSnapshot(Raft));

test("what a snapshot has replaced is not appended again (§7)", () => compact.beginsBeforeSnapshot(Raft));

test("of a log that is all snapshot, votes know the last entry (§5.4.1, §7)", () =>
  compact.comparesWithSnapshot(Raft));

test("after a restart the application gets the snapshot, and then the entries behind it (§7)", () =>
  compact.restoresFirst(Raft));

test("a crash while a snapshot is taken loses nothing and brings nothing twice (§7)", () =>
  crash.crashesInCompact(Raft));

test("a member whose next entry is gone gets the snapshot (§7)", () => leader.sendsSnapshot(Raft));

test("a snapshot says what the log said up to its end (§7)", () => leader.saysWhatItReplaces(Raft));

test("behind a snapshot, entries go on as before (§7)", () => leader.goesOnWithEntries(Raft));

test("no snapshot is sent where entries will do (§7)", () => leader.sendsEntriesIfItCan(Raft));

test("a snapshot is sent until it is answered, and then no more (§7)", () => leader.sendsUntilAnswered(Raft));

test("a leader whose log is all snapshot goes on committing (§7)", () => leader.commitsAfterCompact(Raft));

test("a later term in an InstallSnapshotReply makes a follower (§5.1)", () => leader.laterTermInReply(Raft));

test("a snapshot that goes further than the log takes its place (Figure 13)", () =>
  install.replacesShorter(Raft));

test("a log that went another way than the snapshot goes as a whole (Figure 13)", () =>
  install.replacesConflicting(Raft));

test("what lies behind the snapshot in a log that agrees with it stays (Figure 13)", () =>
  install.keepsWhatAgrees(Raft));

test("the answer speaks of the snapshot, and not of what lies behind it (Figure 13)", () =>
  install.answersForTheSnapshot(Raft));

test("a snapshot of what is known to be committed changes nothing (§7)", () => install.ignoresOldNews(Raft));

test("no application is taken back (§7)", () => install.restoresOnce(Raft));

test("a snapshot of an old term is refused (Figure 13)", () => install.refusesOldTerm(Raft));

test("a snapshot is a word of the leader, for those who wait for one (§5.2)", () =>
  install.isSignOfLife(Raft));

test("who sends a snapshot leads that term, which is kept (§5.1, §5.2)", () => install.followsWhoSends(Raft));

test("entries behind an installed snapshot are told when they are committed (§5.3, §7)", () =>
  install.goesOnBehind(Raft));

test("a snapshot that was installed is passed on (§7)", () => leader.passesItOn(Raft));

test("a crash while a snapshot is installed takes nothing back and brings nothing twice (§7)", () =>
  crash.crashesInInstall(Raft));

// Stories.

test("a log that was dropped is not missed, also after a crash (§7)", () => {
  stage(scenarios.snapshotBasic, work);
  stage(scenarios.allCrash, work);
});

test("whoever lacks what was dropped gets the snapshot (§7)", () => {
  stage(scenarios.snapshotInstall, work);
  stage(scenarios.snapshotInstallCrash, work);
});

test("a snapshot arrives though messages are lost (§7)", () => {
  stage(scenarios.snapshotInstallLoss, work);
  stage(scenarios.snapshotInstallCrashLoss, work);
});

test("whatever crashes, nothing of the state machine is missing or twice", async () => {
  await campaign(scenarios.snapshots, work, { minCompleted: 5 });
});
