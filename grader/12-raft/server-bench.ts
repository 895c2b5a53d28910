import { app, type NodeId, Solo } from "#lib/sim";
import type {
  AppendEntries,
  Entry,
  Exercise,
  RaftConfig,
  RaftMessage,
  RaftTimer,
  Report,
  RequestVote,
} from "#protocol/12-raft";
import { type Crash, claim, crashesAmong } from "../suite/index.ts";
import type { HonestFollower } from "./honest-follower.ts";

export type RaftClass = Exercise["Raft"];
export type Sent = readonly { readonly to: NodeId; readonly message: RaftMessage }[];
type OfType<T extends RaftMessage["type"]> = Extract<RaftMessage, { readonly type: T }>;

export const three = ["n1", "n2", "n3"];
export const five = ["n1", "n2", "n3", "n4", "n5"];

/** A design may gather what it sends, and apply lazily: for so long (see `onPropose`). */
export const gatherMs = 10;

export const config: RaftConfig = {
  members: three,
  electionMinMs: 150,
  electionMaxMs: 300,
  heartbeatMs: 50,
  maxEntries: 1_000,
  preVote: false,
};

export const command = (term: number, text: string): Entry => ({ type: "Command", term, command: text });

/** The log of these terms, each entry a command: `logOf(1, 1, 2)`. The command says where it stands, "e3". */
export const logOf = (...terms: readonly number[]): Entry[] =>
  terms.map((term, i) => command(term, `e${i + 1}`));

/** The server n1 alone; the test is everyone else, its application too. */
export class ServerBench {
  readonly solo: Solo<RaftMessage, RaftTimer>;
  readonly config: RaftConfig;
  readonly #make: () => InstanceType<RaftClass>;

  constructor(Raft: RaftClass, settings: Partial<RaftConfig> = {}, seed = 1) {
    this.config = { ...config, ...settings };
    this.#make = () => new Raft(this.config);
    const peers = ["n2", "n3", "n4", "n5", "n6", "n7"];
    this.solo = new Solo(this.#make(), { self: "n1", peers, seed });
  }

  /** Its log, entry 1 first, safe or not. */
  log(): readonly Entry[] {
    return this.solo.written.entries as never;
  }

  /** A message arrives, and what it brings about is sent: at once, or a little later if the design gathers. */
  hear(from: NodeId, message: RaftMessage): Sent {
    const before = this.solo.sent.length;
    this.solo.receive(from, message);
    this.solo.advance(gatherMs);
    return this.solo.sent.slice(before);
  }

  /** Its application asks. */
  ask(message: RaftMessage): Sent {
    return this.hear(app, message);
  }

  /** Time passes until a message of this type is sent, or too much of it has. Gives everything that was sent with it. */
  waitFor<T extends RaftMessage["type"]>(type: T, atMostMs = 2 * this.config.electionMaxMs): Sent {
    for (let ms = 0; ms < atMostMs; ms++) {
      const sent = this.solo.advance(1);
      if (messagesIn(sent, type).length > 0) return sent;
    }
    return [];
  }

  /** No leader speaks: it stands for election. Gives its RequestVote. */
  stand(when = "n1 has heard nothing for two election time-outs"): RequestVote {
    const [request] = messagesIn(this.waitFor("RequestVote"), "RequestVote");
    claim(request !== undefined, `${when}: it should send RequestVote, and it sends none`);
    return request.message;
  }

  /** It stands, and as many others as it takes vote for it. Gives what it sent as leader, and its term. */
  lead(): { readonly term: number; readonly sent: Sent } {
    const { term } = this.stand();
    const sent: (typeof this.solo.sent)[number][] = [];
    const others = this.config.members.filter((id) => id !== "n1");
    for (const from of others.slice(0, Math.floor(this.config.members.length / 2))) {
      sent.push(...this.hear(from, { type: "RequestVoteReply", term, voteGranted: true }));
    }
    const told = reportsIn(sent, "BecameLeader");
    claim(
      told.length === 1,
      `n1 has a majority of the votes in term ${term}: it should tell its application BecameLeader, once, and it tells it ${told.length} times`,
    );
    return { term, sent };
  }

  /** n2 leads a term, and sends entries that follow on those up to `prevLogIndex`. */
  append(message: Partial<AppendEntries> & { readonly term: number }, from = "n2"): Sent {
    const rest = { prevLogIndex: 0, prevLogTerm: 0, entries: [], leaderCommit: 0 };
    return this.hear(from, { type: "AppendEntries", ...rest, ...message });
  }

  /** It has this log, from a leader n2 of `term` (the last entry's, unless told), and knows nothing of it to be committed. */
  withLog(entries: readonly Entry[], term = entries.at(-1)?.term ?? 1): this {
    const [reply] = messagesIn(this.append({ term, entries }), "AppendEntriesReply");
    claim(
      reply?.message.success === true,
      `n2, leader of term ${term}, sends n1, whose log is empty, its first ${entries.length} entries: n1 should answer success`,
    );
    return this;
  }

  /**
   * It leads, and these followers answer as they should, to everything that it sends, for so long. What it sent is given.
   * Whoever is not named does not answer.
   */
  serve(followers: readonly HonestFollower[], ms = 0, first: Sent = []): Sent {
    const all: (typeof this.solo.sent)[number][] = [];
    let waiting = [...first];
    for (let left = ms; ; left--) {
      for (let rounds = 0; waiting.length > 0 && rounds < 2_000; rounds++) {
        const { to, message } = waiting.shift() as Sent[number];
        const answer = followers.find(({ id }) => id === to)?.answer(message);
        if (!answer) continue;
        // One by one: there may be more of them than a call takes arguments.
        for (const it of this.hear(to, answer)) {
          all.push(it);
          waiting.push(it);
        }
      }
      if (left <= 0) return all;
      waiting = [...this.solo.advance(1)];
      for (const it of waiting) all.push(it);
    }
  }

  /** Its memory is gone, and what was not safe; it starts again. Gives what it sends then. */
  crash(): Sent {
    this.solo.crash("none");
    return this.restart();
  }

  restart(): Sent {
    return this.solo.restart(this.#make());
  }

  /** Its memory is gone; it starts again, and crashes again after so many effects of its start. */
  crashTwice(count: number): void {
    this.solo.crash("none");
    this.solo.restartAndCrash(this.#make(), count);
    this.restart();
  }

  /** Every way in which it can crash in the handler of this message. It takes the message, so it is of no use after that. */
  crashesAt(from: NodeId, message: RaftMessage): Crash[] {
    this.solo.receive(from, message);
    return crashesAmong("n1", this.solo.effects);
  }

  /** A message comes, n1 crashes in its handler and starts again. Gives what it sent before the crash. */
  hearAndCrash(from: NodeId, message: RaftMessage, { count, kept }: Crash): Sent {
    const sent = this.solo.receiveAndCrash(from, message, count, kept);
    this.restart();
    return sent;
  }
}

export function messagesIn<T extends RaftMessage["type"]>(
  sent: Sent,
  type: T,
  to?: NodeId,
): { readonly to: NodeId; readonly message: OfType<T> }[] {
  return sent.filter((it) => it.message.type === type && (to === undefined || it.to === to)) as never;
}

/** What it told its application, of one kind. */
export function reportsIn<T extends Report["type"]>(sent: Sent, type: T): OfType<T>[] {
  return messagesIn(sent, type, app).map(({ message }) => message);
}

/** "1 e1, 2 e2": what it told its application to apply. */
export function appliedIn(sent: Sent): string {
  return reportsIn(sent, "Apply")
    .map(({ index, command: what }) => `${index} ${String(what)}`)
    .join(", ");
}

/** "1 1 2": the terms of a log, as the paper draws it. */
export function termsOf(entries: readonly Entry[]): string {
  return entries.length === 0 ? "an empty log" : entries.map(({ term }) => term).join(" ");
}
