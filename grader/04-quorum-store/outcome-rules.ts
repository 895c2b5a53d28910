import type { Exercise, Message } from "#protocol/04-quorum-store";
import { claim } from "../suite/index.ts";
import { Bench, five, isEqual, plain, replyText, row, rowText, versionText } from "./bench.ts";
import { isAnsweredOnce } from "./ending-rules.ts";

type Class = Exercise["Replica"];

export function asksAgain(Replica: Class): void {
  const n1 = new Bench(Replica, five);
  const id = n1.ask("put", "x", "a");
  // The network loses everything for a while; then two answer the question, and nobody the Store; then all answer.
  n1.run([], 2 * plain.retryMs + 20);
  n1.run(["n2", "n3"], 1);
  n1.advance(plain.retryMs);
  n1.answer(["n2", "n3"]);
  n1.run([], plain.retryMs);
  n1.run(["n2", "n3", "n4", "n5"], 2 * plain.retryMs);
  claim(
    n1.written(id)?.outcome === "ok",
    `The first messages of put x = a were lost, and after ${n1.solo.nowMs} ms of ${plain.timeoutMs} everybody could be reached for ${2 * plain.retryMs} ms: it should be ok, and there is ${replyText(n1.written(id))} (invariant 8)`,
  );
  const versions = n1.sent("Store").map(({ message }) => message.version);
  const other = versions.find((version) => !isEqual(version, versions[0]));
  claim(
    other === undefined,
    `n1 sent Store x = a with version ${versionText(versions[0])} and, again, with version ${versionText(other)}: one write, one version (invariant 5)`,
  );
  const get = n1.ask("get", "x");
  n1.run([], 2 * plain.retryMs);
  n1.run(["n4", "n5"], 2 * plain.retryMs);
  claim(
    n1.read(get)?.outcome === "ok",
    `The first messages of get x were lost, and then n4 and n5 could be reached: it should be ok, and there is ${replyText(n1.read(get))} (invariant 8)`,
  );
}

/** A put of x = b that reached n1 and n2, of the five, and nobody else. */
function missedW(Replica: Class): { n1: Bench; id: number } {
  const n1 = new Bench(Replica, five);
  const first = n1.ask("put", "x", "a");
  n1.run(["n2", "n3", "n4", "n5"], 3 * plain.retryMs);
  claim(
    n1.written(first)?.outcome === "ok",
    `Everybody answers, and put x = a got ${replyText(n1.written(first))}`,
  );
  const id = n1.ask("put", "x", "b");
  for (let i = 0; i < 8; i++) {
    n1.answer(["n2"], 1, five.replicas);
    n1.advance(plain.retryMs / 2);
  }
  n1.run(["n2"], 3 * plain.timeoutMs);
  return { n1, id };
}

export function missedIsUnknown(Replica: Class): void {
  const { n1, id } = missedW(Replica);
  const reply = n1.written(id);
  claim(
    reply?.outcome === "info",
    `N = 5, W = 3. Put x = b was stored by n1 and n2, and nobody else answered: its outcome should be info, and there is ${replyText(reply)} (invariant 7)`,
  );
  claim(
    reply.version === null,
    `The outcome of put x = b is info, and WriteReply has version ${versionText(reply.version)}: it has one only if the outcome is ok`,
  );
}

export function nothingIsTakenBack(Replica: Class): void {
  const { n1 } = missedW(Replica);
  n1.run(["n2", "n3", "n4", "n5"], 2 * plain.timeoutMs);
  const [mine, theirs] = [n1.fetch("x"), n1.peers.get("n2")?.get("x")];
  for (const [node, it] of [
    ["n1", mine],
    ["n2", theirs],
  ] as const) {
    claim(
      it?.value === "b",
      `Put x = b missed W, after put x = a. ${node} had stored it, and now it has ${rowText(it)}: a write is never rolled back (invariants 5 and 7)`,
    );
  }
  const strange = n1
    .sent("Store")
    .find(({ message }) => message.value === "a" && message.version.counter >= (mine?.version.counter ?? 0));
  claim(
    strange === undefined,
    `After put x = b had missed W, n1 sent Store x = a with version ${versionText(strange?.message.version)}: a version is of one write (invariants 5 and 7)`,
  );
}

export function patience(Replica: Class): void {
  for (const op of ["put", "get"] as const) {
    const n1 = new Bench(Replica, five);
    const id = n1.ask(op, "x", "a");
    n1.run(["n2"], plain.timeoutMs - 3 * plain.retryMs - 30);
    const early = op === "put" ? n1.written(id) : n1.read(id);
    claim(
      early === undefined,
      `${op} x had ${3 * plain.retryMs + 30} of its ${plain.timeoutMs} ms left, and n1 had given up: ${replyText(early)} (invariant 8)`,
    );
    n1.run(["n2", "n3"], 3 * plain.retryMs);
    const reply = op === "put" ? n1.written(id) : n1.read(id);
    claim(
      reply?.outcome === "ok",
      `n3 answered ${op} x before timeoutMs was over, so that n1, n2 and n3 have: it should be ok, and there is ${replyText(reply)} (invariant 8)`,
    );
    const other = new Bench(Replica, five);
    const alone = other.ask(op, "y", "a");
    other.run(["n2"], plain.timeoutMs + 1);
    isAnsweredOnce(
      other,
      alone,
      `timeoutMs, ${plain.timeoutMs}, is over for ${op} y, which two of five have answered`,
    );
  }
}

export function failedIsFailed(Replica: Class): void {
  const n1 = new Bench(Replica, plain);
  const id = n1.ask("put", "x", "a");
  n1.run([], plain.timeoutMs + 1);
  const reply = n1.written(id);
  claim(
    reply?.outcome === "fail" || reply?.outcome === "info",
    `Nobody answered put x = a for ${plain.timeoutMs} ms: its outcome should be fail, or info, and there is ${replyText(reply)}`,
  );
  const questions = n1.sent("Fetch");
  for (const { to, message } of questions) n1.receive(to, n1.replyOf(to, message) as Message);
  n1.run(["n2", "n3"], plain.timeoutMs);
  const store = n1.sent("Store")[0];
  claim(
    reply.outcome === "info" || (store === undefined && n1.fetch("x") === null),
    `Put x = a got ${replyText(reply)}. Then an answer to its Fetch came, and ${store ? `n1 sent Store x = a to ${store.to}` : "n1 stored x = a"}: what failed never happens (invariant 7)`,
  );
}

export function oldAnswers(Replica: Class): void {
  for (const crashes of [
    "",
    "; n1 crashed and started again",
    "; n1's clock was set back; n1 crashed and started again",
  ]) {
    const n1 = new Bench(Replica, plain);
    n1.ask("get", "x");
    n1.run([], plain.timeoutMs + 1);
    const older = n1.sent("Fetch").filter(({ to }) => to === "n2");
    if (crashes.includes("clock")) n1.solo.clockErrorMs = -n1.solo.nowMs;
    if (crashes) n1.crash();
    // Meanwhile another coordinator has written x to n2 and n3, and it was acknowledged.
    const id = n1.ask("get", "x");
    for (const { message } of older)
      n1.receive("n2", { type: "FetchReply", op: message.op, key: "x", row: null });
    n1.run([], plain.retryMs - 1);
    const what = `n1 asked n2 for x, and got no answer${crashes}. Then x was written. n1 asked anew, and n2's answer to the first question came, no row`;
    claim(
      n1.read(id) === undefined,
      `${what}: it says nothing about now, and n1 answered ${replyText(n1.read(id))} (invariant 4)`,
    );
    n1.peers.get("n2")?.set("x", row("x", 1, "n2", "a"));
    n1.run(["n2"], 3 * plain.retryMs);
    claim(
      n1.read(id)?.value === "a",
      `${what}. Then n2 answered the second question with a (1, n2): get x should give a, and there is ${replyText(n1.read(id))} (invariant 4)`,
    );
  }
}

export function otherConfirmations(Replica: Class): void {
  const n1 = new Bench(Replica, plain);
  const id = n1.ask("put", "x", "a");
  for (let i = 0; i < 3; i++) {
    n1.answer([], 1, ["n2", "n3"]);
    n1.advance(20);
  }
  const version = n1.sent("Store")[0]?.message.version;
  claim(version !== undefined, "R replicas answered the Fetch of put x = a, and n1 sent no Store");
  const older = { counter: version.counter - 1, node: "n3" };
  n1.receive("n2", { type: "StoreReply", key: "x", version: older });
  n1.receive("n3", { type: "StoreReply", key: "y", version });
  n1.receive("n3", { type: "StoreReply", key: "x", version: { counter: version.counter, node: "n3" } });
  claim(
    n1.written(id) === undefined,
    `Put x = a has version ${versionText(version)}. n2 confirmed x ${versionText(older)}, and n3 confirmed y ${versionText(version)} and x (${version.counter}, n3); nobody has confirmed x ${versionText(version)}, and n1 answered ${replyText(n1.written(id))} (invariants 1 and 3)`,
  );
}

export function apart(Replica: Class): void {
  const n1 = new Bench(Replica, plain);
  n1.peers.get("n2")?.set("x", row("x", 5, "n2", "of x"));
  n1.peers.get("n2")?.set("y", row("y", 3, "n3", "of y"));
  const [x, y] = [n1.ask("get", "x"), n1.ask("get", "y")];
  n1.run(["n2"], 3 * plain.retryMs);
  for (const [id, value] of [
    [x, "of x"],
    [y, "of y"],
  ] as const) {
    claim(
      n1.read(id)?.value === value,
      `get x and get y were open at n1 at the same time. One should give ${value}, and there is ${replyText(n1.read(id))}`,
    );
  }
}
