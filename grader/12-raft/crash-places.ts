import type { RaftMessage } from "#protocol/12-raft";
import { claim, crashesAmong } from "../suite/index.ts";
import { gatherMs, messagesIn, type Sent, type ServerBench } from "./server-bench.ts";

type Make = () => ServerBench;

/** n1 takes a message and crashes, in each place of its handler, and is up again. Every time with a new server. */
export function eachCrash(
  make: Make,
  from: string,
  message: RaftMessage,
  then: (n1: ServerBench, sent: Sent, text: string) => void,
): void {
  for (const crash of make().crashesAt(from, message)) {
    const n1 = make();
    then(n1, n1.hearAndCrash(from, message, crash), `${crash.text}, and started again`);
  }
}

const runToTimer = ({ solo }: ServerBench) => solo.advance((solo.timers[0]?.atMs ?? 0) - solo.nowMs);

/** The same for what it puts off: a design may commit and apply in the handler of a timer, a little after the message. */
export function eachCrashSoonAfter(
  make: Make,
  from: string,
  message: RaftMessage,
  then: (n1: ServerBench, sent: Sent, text: string) => void,
): void {
  const heard = (firedCount: number): ServerBench => {
    const n1 = make();
    n1.solo.receive(from, message);
    for (let i = 0; i < firedCount; i++) runToTimer(n1);
    return n1;
  };
  const untilMs = heard(0).solo.nowMs + gatherMs;
  for (let firedCount = 0; firedCount < 20; firedCount++) {
    const scout = heard(firedCount);
    const [next] = scout.solo.timers;
    if (!next || next.atMs > untilMs) return;
    runToTimer(scout);
    for (const { count, kept, text } of crashesAmong("n1", scout.solo.effects)) {
      const n1 = heard(firedCount);
      const sent = n1.solo.fireAndCrash(next.timer, count, kept);
      n1.restart();
      then(n1, sent, `${text}, and started again`);
    }
  }
}

/** The same for the handler in which it stands in a term. */
export function eachCrashStanding(
  make: Make,
  term: number,
  then: (n1: ServerBench, sent: Sent, text: string) => void,
): void {
  const scout = make();
  let fired = 0;
  // A candidate may ask again in its old term: that is no new election.
  while (!messagesIn(runToTimer(scout), "RequestVote").some(({ message }) => message.term === term)) {
    fired++;
    claim(
      fired < 100,
      `n1 hears nobody, and 100 of its timers have run out: it should have stood in term ${term}`,
    );
  }
  for (const { count, kept, text } of crashesAmong("n1", scout.solo.effects)) {
    const n1 = make();
    for (let i = 0; i < fired; i++) runToTimer(n1);
    const [next] = n1.solo.timers;
    if (!next) return;
    const sent = n1.solo.fireAndCrash(next.timer, count, kept);
    n1.restart();
    then(n1, sent, `${text}, and started again`);
  }
}
