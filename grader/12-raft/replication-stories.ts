import { canonical, type NodeId } from "#lib/sim";
import { servers } from "./cluster.ts";
import { type Stage, type Story, told } from "./stage.ts";

const three = { members: servers(3), isDurable: false };
const five = { members: servers(5), isDurable: false };
const budget = "a command costs no more messages and bytes than it must";
const majority = "what is committed is in the logs of a majority (invariant 4)";

/** Counts what servers send each other from now on, until the story asks. */
function counter(stage: Stage): { messages: number; entries: number; bytes: number } {
  const counts = { messages: 0, entries: 0, bytes: 0 };
  const before = stage.loses;
  stage.loses = (from, to, message) => {
    counts.messages++;
    counts.bytes += canonical(message as never).length;
    if (message.type === "AppendEntries") counts.entries += message.entries.length;
    return before?.(from, to, message) ?? false;
  };
  return counts;
}

/** The next operation is asked of a server that does not lead; it is refused, and nothing comes of it. */
function* refuses(stage: Stage, id: NodeId): Story {
  const { refusals } = stage.store(id);
  stage.ask(id);
  yield [
    `${id}, which does not lead, refuses what its application proposes`,
    () => stage.store(id).refusals > refusals,
  ];
}

export const replicationStories = {
  basicAgreement: told("basic-agreement", three, function* (stage): Story {
    const leader = yield* stage.elected();
    for (let i = 0; i < 3; i++) {
      yield* stage.agreed(leader, stage.cluster.ids);
      stage.read(leader);
    }
    yield* refuses(stage, stage.but(leader)[0] as NodeId);
    yield* stage.agreed(leader, stage.cluster.ids, 2);
  }),
  rpcBudget: told("rpc-budget", three, function* (stage): Story {
    const leader = yield* stage.elected();
    yield* stage.agreed(leader, stage.cluster.ids);
    const counts = counter(stage);
    const startMs = stage.sim.now;
    for (let i = 0; i < 10; i++) yield* stage.agreed(leader, stage.cluster.ids);
    const beats = Math.ceil((stage.sim.now - startMs) / 50) + 1;
    const most = 2 * 2 * (10 * 2 + beats);
    const seen = `10 commands, one after another, to 2 followers in ${stage.sim.now - startMs} ms on a calm network`;
    const { messages, entries } = counts;
    stage.claim(
      messages <= most,
      budget,
      `${seen} took ${messages} messages: ${most} are enough, heartbeats and replies included.`,
    );
    stage.claim(
      entries <= 40,
      budget,
      `${seen} took ${entries} copies of entries: 20 are enough, and 40 would be allowed.`,
    );
    const before10 = { ...counts };
    const long = `put x ${"v".repeat(2_000)}`;
    stage.store(leader).wishes.push(long);
    yield* stage.applied([long], stage.cluster.ids);
    const bytes = counts.bytes - before10.bytes;
    stage.claim(
      bytes <= 2 * 2 * 2_200 + 4_000,
      budget,
      `A command of 2,006 bytes to 2 followers took ${bytes} bytes.`,
    );
    const burstMs = stage.sim.now;
    const burst = counts.messages;
    yield* stage.applied(stage.ask(leader, 10), stage.cluster.ids);
    const mostNow = 2 * 2 * (10 * 3 + Math.ceil((stage.sim.now - burstMs) / 50) + 1);
    const now = counts.messages - burst;
    stage.claim(
      now <= mostNow,
      budget,
      `10 commands at once to 2 followers took ${now} messages: ${mostNow} are allowed, heartbeats and replies included.`,
    );
    yield* stage.pass(100);
    const before = counts.messages;
    yield* stage.pass(1_000);
    const idle = counts.messages - before;
    stage.claim(
      idle <= 2 * 2 * 22,
      budget,
      `When nothing is asked for, two followers got ${idle} messages in a second, with their replies: with a heartbeat each 50 ms it should be 80.`,
    );
  }),
  followerFailure: told("follower-failure", three, function* (stage): Story {
    const leader = yield* stage.elected();
    yield* stage.agreed(leader, stage.cluster.ids);
    const [a = "", b = ""] = stage.but(leader);
    stage.isolate(a);
    yield* stage.agreed(leader, [leader, b], 2);
    stage.isolate(b);
    yield* nothingApplied(stage, leader);
    stage.mend();
    yield* agreedByAnyone(stage);
  }),
  leaderFailure: told("leader-failure", three, function* (stage): Story {
    const first = yield* stage.elected();
    yield* stage.agreed(first, stage.cluster.ids);
    stage.isolate(first);
    const second = yield* stage.elected(stage.but(first));
    yield* stage.agreed(second, stage.but(first), 2);
    stage.mend();
    yield* agreedByAnyone(stage);
  }),
  followerCatchesUp: told("a-reconnected-follower", three, function* (stage): Story {
    const leader = yield* stage.elected();
    const [away = ""] = stage.but(leader);
    yield* stage.agreed(leader, stage.cluster.ids);
    stage.isolate(away);
    const missed = stage.ask(leader, 6);
    yield* stage.applied(missed, stage.but(away));
    yield* stage.pass(500);
    stage.mend();
    yield* stage.applied(missed, [away]);
    yield* agreedByAnyone(stage);
  }),
  noAgreement: told("no-agreement", five, function* (stage): Story {
    const leader = yield* stage.elected();
    yield* stage.agreed(leader, stage.cluster.ids);
    const [a = "", b = "", c = ""] = stage.but(leader);
    stage.isolate(a, b, c);
    for (const id of [a, b, c]) for (const other of [a, b, c]) if (id < other) stage.cut(id, other);
    yield* nothingApplied(stage, leader);
    stage.mend();
    yield* agreedByAnyone(stage);
  }),
  concurrentStarts: told("concurrent-starts", three, function* (stage): Story {
    const leader = yield* stage.elected();
    const commands = stage.ask(leader, 12);
    // What is asked of the others at the same time is refused, and mixes nothing up.
    for (const id of stage.but(leader)) stage.ask(id, 2);
    yield* stage.applied(commands, stage.cluster.ids);
  }),
  rejoin: told("rejoin", three, function* (stage): Story {
    const first = yield* stage.elected();
    yield* stage.agreed(first, stage.cluster.ids);
    stage.isolate(first);
    // Nobody hears of these.
    const lost = stage.ask(first, 3);
    yield* stage.logged(lost[2] as string, [first]);
    const second = yield* stage.elected(stage.but(first));
    yield* stage.agreed(second, stage.but(first));
    stage.isolate(second);
    stage.ask(second, 2);
    yield* stage.pass(50);
    stage.mend();
    stage.isolate(second);
    const third = yield* stage.elected(stage.but(second));
    yield* stage.agreed(third, stage.but(second), 2);
    stage.mend();
    yield* agreedByAnyone(stage);
  }),
  backUp: told("back-up", five, function* (stage): Story {
    const first = yield* stage.elected();
    yield* stage.agreed(first, stage.cluster.ids);
    const [a = "", ...others] = stage.but(first);
    stage.isolate(first, a);
    const wrong = stage.ask(first, 15);
    yield* stage.logged(wrong.at(-1) as string, [first, a]);
    const second = yield* stage.elected(others);
    yield* stage.agreed(second, others, 15);
    const [b = "", c = ""] = others.filter((id) => id !== second);
    stage.isolate(b);
    stage.mend();
    stage.isolate(second, c);
    stage.isolate(first, a, b);
    const more = stage.ask(second, 15);
    yield* stage.logged(more.at(-1) as string, [second, c]);
    const third = yield* stage.elected([first, a, b]);
    yield* stage.agreed(third, [first, a, b], 15);
    stage.mend();
    yield* agreedByAnyone(stage);
  }),
  pausedLeader: told("paused-leader", three, function* (stage): Story {
    const first = yield* stage.elected();
    yield* stage.agreed(first, stage.cluster.ids);
    stage.sim.pause(first);
    stage.ask(first);
    const second = yield* stage.elected(stage.but(first));
    yield* stage.agreed(second, stage.but(first), 2);
    stage.sim.resume(first);
    yield* agreedByAnyone(stage);
  }),
};

const wait = "a client that asks where a majority is waits no longer than 2 s for an answer (invariant 10)";

/** Again and again others are cut off. Whoever asks on the side of the majority is answered before long. */
export const repartition = told(
  "repartition",
  { members: servers(5), isDurable: true },
  function* (stage): Story {
    yield* agreedByAnyone(stage);
    for (let round = 0; round < 12; round++) {
      const away = [1 + (round % 5), 1 + ((round * 2 + 1) % 5)].map((n) => `n${n}`);
      const fromMs = stage.sim.now;
      stage.mend();
      stage.isolate(...away);
      const leader = yield* stage.elected(stage.but(...away));
      yield* stage.agreed(leader, [leader]);
      const tookMs = stage.sim.now - fromMs;
      const text = `${away.join(", ")} were cut off. ${tookMs} ms later the first command was answered on the other side, by ${leader}.`;
      stage.claim(tookMs <= 2_000, wait, text);
    }
    stage.mend();
    yield* agreedByAnyone(stage);
  },
);

/** For a while, a leader that reaches no majority applies nothing. */
function* nothingApplied(stage: Stage, leader: NodeId): Story {
  const before = stage.cluster.watch.lastCommitted;
  stage.ask(leader, 2);
  const untilMs = stage.sim.now + 1_000;
  const isOver = () => {
    const now = stage.cluster.watch.lastCommitted;
    const text = `${leader} led and could reach no majority, nor could anybody else. Yet entry ${now} was applied.`;
    stage.claim(now === before, majority, text);
    return stage.sim.now >= untilMs;
  };
  yield ["nothing is applied for 1000 ms, as no majority can be reached", isOver];
}

/** Somebody leads, and gets a command through to everybody; what is read after it is right. */
export function* agreedByAnyone(stage: Stage): Story {
  const all = [...stage.cluster.members];
  yield* stage.agreed(yield* stage.elected(all), all);
  stage.read(yield* stage.elected(all));
  yield* stage.agreed(yield* stage.elected(all), all);
}
