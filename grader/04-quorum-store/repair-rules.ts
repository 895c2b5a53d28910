import type { Exercise, Message, Row } from "#protocol/04-quorum-store";
import { claim } from "../suite/index.ts";
import { Bench, five, isEqual, plain, row, rowText } from "./bench.ts";

type Class = Exercise["Replica"];

const { retryMs, timeoutMs } = plain;
const [a1, b2, c3] = [row("x", 1, "n1", "a"), row("x", 2, "n1", "b"), row("x", 3, "n2", "c")];

/** What a peer says to the Fetch that it was sent, however late; false if it was sent none. */
function answerLate(n1: Bench, node: string): boolean {
  const question = n1.sent("Fetch", node)[0]?.message;
  if (question) n1.receive(node, n1.replyOf(node, question) as Message);
  return question !== undefined;
}

/** n1, n2 and n3 answer, and R is 3; then n4 and n5 come, each with a newer row than was known before. */
export function lateAnswers(Replica: Class): void {
  for (const [fourth, fifth] of [
    [b2, c3],
    [c3, b2],
    [a1, c3],
  ] as const) {
    const n1 = new Bench(Replica, { ...five, readRepair: true });
    n1.store(a1);
    const rows: Record<string, Row> = { n2: a1, n3: a1, n4: fourth, n5: fifth };
    for (const [node, it] of Object.entries(rows)) n1.peers.get(node)?.set("x", it);
    n1.ask("get", "x");
    n1.run(["n2", "n3"], retryMs / 2);
    // Who asks R replicas only, and no more unless they are silent, waits for no late answers.
    if (!answerLate(n1, "n4") || !answerLate(n1, "n5")) continue;
    n1.run(["n2", "n3", "n4", "n5"], retryMs);
    for (const node of ["n1", "n2", "n3", "n4", "n5"]) {
      const it = node === "n1" ? n1.fetch("x") : n1.peers.get(node)?.get("x");
      claim(
        isEqual(it?.version, c3.version),
        `n1, n2 and n3 answered get x with ${rowText(a1)}, which is R. Then n4 answered ${rowText(fourth)}, and then n5 ${rowText(fifth)}, before timeoutMs. ${node} should have ${rowText(c3)}, and it has ${rowText(it)} (invariant 9)`,
      );
    }
  }
}

/** The read is over, well or badly, and its time too; then n3 answers. */
export function repairsInTime(Replica: Class): void {
  for (const nodes of [["n2"], []]) {
    const n1 = new Bench(Replica, { ...plain, readRepair: true });
    n1.store(b2);
    n1.peers.get("n2")?.set("x", b2);
    n1.peers.get("n3")?.set("x", a1);
    n1.ask("get", "x");
    n1.run(nodes, timeoutMs + 1);
    for (const late of ["n2", "n3"].filter((node) => !nodes.includes(node))) answerLate(n1, late);
    const store = n1.sent("Store")[0];
    claim(
      store === undefined,
      `timeoutMs was over for get x, ${nodes.length > 0 ? "which n1 and n2 had answered" : "which nobody but n1 had answered"}, when n3 answered ${rowText(a1)}, and n1 sent ${store?.to} Store with ${rowText(store?.message)}: what was found so long ago may have been deleted and collected since`,
    );
  }
}

export function repairsWhereTold(Replica: Class): void {
  const n1 = new Bench(Replica, plain);
  n1.store(b2);
  n1.peers.get("n2")?.set("x", a1);
  n1.ask("get", "x");
  n1.run(["n2", "n3"], 2 * retryMs);
  const count = n1.sent("Store").length;
  claim(
    count === 0,
    `readRepair is false. n1 had ${rowText(b2)}, n2 answered ${rowText(a1)}, and get x sent ${count} Stores`,
  );
}
