import { Stream } from "#lib/random";
import { app, type Json, type NodeId, Solo } from "#lib/sim";
import type {
  CoordinatorMessage,
  Exercise,
  Submit,
  Told,
  TransactionId,
} from "#protocol/10-two-phase-commit";
import { type Crash, claim, crashesAmong } from "../suite/index.ts";

export type CoordinatorClass = Exercise["Coordinator"];
export type Sent = readonly { readonly to: NodeId; readonly message: CoordinatorMessage }[];

export const times = { retryMs: 200, voteMs: 500 };
export const peers = ["p1", "p2", "p3"];

/** What a participant has to do may be anything: these are no lists of actions. */
export const workOf: { readonly [id: NodeId]: Json } = {
  p1: "update a",
  p2: { sql: ["update b", 7] },
  p3: ["update", null],
};

export function submit(request: string, participants = peers): Submit {
  return {
    type: "Submit",
    request,
    work: Object.fromEntries(participants.map((id) => [id, workOf[id] as Json])),
  };
}

/** What a participant found; p2 has found nothing to tell. */
export const resultOf = (id: NodeId): Json => (id === "p2" ? null : { rows: [`${id}'s`] });

export function yes(id: TransactionId, from: NodeId): CoordinatorMessage {
  return { type: "Vote", id, yes: true, result: resultOf(from) };
}

export function no(id: TransactionId): CoordinatorMessage {
  return { type: "Vote", id, yes: false, result: null };
}

/** The coordinator c alone; the test is its application and the participants p1, p2 and p3. */
export class CoordinatorBench {
  readonly solo: Solo<CoordinatorMessage, unknown>;
  readonly #make: () => InstanceType<CoordinatorClass>;

  constructor(Coordinator: CoordinatorClass, self = "c") {
    this.#make = () => withChanceAgain(new Coordinator(times));
    this.solo = new Solo(this.#make(), { self, peers: [...peers, "p4"] });
  }

  /** The application submits a transaction. Gives its id, which the Prepares tell. */
  submit(request: string, participants = peers): TransactionId {
    const sent = this.solo.receive(app, submit(request, participants));
    const found = sent.flatMap(({ message }) => (message.type === "Prepare" ? [message.id] : []));
    claim(
      found.length > 0,
      `The application submitted ${request}, for ${participants.join(", ")}, and c sent no Prepare`,
    );
    return found[0] as TransactionId;
  }

  yes(id: TransactionId, from: NodeId): Sent {
    return this.solo.receive(from, yes(id, from));
  }

  no(id: TransactionId, from: NodeId): Sent {
    return this.solo.receive(from, no(id));
  }

  ack(id: TransactionId, from: NodeId): Sent {
    return this.solo.receive(from, { type: "Ack", id });
  }

  /** What somebody who is in doubt is answered. */
  inquire(id: TransactionId, from: NodeId): string[] {
    return saidTo(this.solo.receive(from, { type: "Inquire", id }), from, id);
  }

  /** A transaction for which all have voted yes. */
  committed(request: string, participants = peers): TransactionId {
    const id = this.submit(request, participants);
    const sent = participants.flatMap((from) => this.yes(id, from));
    const told = toldIn(sent).map(({ outcome }) => outcome);
    claim(
      told.includes("commit"),
      `${participants.join(", ")} have voted yes for ${id}, and c has told its application ${told[0] ?? "nothing"}: all yes is a commit (invariant 3)`,
    );
    return id;
  }

  crash(): Sent {
    this.solo.crash("none");
    return this.solo.restart(this.#make());
  }

  /** Every way in which it can crash when this message comes. It takes the message, so it is of no use after that. */
  crashesAt(from: NodeId, message: CoordinatorMessage): Crash[] {
    this.solo.receive(from, message);
    return crashesAmong("c", this.solo.effects);
  }

  /** A message comes, c crashes in its handler, and starts again: what it sent before, and what after. */
  receiveAndCrash(
    from: NodeId,
    message: CoordinatorMessage,
    { count, kept }: Crash,
  ): { before: Sent; after: Sent } {
    const before = this.solo.receiveAndCrash(from, message, count, kept);
    return { before, after: this.solo.restart(this.#make()) };
  }

  /** How many syncs a call takes. */
  syncs(call: () => unknown): number {
    call();
    return this.solo.effects.filter(({ effect }) => effect === "sync").length;
  }
}

type CoordinatorNode = InstanceType<CoordinatorClass>;

/** The same node, for which each life draws the same random numbers: nothing promises that they differ. */
function withChanceAgain(node: CoordinatorNode): CoordinatorNode {
  const random = new Stream(1, "again in each life");
  type Handed = Parameters<CoordinatorNode["onMessage"]>[0];
  const handed = (ctx: Handed): Handed => ({
    self: ctx.self,
    get now() {
      return ctx.now;
    },
    disk: ctx.disk,
    random,
    clock: () => ctx.clock(),
    send: (to, message) => ctx.send(to, message),
    setTimer: (timer, delayMs) => ctx.setTimer(timer, delayMs),
    cancelTimer: (timer) => ctx.cancelTimer(timer),
    log: (text) => ctx.log(text),
  });
  return {
    onStart: (ctx) => node.onStart?.(handed(ctx)),
    onMessage: (ctx, from, message) => node.onMessage(handed(ctx), from, message),
    onTimer: (ctx, timer) => node.onTimer?.(handed(ctx), timer),
  };
}

/** What somebody is told about a transaction, without repetitions. */
export function saidTo(sent: Sent, to: NodeId, id: TransactionId): string[] {
  const said = sent.flatMap((it) =>
    it.to === to && "id" in it.message && it.message.id === id ? [it.message.type] : [],
  );
  return [...new Set(said)];
}

/** Who gets such a message about a transaction. */
export function whoGets(sent: Sent, type: CoordinatorMessage["type"], id: TransactionId): NodeId[] {
  const got = sent.flatMap(({ to, message }) =>
    message.type === type && "id" in message && message.id === id ? [to] : [],
  );
  return [...new Set(got)].sort();
}

export function toldIn(sent: Sent): Told[] {
  return sent.flatMap(({ to, message }) => (to === app && message.type === "Told" ? [message] : []));
}
