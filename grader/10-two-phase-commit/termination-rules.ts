import { claim, same } from "../suite/index.ts";
import {
  add,
  decidedIn,
  everybody,
  ParticipantBench,
  type ParticipantClass,
  prepare,
  retryMs,
  saidTo,
  voteText,
} from "./participant-bench.ts";
import { inDoubt } from "./participant-rules.ts";

const inquire = { type: "Inquire", id: "c-1" } as const;
const work = [add("a", -30, "t1")];

const answerOf = (p1: ParticipantBench): string[] => saidTo(p1.solo.receive("p2", inquire), "p2");

export function asksOthers(Participant: ParticipantClass): void {
  for (const crashes of [false, true]) {
    const p1 = inDoubt(Participant, true);
    if (crashes) p1.crash();
    const text = `p1 voted yes for c-1 of p1, p2 and p3${crashes ? ", crashed and started again" : ""}, and heard no outcome`;
    // How soon the others are asked is left open; that they are asked again and again is not.
    p1.solo.advance(3 * retryMs);
    for (const times of ["", " again"]) {
      const sent = p1.solo.advance(3 * retryMs);
      same(saidTo(sent, "p1"), [], `${text}. What it asks itself`);
      for (const peer of ["p2", "p3", "c"]) {
        const asked = saidTo(sent, peer).includes("Inquire of c-1");
        claim(
          asked,
          `${text} for a second and more: it should ask ${peer}${times}, and ${peer} got ${saidTo(sent, peer)[0] ?? "nothing"} (invariant 10)`,
        );
      }
    }
    p1.tell("c-1", "abort", "p3");
    const after = p1.solo.advance(5 * retryMs);
    same(
      [...saidTo(after, "p2"), ...saidTo(after, "p3"), ...saidTo(after, "c")],
      [],
      `${text}; then p3 answered Abort. Whom it asks after that`,
    );
  }
}

export function tellsOutcome(Participant: ParticipantClass): void {
  for (const crashes of [false, true]) {
    for (const outcome of ["commit", "abort"] as const) {
      const p1 = inDoubt(Participant, true);
      p1.tell("c-1", outcome);
      if (crashes && outcome === "commit") p1.crash();
      const right = outcome === "commit" ? "Commit of c-1" : "Abort of c-1";
      const text = `p1 was told that c-1 is a ${outcome}${crashes && outcome === "commit" ? ", and crashed" : ""}. p2 asked it what became of c-1. What p2 gets`;
      same(answerOf(p1), [right], text);
    }
  }
  const p1 = inDoubt(Participant, true);
  p1.tell("c-1", "commit");
  p1.tell("c-1", "abort", "p3");
  same(
    answerOf(p1),
    ["Commit of c-1"],
    "p1 committed c-1, and then got a late Abort. p2 asked it what became of c-1. What p2 gets (invariant 2)",
  );
}

export function keepsSilent(Participant: ParticipantClass): void {
  const p1 = inDoubt(Participant, true);
  for (const when of ["", " after a crash of p1"]) {
    same(
      answerOf(p1),
      [],
      `p1 is in doubt about c-1, and p2 asked it what became of it${when}. What p2 gets (invariant 4)`,
    );
    p1.isLocked("a", `p1 is in doubt about c-1, and p2 asked it what became of it${when}`);
    p1.crash();
  }
  p1.tell("c-1", "commit");
  p1.holds("a", 70, "t1", "p1 was in doubt about c-1, p2 asked it, and then Commit came");
}

export function refusesForGood(Participant: ParticipantClass): void {
  const unvoted = () => new ParticipantBench(Participant, true);
  const answer = unvoted().solo.receive("p2", inquire);
  const asked = "p1 has never heard of c-1. p2, which is in doubt, asked it";
  same(saidTo(answer, "p2"), ["Abort of c-1"], `${asked}. What p2 gets (invariant 10)`);
  same(decidedIn(answer), [], `${asked}. What the application of p1, which never voted, hears`);
  for (const crash of unvoted().crashesAt("p2", inquire)) {
    const p1 = unvoted();
    const isAnswered = saidTo(p1.receiveAndCrash("p2", inquire, crash), "p2").includes("Abort of c-1");
    if (isAnswered)
      refusesLate(
        p1,
        `p1 had not voted for c-1, and answered p2 with Abort; ${crash.text}, and started again`,
      );
  }
  const p1 = unvoted();
  answerOf(p1);
  refusesLate(p1, "p1 had not voted for c-1, and answered p2 with Abort");
}

function refusesLate(p1: ParticipantBench, text: string): void {
  for (const again of ["", " again"]) {
    const vote = p1.prepare("c-1", work);
    claim(
      vote?.yes === false,
      `${text}. Then the Prepare came${again}, late: p2 has aborted, so p1 must vote no, and it ${voteText(vote)} (invariant 2)`,
    );
  }
  p1.holds("a", 100, null, `${text}. Then the Prepare came, late`);
  same(answerOf(p1), ["Abort of c-1"], `${text}. Then p2 asked again. What it gets`);
}

export function refusesAfterNo(Participant: ParticipantClass): void {
  const voted = (): ParticipantBench => {
    const p1 = new ParticipantBench(Participant, true);
    p1.prepare("d-1", [add("a", 1, "t9")], "d");
    const vote = p1.prepare("c-1", work);
    claim(
      vote?.yes === false,
      `p1 is in doubt about d-1, which locks a. c asked it to add −30 to a: it should vote no, and it ${voteText(vote)}`,
    );
    return p1;
  };
  for (const crash of voted().crashesAt("p2", inquire)) {
    const p1 = voted();
    const sent = p1.receiveAndCrash("p2", inquire, crash);
    p1.tell("d-1", "abort", "d");
    if (!saidTo(sent, "p2").includes("Abort of c-1")) continue;
    const vote = p1.prepare("c-1", work);
    claim(
      vote?.yes === false,
      `p1 voted no for c-1, as a was locked, and answered p2 with Abort; ${crash.text}, and started again. a is free again, and the Prepare of c-1 came again: p1 must vote no, and it ${voteText(vote)} (invariant 2)`,
    );
  }
  same(answerOf(voted()), ["Abort of c-1"], "p1 voted no for c-1, and p2 asked it. What p2 gets");
}

export function believesOthers(Participant: ParticipantClass): void {
  const p1 = inDoubt(Participant, true);
  const sent = p1.tell("c-1", "commit", "p2");
  const text = "p1 was in doubt about c-1, which adds −30 to a = 100. p2 answered it with Commit";
  same(decidedIn(sent), ["Decided commit of c-1"], `${text}. What its application hears`);
  p1.holds("a", 70, "t1", text);
  same(
    saidTo(p1.tell("c-1", "commit"), "c"),
    ["Ack of c-1"],
    `${text}. Then c sent Commit as well. What c gets (invariant 10)`,
  );
  p1.holds("a", 70, "t1", `${text}. Then c sent Commit as well (invariant 8)`);
  const other = inDoubt(Participant, true);
  const aborted = other.tell("c-1", "abort", "p3");
  same(
    decidedIn(aborted),
    ["Decided abort of c-1"],
    "p1 was in doubt about c-1, and p3 answered it with Abort. What its application hears",
  );
  other.holds("a", 100, null, "p1 was in doubt about c-1, and p3 answered it with Abort");
}

/** An hour alone with its doubt: nothing may happen by itself. */
export function waitsAlone(Participant: ParticipantClass): void {
  const p1 = new ParticipantBench(Participant, true);
  p1.solo.receive("c", prepare("c-1", work, everybody));
  for (let minute = 1; minute <= 60; minute++) {
    const text = `p1 voted yes for c-1, and for ${minute === 1 ? "a minute" : `${minute} minutes`} nobody answered what it asked`;
    same(decidedIn(p1.solo.advance(60_000)), [], `${text}. What its application hears (invariant 4)`);
    p1.solo.clearSent();
  }
  const text = "p1 voted yes for c-1, and for an hour nobody answered what it asked";
  p1.isLocked("a", `${text} (invariant 6)`);
  p1.tell("c-1", "commit");
  p1.holds("a", 70, "t1", `${text}. Then c came back, with Commit (invariant 4)`);
}
