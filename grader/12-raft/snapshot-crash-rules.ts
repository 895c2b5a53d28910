import type { Entry, RaftMessage } from "#protocol/12-raft";
import { type Crash, claim, crashesAmong } from "../suite/index.ts";
import { same } from "./same.ts";
import { command, logOf, messagesIn, type RaftClass, reportsIn, type Sent } from "./server-bench.ts";
import {
  application,
  bringUpToDate,
  compactOf,
  lastOf,
  SnapshotBench,
  snapshotOf,
  stateAfter,
  stateOf,
} from "./snapshot-bench.ts";

interface Fall {
  readonly Raft: RaftClass;
  readonly make: () => SnapshotBench;
  readonly from: string;
  readonly message: RaftMessage;
}

/** n1 as a crash has left it: the message came, the crash fell, and perhaps another one as it started again. It is down. */
interface Fallen {
  readonly n1: SnapshotBench;
  /** What it had sent when the first crash fell. */
  readonly before: Sent;
  readonly text: string;
}

/** Every way in which a crash can fall into the handler, alone, and with each way in which a second one can fall into the start after it. */
function* falls({ Raft, make, from, message }: Fall): Generator<() => Fallen> {
  const once = (crash: Crash): Fallen => {
    const n1 = make();
    const before = n1.solo.receiveAndCrash(from, message, crash.count, crash.kept);
    return { n1, before, text: crash.text };
  };
  for (const crash of make().crashesAt(from, message)) {
    yield () => once(crash);
    const { n1 } = once(crash);
    n1.restart();
    for (const second of crashesAmong("n1", n1.solo.effects)) {
      yield () => {
        const fallen = once(crash);
        fallen.n1.solo.restartAndCrash(new Raft(fallen.n1.config), second.count, second.kept);
        return {
          ...fallen,
          text: `${crash.text}, started again, and ${second.text.replace("n1 ", "")} of its start`,
        };
      };
    }
  }
}

/** What it has when it starts again: what it gives its application, and the log behind that. It is down after that. */
function held(n1: SnapshotBench, text: string): string {
  const sent = n1.startAgain();
  const told = reportsIn(sent, "Restore").at(-1)?.lastIncludedIndex ?? 0;
  const { first, entries } = n1.written();
  const restored =
    told === 0 ? "it gave its application no snapshot" : `it gave its application a snapshot up to ${told}`;
  claim(
    first <= told + 1,
    `${text}. When it started again, ${restored}, and its log begins with entry ${first}: what lies between is lost (invariant 8)`,
  );
  const end = first + entries.length - 1;
  claim(
    end >= told,
    `${text}. When it started again, ${restored}, and the last entry of its log is ${end}: the next one would take the place of entry ${end + 1} (invariant 8)`,
  );
  return [stateAfter(sent), stateOf(entries.slice(told + 1 - first) as unknown as Entry[])]
    .filter(Boolean)
    .join(" ");
}

export function crashesInCompact(Raft: RaftClass): void {
  const log = logOf(1, 1, 2, 2, 2);
  const cases = [
    { make: () => new SnapshotBench(Raft).follows(log, 4), what: "", index: 3 },
    { make: () => new SnapshotBench(Raft).follows(log, 5), what: "", index: 5 },
    {
      make: () => {
        const n1 = new SnapshotBench(Raft).follows(log, 4);
        n1.compact(log, 2);
        return n1;
      },
      what: " and a snapshot up to 2",
      index: 4,
    },
  ];
  for (const { make, what, index } of cases) {
    const had = `n1 had entries 1 to 5${what}, and was asked to compact up to ${index}`;
    for (const fall of falls({ Raft, make, from: application, message: compactOf(log, index) })) {
      const { n1, text } = fall();
      same(
        held(n1, `${had}; ${text}`),
        "e1 e2 e3 e4 e5",
        `${had}; ${text}. What it has after that (invariant 8)`,
      );
      const again = fall();
      const told = [...again.n1.startAgain(), ...bringUpToDate(again.n1, log, 2, 0)];
      same(
        stateAfter(told),
        "e1 e2 e3 e4 e5",
        `${had}; ${text}, and n2 told it that all is committed. What its application has (invariant 5)`,
      );
    }
  }
}

const f = [...logOf(1, 1), ...["f3", "f4", "f5", "f6"].map((text) => command(3, text))];

export function crashesInInstall(Raft: RaftClass): void {
  const cases = [
    { log: logOf(1, 1), had: "e1 e2", want: "e1 e2 f3 f4 f5", term: 1 },
    { log: logOf(1, 1, 2, 2, 2, 2, 2), had: "e1 e2 e3 e4 e5 e6 e7", want: "e1 e2 f3 f4 f5", term: 2 },
    { log: logOf(1, 1, 2, 2), had: "e1 e2 e3 e4", want: "e1 e2 f3 f4 f5", term: 2 },
    { log: f, had: "e1 e2 f3 f4 f5 f6", want: "e1 e2 f3 f4 f5 f6", term: 3 },
  ];
  for (const { log, had, want, term } of cases) {
    const make = () => new SnapshotBench(Raft).follows(log, 2, term);
    const message = { type: "InstallSnapshot", term: 4, snapshot: snapshotOf(f, 5) } as const;
    for (const fall of falls({ Raft, make, from: "n2", message })) {
      const { n1, before, text } = fall();
      const story = `n1 had ${had} in its log, and n2, leader of term 4, sent a snapshot up to f5; ${text}`;
      const hasAnswered = messagesIn(before, "InstallSnapshotReply").length > 0;
      const now = held(n1, story);
      if (hasAnswered) {
        same(now, want, `${story}. It had answered. What it has after that (invariant 8)`);
      } else {
        claim(
          now === want || now === had,
          `${story}. After that it should have ${had === want ? had : `${had} as before, or ${want}`}, and it has ${now || "nothing"} (invariant 8)`,
        );
      }
      comesBack(fall(), hasAnswered, story);
    }
  }
}

/** It goes on as if nothing had been, in the term that it has spoken of. */
function comesBack({ n1 }: Fallen, hasAnswered: boolean, story: string): void {
  const told = [...n1.startAgain()];
  if (hasAnswered) {
    const asked = { type: "RequestVote", term: 1, lastLogIndex: 0, lastLogTerm: 0 } as const;
    const [reply] = messagesIn(n1.hear("n3", asked), "RequestVoteReply");
    same(reply?.message.term, 4, `${story}. It had answered. The term of its next message (invariant 7)`);
  }
  told.push(...bringUpToDate(n1, f, 4, 5));
  same(
    stateAfter(told),
    "e1 e2 f3 f4 f5 f6",
    `${story}, and n2 sent it the rest, all committed. What its application has (invariant 5)`,
  );
  const [next] = messagesIn(
    n1.append({ ...lastOf(f), term: 4, entries: [command(4, "g7")], leaderCommit: 7 }),
    "AppendEntriesReply",
  );
  same(
    next?.message.matchIndex,
    7,
    `${story}, and n2 sent it the rest, and g7. The matchIndex of its answer`,
  );
}
