import type { Claim } from "#lib/check";
import type { NamedExploration } from "#lib/explore";
import type { Exercise, Told } from "#protocol/10-two-phase-commit";
import { claim, explored, same } from "../suite/index.ts";
import {
  CoordinatorBench,
  type CoordinatorClass,
  peers,
  times,
  toldIn,
  whoGets,
  yes,
} from "./coordinator-bench.ts";
import {
  decidedIn,
  ParticipantBench,
  type ParticipantClass,
  retryMs,
  type Sent,
  saidTo,
} from "./participant-bench.ts";
import { inDoubt } from "./participant-rules.ts";

const inquiries = (sent: Sent): string[] => saidTo(sent, "c").filter((text) => text.startsWith("Inquire"));

export function asksUntilTold(Participant: ParticipantClass): void {
  for (const crashes of [false, true]) {
    const p1 = inDoubt(Participant);
    if (crashes) p1.crash();
    const text = `p1 voted yes for c-1${crashes ? ", crashed and started again" : ""}, and heard no outcome`;
    for (let round = 1; round <= 3; round++) {
      const sent = p1.solo.advance(retryMs + 1);
      const asked = inquiries(sent);
      same(decidedIn(sent), [], `${text}. What its application hears (invariant 4)`);
      same(
        asked,
        ["Inquire of c-1"],
        `${text}. What c gets in the ${["first", "second", "third"][round - 1]} ${retryMs} ms (invariant 10)`,
      );
      same(
        [...saidTo(sent, "p2"), ...saidTo(sent, "p3")],
        [],
        `${text}. What p2 and p3 get, where participants do not ask each other`,
      );
    }
    p1.tell("c-1", "commit");
    same(
      inquiries(p1.solo.advance(5 * retryMs)),
      [],
      `${text} for a while; then Commit came. What c is asked after that`,
    );
    p1.holds("a", 70, "t1", `${text} for a while; then Commit came`);
  }
}

export function asksOnlyInDoubt(Participant: ParticipantClass): void {
  const p1 = new ParticipantBench(Participant);
  p1.prepare("c-1", [{ op: "add", account: "a", amount: -101, ref: "t1" }]);
  same(inquiries(p1.solo.advance(5 * retryMs)), [], "p1 voted no for c-1. What c is asked within a second");
  const p2 = inDoubt(Participant);
  p2.tell("c-1", "abort");
  same(
    inquiries(p2.solo.advance(5 * retryMs)),
    [],
    "p1 was told that c-1 is an abort. What c is asked within a second",
  );
}

export function asksTheRightOne(Participant: ParticipantClass): void {
  const p1 = new ParticipantBench(Participant);
  p1.prepared("d-1", [{ op: "add", account: "a", amount: -1, ref: "t1" }]);
  p1.prepare("c-7", [{ op: "add", account: "b", amount: -1, ref: "t2" }], "d");
  for (const when of ["", ", and has crashed"]) {
    if (when) p1.crash();
    const sent = p1.solo.advance(retryMs + 1);
    same(
      [...saidTo(sent, "c"), ...saidTo(sent, "d")],
      ["Inquire of d-1", "Inquire of c-7"],
      `p1 is in doubt about d-1, of which c sent the Prepare, and about c-7, of which d did${when}. What c and then d gets`,
    );
  }
}

export function answersCommit(Coordinator: CoordinatorClass): void {
  const c = new CoordinatorBench(Coordinator);
  const id = c.committed("r1");
  const text = `${id} is committed`;
  same(c.inquire(id, "p2"), ["Commit"], `${text}. What p2 gets when it asks`);
  for (const peer of ["p1", "p3", "p1"]) c.ack(id, peer);
  same(
    c.inquire(id, "p2"),
    ["Commit"],
    `${text}, and p1, p3 and again p1 have acknowledged. What p2 gets when it asks (invariant 7)`,
  );
  same(
    c.inquire(id, "p1"),
    ["Commit"],
    `${text}, p1 has acknowledged it and p2 has not. What p1 gets when an old Inquire of it comes (invariant 2)`,
  );
  c.committed("r2"); // Whatever is written without a sync is now safe as well.
  c.crash();
  same(
    c.inquire(id, "p2"),
    ["Commit"],
    `${text}, p1 and p3 have acknowledged, another commit followed, and c crashed. What p2 gets when it asks (invariant 7)`,
  );
  for (const peer of ["p1", "p3"]) c.ack(id, peer);
  c.crash();
  same(
    c.inquire(id, "p2"),
    ["Commit"],
    `${text}, p2 has not acknowledged, and c crashed twice. What p2 gets when it asks (invariant 7)`,
  );
}

export function presumesAbort(Coordinator: CoordinatorClass): void {
  const c = new CoordinatorBench(Coordinator);
  same(c.inquire("c-never", "p1"), ["Abort"], "c knows nothing of c-never. What p1 gets when it asks");
  const id = c.submit("r1");
  c.yes(id, "p1");
  c.crash();
  same(c.inquire(id, "p1"), ["Abort"], `c crashed while ${id} was open. What p1 gets when it asks`);
  const other = c.submit("r2");
  c.yes(other, "p1");
  c.no(other, "p2");
  same(
    c.inquire(other, "p1"),
    ["Abort"],
    `p2 voted no for ${other}. What p1, which voted yes, gets when it asks`,
  );
}

/** In every place where the coordinator can crash as it decides, what it says afterwards is one thing, and stays it. */
export function saysOneThing(Coordinator: CoordinatorClass): void {
  const open = (): { c: CoordinatorBench; id: string } => {
    const c = new CoordinatorBench(Coordinator);
    const id = c.submit("r1");
    c.yes(id, "p1");
    c.yes(id, "p2");
    return { c, id };
  };
  const first = open();
  for (const crash of first.c.crashesAt("p3", yes(first.id, "p3"))) {
    const { c, id } = open();
    const { before } = c.receiveAndCrash("p3", yes(id, "p3"), crash);
    const heard =
      toldIn(before).some(({ outcome }) => outcome === "commit") || whoGets(before, "Commit", id).length > 0;
    const answers: string[] = [];
    for (const peer of peers) answers.push(...c.inquire(id, peer));
    c.crash();
    for (const peer of peers) answers.push(...c.inquire(id, peer));
    const said = [...new Set(answers)].join(" and ");
    const right = heard ? said === "Commit" : said === "Commit" || said === "Abort";
    const what = heard ? "it had said commit before" : "nobody had heard an outcome before";
    claim(
      right,
      `The last yes for ${id} came; ${crash.text}; ${what}. To those who asked, also after a second crash, c then said ${said || "nothing"} (invariant 5)`,
    );
  }
}

export function waitsWithAnswer(Coordinator: CoordinatorClass): void {
  const c = new CoordinatorBench(Coordinator);
  const id = c.submit("r1");
  c.yes(id, "p1");
  const answer = c.inquire(id, "p1");
  const rest = [...c.yes(id, "p2"), ...c.yes(id, "p3")];
  const outcomes = toldIn(rest).map(({ outcome }) => outcome);
  const isBoth = answer.includes("Abort") && outcomes.includes("commit");
  claim(
    !isBoth,
    `p1 voted yes for ${id} and asked what became of it, and c answered Abort. Then p2 and p3 voted yes, and c told its application that ${id} is a commit (invariant 2)`,
  );
  claim(
    !answer.includes("Commit"),
    `p1 alone has voted yes for ${id} and asked what became of it, and c answered Commit (invariant 3)`,
  );
  const end = [...rest, ...c.solo.advance(times.voteMs + 1)];
  claim(
    toldIn([...c.solo.sent, ...end]).length > 0,
    `p1 asked about ${id} while it was open, and then all voted yes: the application was told nothing (invariant 10)`,
  );
}

/** Explores, and sees to it that there was something to see. */
export function exploreAll(
  of: NamedExploration<Exercise>,
  work: Exercise,
  outcomes = ["commit", "abort"],
): void {
  const reached = new Set<string>();
  const witness: Claim = {
    name: "what is reached",
    facts: (deed) => {
      const message = deed.deed === "tell" ? (deed.message as Partial<Told> | null) : null;
      if (message?.type === "Told") reached.add(String(message.outcome));
      return undefined;
    },
    objection: () => undefined,
  };
  const options = (classes: Exercise) => {
    const made = of.options(classes);
    return { ...made, claims: [...(made.claims ?? []), witness] };
  };
  const { states } = explored({ ...of, options }, work);
  for (const outcome of outcomes) {
    claim(
      reached.has(outcome),
      `In the ${states} states of ${of.name} there is none in which the coordinator told its application of a transaction's ${outcome}: with all yes it can be a commit, and with a vote missing an abort`,
    );
  }
}
