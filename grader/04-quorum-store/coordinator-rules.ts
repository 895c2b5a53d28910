import type { NodeId } from "#lib/sim";
import type { Exercise, ReplicaConfig, Row } from "#protocol/04-quorum-store";
import { claim } from "../suite/index.ts";
import { Bench, five, isBelow, isEqual, plain, replyText, row, rowText, versionText } from "./bench.ts";

type Class = Exercise["Replica"];

/** Long enough for a design that asks the others only when the first do not answer. */
const soon = 3 * plain.retryMs;

const sizes = ({ replicas, w, r }: ReplicaConfig) => `N = ${replicas.length}, W = ${w}, R = ${r}`;

/** Who answers, in words. */
function up(bench: Bench, nodes: readonly NodeId[]): string {
  const names = bench.self === "n6" ? nodes : [`${bench.self} itself`, ...nodes];
  return names.length === 0
    ? "nobody answers"
    : `${names.join(", ")} ${names.length > 1 ? "answer" : "answers"}`;
}

/** Every list of `size` of these nodes, in their order. */
function some(nodes: readonly NodeId[], size: number): NodeId[][] {
  if (size === 0) return [[]];
  return nodes.flatMap((node, i) => some(nodes.slice(i + 1), size - 1).map((rest) => [node, ...rest]));
}

export function enoughIsEnough(Replica: Class): void {
  for (const config of [plain, five]) {
    const others = config.replicas.slice(1);
    for (const nodes of some(others, config.w - 1)) {
      const n1 = new Bench(Replica, config);
      const put = n1.ask("put", "x", "a");
      n1.run(nodes, soon);
      claim(
        n1.written(put)?.outcome === "ok",
        `${sizes(config)}, and ${up(n1, nodes)}: put x = a should be ok after ${soon} ms, and there is ${replyText(n1.written(put))} (invariant 8)`,
      );
      const get = n1.ask("get", "x");
      n1.run(nodes, soon);
      const reply = n1.read(get);
      claim(
        reply?.outcome === "ok" && reply.value === "a",
        `${sizes(config)}, and ${up(n1, nodes)}: after put x = a was acknowledged, get x should give a, and there is ${replyText(reply)} (invariants 4 and 8)`,
      );
    }
  }
}

export function countsReplicas(Replica: Class): void {
  for (const [config, self, nodes, times] of [
    [plain, "n1", [], 1],
    [five, "n1", ["n2"], 1],
    [five, "n1", ["n2"], 3],
    [five, "n1", ["n5"], 2],
    [plain, "n6", ["n2"], 3],
    [five, "n6", ["n2", "n4"], 2],
    [plain, "n6", [], 1],
  ] as const) {
    const it = new Bench(Replica, config, self);
    const get = it.ask("get", "x");
    // The question of the write is answered by all, so that it comes to its second half.
    const write = new Bench(Replica, config, self);
    const put = write.ask("put", "x", "a");
    for (let ms = 0; ms < 2 * config.timeoutMs; ms += 25) {
      it.answer(nodes, times);
      write.answer(nodes, times, config.replicas);
      for (const bench of [it, write]) bench.advance(25);
    }
    const copies = times > 1 ? `, and each answer comes ${times} times` : "";
    claim(
      it.read(get)?.outcome !== "ok",
      `${sizes(config)}. ${it.self} coordinates, ${up(it, nodes)}${copies}: get x cannot have heard ${config.r} replicas, and there is ${replyText(it.read(get))} (invariant 1)`,
    );
    claim(
      write.written(put)?.outcome !== "ok",
      `${sizes(config)}. ${write.self} coordinates put x = a, ${up(write, nodes)} Store${copies}: it cannot be on ${config.w} replicas, and there is ${replyText(write.written(put))} (invariants 1 and 3)`,
    );
  }
}

export function usesBothSizes(Replica: Class): void {
  const others = ["n2", "n3"];
  for (const [w, r, op, nodes, outcome] of [
    [3, 1, "get", [], "ok"],
    [3, 1, "put", ["n2"], "info"],
    [3, 1, "put", others, "ok"],
    [1, 3, "get", ["n2"], "fail"],
    [1, 3, "get", others, "ok"],
  ] as const) {
    const config = { ...plain, w, r };
    const n1 = new Bench(Replica, config);
    const id = n1.ask(op, "x", "a");
    n1.run(nodes, 2 * plain.timeoutMs);
    const reply = op === "get" ? n1.read(id) : n1.written(id);
    claim(
      reply?.outcome === outcome,
      `${sizes(config)}, and ${up(n1, nodes)}: the outcome of ${op} x should be ${outcome}, and there is ${replyText(reply)}`,
    );
  }
}

export function givesTheNewest(Replica: Class): void {
  const [older, newer] = [row("x", 6, "n5", "old"), row("x", 7, "n2", "new")];
  const rows = [newer, older, older, null] as const;
  for (let shift = 0; shift < 4; shift++) {
    // Three of five answer; one of them, or more, has the newer row.
    const n6 = new Bench(Replica, five, "n6");
    const nodes = ["n2", "n4", "n5"];
    const found = nodes.map((_, i) => rows[(i + shift) % 4] as Row | null);
    for (const [i, node] of nodes.entries()) if (found[i]) n6.peers.get(node)?.set("x", found[i]);
    checkRead(n6, nodes, found);
  }
  for (const found of [
    [null, null, older],
    [older, null, null],
    [row("x", 4, "n1", "one"), row("x", 4, "n3", "three"), row("x", 4, "n2", "two")],
    [row("x", 4, "n3", "three"), row("x", 4, "n2", "two"), row("x", 4, "n1", "one")],
    [row("x", 9, "n1", "nine"), row("x", 10, "n1", "ten"), row("x", 8, "n1", "eight")],
    [row("x", 9, "n1", "nine"), row("x", 10, "n1", ""), row("x", 8, "n1", "eight")],
    [null, null, null],
  ]) {
    const n6 = new Bench(Replica, plain, "n6");
    const two = found.slice(0, 2);
    for (const [i, it] of two.entries()) if (it) n6.peers.get(`n${i + 1}`)?.set("x", it);
    checkRead(n6, ["n1", "n2"], two);
    const wide = new Bench(Replica, { ...plain, r: 3 }, "n6");
    for (const [i, it] of found.entries()) if (it) wide.peers.get(`n${i + 1}`)?.set("x", it);
    checkRead(wide, ["n1", "n2", "n3"], found);
  }
}

function checkRead(bench: Bench, nodes: readonly NodeId[], found: readonly (Row | null)[]): void {
  const id = bench.ask("get", "x");
  bench.run(nodes, soon);
  const reply = bench.read(id);
  const best = found.reduce((a, b) => (b && isBelow(a?.version, b.version) ? b : a), null);
  const answers = nodes.map((node, i) => `${node} answered ${rowText(found[i])}`).join(", ");
  claim(
    reply?.outcome === "ok" && reply.value === (best?.value ?? null) && isEqual(reply.version, best?.version),
    `${answers}: get x should give ${best ? rowText(best) : "nothing"}, and there is ${replyText(reply)} (invariants 4 and 5)`,
  );
}

export function newVersions(Replica: Class): void {
  for (const counter of [0, 41, 1e15]) {
    for (const node of ["n1", "n3"]) {
      const n1 = new Bench(Replica, plain);
      const there = row("x", counter, node, "before");
      if (counter > 0) n1.peers.get("n2")?.set("x", there);
      const id = n1.ask("put", "x", "a");
      n1.run(["n2"], soon);
      const reply = n1.written(id);
      const found = counter > 0 ? rowText(there) : "no row";
      claim(
        reply?.outcome === "ok" && reply.version !== null,
        `n1 and n2 answer: put x = a should be ok, and there is ${replyText(reply)}`,
      );
      const isRight = reply.version.counter > counter && reply.version.node === "n1";
      claim(
        isRight,
        `n2 answered ${found} to the Fetch of put x = a, which n1 coordinates: its version should be n1's with a counter above ${counter}, and it is ${versionText(reply.version)} (invariant 5)`,
      );
      const store = n1.sent("Store", "n2").at(-1)?.message;
      claim(
        isEqual(store?.version, reply.version),
        `n1 answered ${replyText(reply)}, and the Store that it sent to n2 has version ${versionText(store?.version)}`,
      );
    }
  }
}

export function neverTwice(Replica: Class): void {
  const n1 = new Bench(Replica, plain);
  const ids = ["a", "b"].map((value) => n1.ask("put", "x", value));
  n1.run(["n2"], soon);
  const [a, b] = ids.map((id) => n1.written(id)?.version);
  const both = "Put x = a and put x = b were open at n1 at the same time";
  claim(
    a !== undefined && b !== undefined && a !== null && b !== null,
    `${both}, and n1 and n2 answer: both should be ok, and there is ${ids.map((id) => replyText(n1.written(id))).join(" and ")}`,
  );
  claim(
    !isEqual(a, b),
    `${both}. They got the versions ${versionText(a)} and ${versionText(b)}, and a version is of one write (invariant 5)`,
  );
  // n6 keeps no rows, so what it knows after a crash is what it has written down.
  const probe = new Bench(Replica, plain, "n6");
  probe.ask("put", "x", "a");
  for (const crash of afterQuorum(probe, (n6, from, message) => n6.crashesAt(from, message))) {
    const n6 = new Bench(Replica, plain, "n6");
    n6.ask("put", "x", "a");
    const sent = afterQuorum(n6, (bench, from, message) => bench.receiveAndCrash(from, message, crash));
    const before = sent.flatMap(({ message }) => (message.type === "Store" ? [message.version] : []));
    checkFresh(n6, before, crash.text);
  }
  const n6 = new Bench(Replica, plain, "n6");
  n6.ask("put", "x", "a");
  afterQuorum(n6, (bench, from, message) => bench.receive(from, message));
  n6.advance(soon);
  n6.crash();
  checkFresh(
    n6,
    n6.sent("Store").map((it) => it.message.version),
    "n6 crashed",
  );
}

/** Two replicas answer the Fetch of the open put; the second answer goes through `last`. */
function afterQuorum<T>(
  n6: Bench,
  last: (n6: Bench, from: NodeId, message: ReturnType<typeof fetchReply>) => T,
): T {
  if (n6.sent("Fetch").length < 2) n6.advance(plain.retryMs);
  const [first, second] = n6.sent("Fetch");
  claim(
    first !== undefined && second !== undefined,
    `n6 coordinates put x = a, with R = 2: it should send Fetch to two replicas or more within ${plain.retryMs} ms, and it sent ${n6.sent("Fetch").length}`,
  );
  n6.receive(first.to, fetchReply(first.message));
  return last(n6, second.to, fetchReply(second.message));
}

function fetchReply({ op, key }: { readonly op: string; readonly key: string }) {
  return { type: "FetchReply", op, key, row: null } as const;
}

function checkFresh(n6: Bench, before: readonly { counter: number; node: NodeId }[], what: string): void {
  const id = n6.ask("put", "x", "b");
  n6.run(["n2", "n3"], soon);
  const version = n6.written(id)?.version;
  claim(
    version !== undefined && version !== null,
    `After a restart, put x = b should be ok: ${replyText(n6.written(id))}`,
  );
  const twice = before.find((it) => isEqual(it, version));
  claim(
    !twice,
    `n6 had sent Store x = a with version ${versionText(twice)}; ${what}; after its restart it gave put x = b the version ${versionText(version)} again: a version is of one write (invariant 5)`,
  );
}
