import type { Exercise, Message } from "#protocol/04-quorum-store";
import { claim } from "../suite/index.ts";
import { Bench, five, plain, replyText, row } from "./bench.ts";

type Class = Exercise["Replica"];

const { retryMs, timeoutMs } = plain;
const others = ["n2", "n3", "n4", "n5"];

/** A request has one answer, whatever comes after it. */
export function isAnsweredOnce(n1: Bench, id: number, what: string): void {
  const answers = n1.answersTo(id);
  claim(
    answers.length === 1,
    `${what}, and its answers are ${answers.map(replyText).join(", then ") || "none"}: a request has one (invariant 8)`,
  );
}

/** timeoutMs is over: nothing more is sent for what was asked before. */
export function isOver(n1: Bench, what: string): void {
  const before = n1.everSent.length;
  n1.advance(3 * timeoutMs);
  const late = n1.everSent
    .slice(before)
    .find(({ message: { type } }) => type === "Fetch" || type === "Store" || type === "Hint");
  claim(
    late === undefined,
    `${what}. After timeoutMs, ${timeoutMs}, n1 still sent ${late?.message.type} to ${late?.to}: an operation that is over sends nothing, and graceMs is only longer than that`,
  );
}

/** A put to five that `confirming` confirm, when everybody has told what is there. */
function put(Replica: Class, confirming: readonly string[]): { n1: Bench; id: number } {
  const n1 = new Bench(Replica, five);
  const id = n1.ask("put", "x", "a");
  for (let ms = 0; ms <= timeoutMs; ms += retryMs / 2) {
    n1.answer(confirming, 1, five.replicas);
    n1.advance(retryMs / 2);
  }
  return { n1, id };
}

export function answeredOnce(Replica: Class): void {
  const done = put(Replica, others);
  isAnsweredOnce(done.n1, done.id, "Five replicas, one after the other, confirmed put x = a, and W is 3");

  const missed = put(Replica, ["n2"]);
  for (const { to, message } of missed.n1.sent("Store"))
    missed.n1.receive(to, missed.n1.replyOf(to, message) as Message);
  missed.n1.advance(timeoutMs);
  isAnsweredOnce(
    missed.n1,
    missed.id,
    "When timeoutMs was over for put x = a, two of five had confirmed it. Then the others did",
  );

  for (const nodes of [["n2", "n3"], ["n2"]]) {
    const n1 = new Bench(Replica, five);
    n1.peers.get("n5")?.set("x", row("x", 7, "n5", "new"));
    const id = n1.ask("get", "x");
    if (nodes.length === 1) n1.run(nodes, timeoutMs + 1);
    else n1.answer(nodes);
    const asked = n1.sent("Fetch").filter(({ to }) => !nodes.includes(to));
    for (const { to, message } of asked) n1.receive(to, n1.replyOf(to, message) as Message);
    n1.run(others, 2 * timeoutMs);
    const what = nodes.length === 1 ? "When timeoutMs was over for get x, n1 and n2" : "n1, n2 and n3";
    isAnsweredOnce(n1, id, `${what} had answered, and R is 3. Then n4 and n5 answered, who has new (7, n5)`);
  }
}

/** The time counts from the request, and not from the second round; and when it is over, it is over. */
export function timeIsOver(Replica: Class): void {
  const n1 = new Bench(Replica, five);
  const id = n1.ask("put", "x", "a");
  n1.run([], timeoutMs - 2 * retryMs);
  for (let ms = 0; ms <= 2 * retryMs; ms += 10) {
    n1.answer([], 1, five.replicas);
    n1.advance(10);
  }
  isAnsweredOnce(
    n1,
    id,
    `Everybody answered the Fetch of put x = a ${2 * retryMs} ms before its timeoutMs was over, and nobody its Store. The time is over`,
  );
  isOver(put(Replica, ["n2"]).n1, "Of five replicas, n1 and n2 confirmed put x = a");
  const get = new Bench(Replica, five);
  get.ask("get", "x");
  get.run(["n2"], timeoutMs + 1);
  isOver(get, "Of five replicas, n1 and n2 answered get x");
}
