import { type Crash, claim, same } from "../suite/index.ts";
import {
  add,
  decidedIn,
  ParticipantBench,
  type ParticipantClass,
  prepare,
  read,
  saidTo,
  votesIn,
  voteText,
  workText,
} from "./participant-bench.ts";

const work = [add("a", -30, "t1"), read("b")];
const work1 = prepare("c-1", work);
const look1 = prepare("c-1", [read("a")]);
const commit1 = { type: "Commit", id: "c-1" } as const;
const seen1 = [
  { account: "a", balance: 100, ref: null },
  { account: "b", balance: 50, ref: null },
];

/** p1 when it has voted yes for c-1: 30 from a to elsewhere, and it read b. */
export function inDoubt(Participant: ParticipantClass, asksOthers = false): ParticipantBench {
  const p1 = new ParticipantBench(Participant, asksOthers);
  p1.prepared("c-1", work);
  return p1;
}

export function votes(Participant: ParticipantClass): void {
  const p1 = new ParticipantBench(Participant);
  same(p1.prepared("c-1", work).result, seen1, "p1's yes to add −30 to a and read b has as its result");
  p1.tell("c-1", "commit");
  const second = p1.prepared("c-2", [read("a"), add("e", 7, "t2")], " c-1 has taken 30 from a.");
  same(
    second.result,
    [
      { account: "a", balance: 70, ref: "t1" },
      { account: "e", balance: 0, ref: null },
    ],
    "c-1, with the ref t1, has taken 30 from a. p1's yes to read a and add 7 to e has as its result",
  );
  p1.tell("c-2", "commit");
  p1.holds(
    "a",
    70,
    "t1",
    "c-1, with the ref t1, has taken 30 from a, and c-2, which only read a, is committed",
  );
  p1.prepared("c-3", [add("b", -50, "t3")], " c-2 is over.");
}

export function refuses(Participant: ParticipantClass): void {
  for (const cannot of [
    [add("a", -101, "t1")],
    [add("b", 1, "t1"), add("a", -101, "t1")],
    [add("b", 1, "t1"), read("z")],
  ]) {
    const p1 = new ParticipantBench(Participant);
    const vote = p1.prepare("c-1", cannot);
    const text = `p1 keeps a = 100 and b = 50. c asked it to ${workText(cannot)}`;
    claim(vote?.yes === false, `${text}: it should vote no, and it ${voteText(vote)}`);
    p1.holds("a", 100, null, `${text}, and it voted no`);
    p1.holds("b", 50, null, `${text}, and it voted no: nothing is locked by that`);
  }
}

/** One crash in each place of the handler that answers Prepare. */
export function keepsItsYes(Participant: ParticipantClass): void {
  for (const crash of new ParticipantBench(Participant).crashesAt("c", work1)) {
    const p1 = new ParticipantBench(Participant);
    const votedYes = votesIn(p1.receiveAndCrash("c", work1, crash), "c", "c-1").some(({ yes }) => yes);
    if (!votedYes) continue;
    const text = `p1 voted yes for c-1, which adds −30 to a; ${crash.text}, and started again`;
    const sent = p1.tell("c-1", "commit");
    same(saidTo(sent, "c"), ["Ack of c-1"], `${text}. What c gets when it sends Commit`);
    p1.holds("a", 70, "t1", `${text}, and c sent Commit: the yes was a promise (invariant 4)`);
  }
}

export function locks(Participant: ParticipantClass): void {
  const cases = [
    { held: add("a", -30, "t1"), wanted: add("a", 5, "t2") },
    { held: add("a", -30, "t1"), wanted: read("a") },
    { held: read("a"), wanted: add("a", 5, "t2") },
  ];
  for (const { held, wanted } of cases) {
    for (const outcome of ["commit", "abort"] as const) {
      const p1 = new ParticipantBench(Participant);
      p1.prepared("c-1", [held]);
      const vote = p1.prepare("d-1", [wanted], "d");
      const what = `p1 voted yes for c-1, which is to ${workText([held])}, and has heard no outcome. d asked for d-1, which is to ${workText([wanted])}`;
      claim(vote?.yes === false, `${what}: it should vote no (invariant 6), and it ${voteText(vote)}`);
      p1.tell("c-1", outcome);
      const after = p1.prepare("d-2", [wanted], "d");
      const ended = `p1 voted yes for c-1, which is to ${workText([held])}, and it was a ${outcome}. d asked for d-2, which is to ${workText([wanted])}`;
      claim(
        after?.yes === true,
        `${ended}: nothing is in doubt, so it should vote yes, and it ${voteText(after)}`,
      );
    }
  }
  const p1 = inDoubt(Participant);
  const other = p1.prepare("d-1", [add("e", 5, "t2")], "d");
  claim(
    other?.yes === true,
    `p1 is in doubt about c-1, which has to do with a and b. d asked it to add 5 to e: it should vote yes, and it ${voteText(other)}`,
  );
}

export function locksAgain(Participant: ParticipantClass): void {
  for (const crash of new ParticipantBench(Participant).crashesAt("c", work1)) {
    const p1 = new ParticipantBench(Participant);
    const votedYes = votesIn(p1.receiveAndCrash("c", work1, crash), "c", "c-1").some(({ yes }) => yes);
    const text = `p1 voted yes for c-1, which adds −30 to a; ${crash.text}, and started again`;
    if (votedYes) p1.isLocked("a", `${text} (invariant 6)`);
  }
  for (const crash of new ParticipantBench(Participant).crashesAt("c", look1)) {
    const p1 = new ParticipantBench(Participant);
    const votedYes = votesIn(p1.receiveAndCrash("c", look1, crash), "c", "c-1").some(({ yes }) => yes);
    const text = `p1 voted yes for c-1, which only reads a; ${crash.text}, and started again`;
    if (votedYes) p1.isLocked("a", `${text} (invariant 6)`);
  }
  const p1 = inDoubt(Participant);
  p1.prepare("d-1", [add("e", 5, "t2")], "d");
  for (const times of ["once", "twice"]) {
    p1.crash();
    const text = `p1 is in doubt about c-1 (add −30 to a, read b) and about d-1 (add 5 to e), and has crashed ${times}`;
    for (const account of ["a", "b", "e"]) p1.isLocked(account, `${text} (invariant 6)`);
  }
  p1.tell("d-1", "abort", "d");
  const text = "p1 was in doubt about c-1 (a and b) and d-1 (e), crashed, and heard that d-1 is an abort";
  p1.holds("e", 0, null, text);
  p1.isLocked("a", text);
  p1.tell("c-1", "commit");
  p1.holds("a", 70, "t1", `${text}, and that c-1 is a commit`);
}

/** An abort need not be safe. When it is lost, and what came after it is not, two are in doubt about one account. */
export function locksForEach(Participant: ParticipantClass): void {
  const next = prepare("c-2", [add("a", -50, "t2")]);
  const aborted = (): ParticipantBench => {
    const p1 = inDoubt(Participant);
    p1.tell("c-1", "abort");
    return p1;
  };
  const counts = new Set(
    aborted()
      .crashesAt("c", next)
      .map(({ count }) => count),
  );
  // The second bit: of two writes without a sync, that of the abort is lost, and that of c-2 is kept.
  for (const [count, kept] of [...counts].flatMap((it) => [0, 1, 2, 3].map((mask) => [it, mask] as const))) {
    const p1 = aborted();
    p1.receiveAndCrash("c", next, { count, kept, text: "" });
    const story = `c-1 (a, b) was aborted, and that was not synced. Prepare of c-2 (a) came, and p1 crashed after ${count} of its effects, before all of this was safe. It started again`;
    const isInDoubt = p1.look("b") === "locked";
    p1.tell("c-1", "abort");
    const vote = p1.prepare("c-2", [add("a", -50, "t2")]);
    const text = `${story}, and c said Abort of c-1 once more`;
    claim(vote?.yes === true, `${text}, and Prepare of c-2: p1 should vote yes, and it ${voteText(vote)}`);
    p1.isLocked("a", `${text}, and p1 voted yes for c-2 (invariant 6)`);
    if (!isInDoubt) continue;
    const other = aborted();
    other.receiveAndCrash("c", next, { count, kept, text: "" });
    other.tell("c-2", "abort");
    other.isLocked("a", `${story}, in doubt about c-1, and c said Abort of c-2 (invariant 6)`);
  }
}

export function commitsOnce(Participant: ParticipantClass): void {
  const p1 = inDoubt(Participant);
  const sent = p1.tell("c-1", "commit");
  const text = "p1 voted yes for c-1, which adds −30 to a = 100, and c sent Commit";
  same(saidTo(sent, "c"), ["Ack of c-1"], `${text}. What c gets`);
  same(decidedIn(sent), ["Decided commit of c-1"], `${text}. What its application hears`);
  p1.holds("a", 70, "t1", text);
  p1.holds("b", 50, null, `${text}; it only read b`);
  const again = p1.tell("c-1", "commit");
  same(saidTo(again, "c"), ["Ack of c-1"], `${text}, and sent it again. What c gets`);
  p1.holds("a", 70, "t1", `${text}, and sent it again (invariant 8)`);
  same(decidedIn(again), [], `${text}, and sent it again. What its application hears the second time`);
  p1.prepared("c-2", [add("a", 10, "t2")], " c-1 has taken 30 from a.");
  p1.tell("c-2", "commit");
  p1.tell("c-1", "commit");
  p1.holds("a", 80, "t2", `${text}; c-2 added 10; and Commit of c-1 came again (invariant 8)`);
  p1.crash();
  p1.tell("c-1", "commit");
  p1.holds("a", 80, "t2", `${text}; c-2 added 10; p1 crashed; and Commit of c-1 came again (invariant 8)`);
}

export function acknowledgesWhatIsSafe(Participant: ParticipantClass): void {
  for (const crash of inDoubt(Participant).crashesAt("c", commit1)) {
    const p1 = inDoubt(Participant);
    const sent = p1.receiveAndCrash("c", commit1, crash);
    const text = `p1 was in doubt about c-1, which adds −30 to a = 100. Commit came; ${crash.text}, and started again`;
    if (saidTo(sent, "c").includes("Ack of c-1")) {
      p1.holds("a", 70, "t1", `${text}. It had sent Ack, and c has forgotten c-1 (invariant 7)`);
      continue;
    }
    same(
      saidTo(p1.tell("c-1", "commit"), "c"),
      ["Ack of c-1"],
      `${text}. What c gets when it sends Commit again`,
    );
    p1.holds("a", 70, "t1", `${text}. c sent Commit again (invariant 8)`);
  }
  const looked = (): ParticipantBench => {
    const p1 = new ParticipantBench(Participant);
    p1.prepared("c-1", [read("a")]);
    return p1;
  };
  for (const crash of looked().crashesAt("c", commit1)) {
    const p1 = looked();
    const isAcknowledged = saidTo(p1.receiveAndCrash("c", commit1, crash), "c").includes("Ack of c-1");
    if (!isAcknowledged) continue;
    const text = `p1 was in doubt about c-1, which only reads a. Commit came, and p1 sent Ack; ${crash.text}, and started again. c has forgotten c-1`;
    const sent = p1.tell("c-1", "abort");
    same(
      decidedIn(sent),
      [],
      `${text}, and an Abort came, as to all who ask about what is forgotten. What its application hears (invariant 2)`,
    );
  }
}

export function aborts(Participant: ParticipantClass): void {
  const p1 = inDoubt(Participant);
  const sent = p1.tell("c-1", "abort");
  const text = "p1 voted yes for c-1, which adds −30 to a = 100, and c sent Abort";
  same(decidedIn(sent), ["Decided abort of c-1"], `${text}. What its application hears`);
  same(saidTo(sent, "c"), [], `${text}. What c gets: nobody waits for an acknowledgement`);
  p1.holds("a", 100, null, text);
  const again = [...p1.tell("c-1", "abort"), ...p1.tell("c-9", "abort")];
  same(
    decidedIn(again),
    [],
    `${text}, again, and of a transaction that p1 never heard of. What its application hears`,
  );
  for (const crash of inDoubt(Participant).crashesAt("c", { type: "Abort", id: "c-1" })) {
    const p2 = inDoubt(Participant);
    p2.receiveAndCrash("c", { type: "Abort", id: "c-1" }, crash);
    p2.tell("c-1", "abort");
    p2.holds("a", 100, null, `${text}; ${crash.text}, started again, and was told Abort again`);
  }
}

export function keepsCommitAgainstAbort(Participant: ParticipantClass): void {
  for (const crashes of [false, true]) {
    const p1 = inDoubt(Participant);
    p1.tell("c-1", "commit");
    if (crashes) p1.crash();
    const sent = p1.tell("c-1", "abort");
    const text = `p1 committed c-1, which adds −30 to a = 100${crashes ? ", and crashed" : ""}. Then an Abort came, an answer to an old question`;
    same(decidedIn(sent), [], `${text}. What its application hears (invariant 2)`);
    p1.holds("a", 70, "t1", `${text} (invariant 2)`);
    p1.tell("c-1", "commit");
    p1.holds("a", 70, "t1", `${text}, and a Commit after it (invariant 8)`);
  }
}

export function votesAgain(Participant: ParticipantClass): void {
  for (const crashes of [false, true]) {
    const p1 = inDoubt(Participant);
    if (crashes) p1.crash();
    const vote = p1.prepare("c-1", work);
    const text = `p1 voted yes for c-1${crashes ? ", and crashed" : ""}, and the same Prepare came again`;
    claim(vote?.yes === true, `${text}: it should vote yes again, and it ${voteText(vote)} (invariant 4)`);
    same(vote.result, seen1, `${text}. The result of its vote`);
  }
}

export function ignoresLatePrepare(Participant: ParticipantClass): void {
  const crashes: (Crash | undefined)[] = [undefined, ...afterCommit(Participant).crashesAt("c", work1)];
  for (const crash of crashes) {
    const p1 = afterCommit(Participant);
    if (crash) p1.receiveAndCrash("c", work1, crash);
    else p1.solo.receive("c", work1);
    const text = `p1 committed c-1, which adds −30 to a = 100. Then a late copy of its Prepare came${crash ? `; ${crash.text}, and started again` : ""}`;
    p1.holds("a", 70, "t1", `${text} (invariant 8)`);
    p1.tell("c-1", "commit");
    p1.holds("a", 70, "t1", `${text}, and a copy of its Commit (invariant 8)`);
  }
}

function afterCommit(Participant: ParticipantClass): ParticipantBench {
  const p1 = inDoubt(Participant);
  p1.tell("c-1", "commit");
  return p1;
}
