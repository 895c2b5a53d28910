import { type NodeId, Solo } from "#lib/sim";
import type { Exercise, GetReply, Share, Siblings, StoreMessage, Vector } from "#protocol/08-clocks";
import { type Crash, claim, crashesAmong } from "../suite/index.ts";

export const shareMs = 100;

type Sent = readonly { readonly to: NodeId; readonly message: StoreMessage }[];

/** One server alone, n1; the test is its clients, and the other servers n2 and n3. */
export class StoreBench {
  readonly solo: Solo<StoreMessage, unknown>;
  readonly #make: () => InstanceType<Exercise["Store"]>;
  #request = 0;

  constructor(Store: Exercise["Store"]) {
    this.#make = () => new Store({ peers: ["n2", "n3"], shareMs });
    this.solo = new Solo(this.#make(), { self: "n1", peers: ["n2", "n3", "c1", "c2"] });
  }

  get(key: string): GetReply {
    const request = ++this.#request;
    const sent = this.solo.receive("c2", { type: "Get", request, key });
    const replies = sent.flatMap(({ to, message }) =>
      to === "c2" && message.type === "GetReply" && message.request === request ? [message] : [],
    );
    claim(
      replies.length === 1,
      `A Get of ${key} with request ${request} got ${replies.length} GetReplies with that number: it should get one`,
    );
    return replies[0] as GetReply;
  }

  values(key: string): string[] {
    return [...new Set(this.get(key).values)].sort();
  }

  /** Puts, and demands the answer. */
  put(key: string, value: string, context: Vector = {}): void {
    const request = ++this.#request;
    const sent = this.solo.receive("c1", { type: "Put", request, key, value, context });
    claim(
      isAnswered(sent, request),
      `A Put of ${key} = ${value} with request ${request} got no PutReply with that number`,
    );
  }

  share(from: NodeId, key: string, siblings: Siblings): void {
    this.solo.receive(from, { type: "Share", key, siblings });
  }

  /** Every way in which the server can crash in a Put of this. It takes the Put, so it is of no use after that. */
  crashesAt(key: string, value: string, context: Vector): Crash[] {
    this.solo.receive("c1", { type: "Put", request: ++this.#request, key, value, context });
    return crashesAmong("n1", this.solo.effects);
  }

  /** A Put comes, the server crashes in its handler, and starts again. */
  putAndCrash(key: string, value: string, context: Vector, { count, kept }: Crash) {
    const request = ++this.#request;
    const sent = this.solo.receiveAndCrash("c1", { type: "Put", request, key, value, context }, count, kept);
    this.restart();
    return { isAnswered: isAnswered(sent, request), shares: sharesIn(sent) };
  }

  crash(): void {
    this.solo.crash("none");
    this.restart();
  }

  restart(): void {
    this.solo.restart(this.#make());
  }

  /** What it sends its peers in this time, without being asked. */
  sharesWithin(ms: number): { readonly to: NodeId; readonly message: Share }[] {
    this.solo.clearSent();
    this.solo.advance(ms);
    return sharesIn(this.solo.sent);
  }

  /** What it knows of a key, as it tells n2. */
  told(key: string): Siblings {
    const share = this.sharesWithin(shareMs + 1).findLast(
      ({ to, message }) => to === "n2" && message.key === key,
    );
    claim(share !== undefined, `n1 has ${key}, and sent n2 no Share of it for ${shareMs + 1} ms`);
    return share.message.siblings;
  }
}

function isAnswered(sent: Sent, request: number): boolean {
  return sent.some(
    ({ to, message }) => to === "c1" && message.type === "PutReply" && message.request === request,
  );
}

function sharesIn(sent: Sent): { readonly to: NodeId; readonly message: Share }[] {
  return sent.flatMap(({ to, message }) => (message.type === "Share" ? [{ to, message }] : []));
}
