import { app } from "#lib/sim";
import { claim, same } from "../suite/index.ts";
import {
  CoordinatorBench,
  type CoordinatorClass,
  peers,
  resultOf,
  submit,
  times,
  toldIn,
  whoGets,
  workOf,
  yes,
} from "./coordinator-bench.ts";

export function prepares(Coordinator: CoordinatorClass): void {
  const c = new CoordinatorBench(Coordinator);
  const sent = c.solo.receive(app, submit("r1"));
  const ids = new Set<string>();
  for (const peer of peers) {
    const found = sent.flatMap(({ to, message }) =>
      to === peer && message.type === "Prepare" ? [message] : [],
    );
    claim(
      found.length === 1,
      `The application submitted r1, for p1, p2 and p3: ${peer} got ${found.length} Prepares, and should get one`,
    );
    const [{ id, work, participants }] = found as [(typeof found)[0]];
    ids.add(id);
    same(work, workOf[peer], `The work in the Prepare for ${peer}`);
    same([...participants].sort(), peers, `The participants in the Prepare for ${peer}`);
  }
  claim(ids.size === 1, `One transaction has one id, and its three Prepares have ${[...ids].join(" and ")}`);
  same(toldIn(sent), [], "What the application is told when nobody has voted");
}

export function waitsForAll(Coordinator: CoordinatorClass): void {
  const c = new CoordinatorBench(Coordinator);
  const id = c.submit("r1");
  const early = [
    ...c.yes(id, "p1"),
    ...c.yes(id, "p2"),
    ...c.yes(id, "p1"),
    ...c.yes(id, "p2"),
    ...c.yes(id, "p4"),
  ];
  const text = `p1 and p2 have voted yes for ${id}, each twice, and p4, which takes no part, has voted yes; p3 has not voted`;
  same(toldIn(early), [], `${text}. What the application is told (invariant 3)`);
  same(whoGets(early, "Commit", id), [], `${text}. Who gets Commit (invariant 3)`);
  const sent = c.yes(id, "p3");
  same(
    whoGets(sent, "Commit", id),
    peers,
    `p1, p2 and p3 have voted yes for ${id}, p2 with the result null. Who gets Commit`,
  );
  const results = Object.fromEntries(peers.map((peer) => [peer, resultOf(peer)]));
  const told = [{ type: "Told", request: "r1", id, outcome: "commit", results }];
  same(
    toldIn(sent),
    told,
    `p1, p2 and p3 have voted yes for ${id}, p2 with the result null. What the application is told at once`,
  );
}

export function abortsOnNo(Coordinator: CoordinatorClass): void {
  const c = new CoordinatorBench(Coordinator);
  const id = c.submit("r1");
  const told = [{ type: "Told", request: "r1", id, outcome: "abort", results: null }];
  c.yes(id, "p1");
  const sent = c.no(id, "p2");
  const text = `p1 has voted yes for ${id}, and p2 no`;
  same(toldIn(sent), told, `${text}. What the application is told`);
  same(whoGets(sent, "Abort", id), ["p1", "p3"], `${text}. Who gets Abort: p2 knows already`);
  const late = [...c.yes(id, "p3"), ...c.yes(id, "p2"), ...c.solo.advance(3 * times.voteMs)];
  same(
    toldIn(late),
    [],
    `${text}; after that p3 and p2 voted yes. What the application is told after the abort (invariant 2)`,
  );
  same(
    whoGets(late, "Commit", id),
    [],
    `${text}; after that p3 and p2 voted yes. Who gets Commit (invariant 2)`,
  );
}

export function abortsOnSilence(Coordinator: CoordinatorClass): void {
  const c = new CoordinatorBench(Coordinator);
  const id = c.submit("r1");
  const early = [...c.yes(id, "p1"), ...c.solo.advance(times.voteMs - 10)];
  same(
    toldIn(early),
    [],
    `p1 has voted yes for ${id}, and p2 and p3 have ${times.voteMs} ms to vote. What the application is told after ${times.voteMs - 10} ms`,
  );
  // A timer for everything may be a little late; a wait that begins again with each vote is not over yet.
  const sent = [...c.yes(id, "p3"), ...c.solo.advance(times.retryMs)];
  const text = `p1 and p3 have voted yes for ${id}, and p2 has not voted for ${times.voteMs} ms`;
  same(whoGets(sent, "Commit", id), [], `${text}. Who gets Commit (invariant 3)`);
  same(
    toldIn(sent).map(({ outcome }) => outcome),
    ["abort"],
    `${text}. What the application is told`,
  );
  const aborted = whoGets(sent, "Abort", id);
  claim(
    aborted.includes("p1") && aborted.includes("p3"),
    `${text}. p1 and p3 should get Abort, and those who get it are: ${aborted.join(", ") || "nobody"}`,
  );
  const late = [...c.yes(id, "p2"), ...c.solo.advance(times.voteMs)];
  same(
    [...toldIn(late).map(({ outcome }) => outcome), ...whoGets(late, "Commit", id)],
    [],
    `${text}; it was aborted, and then p2 voted yes. What the application is told, and who gets Commit (invariant 2)`,
  );
}

/** Two are open, and each has its own time. */
export function waitsForEach(Coordinator: CoordinatorClass): void {
  const c = new CoordinatorBench(Coordinator);
  const first = c.submit("r1");
  const between = times.voteMs - 200;
  const before = c.solo.advance(between);
  const second = c.submit("r2");
  const sent = [
    ...before,
    ...c.solo.advance(2 * times.retryMs),
    ...peers.flatMap((peer) => c.yes(second, peer)),
  ];
  same(
    toldIn(sent).map(({ request, outcome }) => `${request}: ${outcome}`),
    ["r1: abort", "r2: commit"],
    `${first} is r1, and nobody votes for it; r2, which is ${second}, was submitted ${between} ms later, and ${2 * times.retryMs} ms after that all have voted yes for it, within its ${times.voteMs} ms. What the application is told`,
  );
}

/** c has one vote left to count: that of p3. */
function almostCommitted(Coordinator: CoordinatorClass): { c: CoordinatorBench; id: string } {
  const c = new CoordinatorBench(Coordinator);
  const id = c.submit("r1");
  c.yes(id, "p1");
  c.yes(id, "p2");
  return { c, id };
}

export function savesBeforeSaying(Coordinator: CoordinatorClass): void {
  const first = almostCommitted(Coordinator);
  for (const crash of first.c.crashesAt("p3", yes(first.id, "p3"))) {
    const { c, id } = almostCommitted(Coordinator);
    const { before, after } = c.receiveAndCrash("p3", yes(id, "p3"), crash);
    const toWhom = whoGets(before, "Commit", id);
    const heard = [
      ...toldIn(before).map(({ outcome }) => `told its application ${outcome}`),
      ...toWhom.map((peer) => `sent Commit to ${peer}`),
    ];
    const later = [...after, ...c.solo.advance(times.retryMs + 1)];
    const again = whoGets(later, "Commit", id);
    if (heard.length === 0) {
      claim(
        again.length === 0 || again.length === peers.length,
        `The last yes for ${id} came; ${crash.text}, when nobody had heard an outcome. After its restart it should send Commit to all of p1, p2 and p3 or to none of them, and it sends it to ${again.join(", ")} (invariant 2)`,
      );
      continue;
    }
    claim(
      peers.every((peer) => again.includes(peer)),
      `The last yes for ${id} came. c ${heard.join(" and ")}; ${crash.text}. After its restart it should send Commit to p1, p2 and p3, and it sends it to ${again.join(", ") || "nobody"}: what somebody has heard of must be remembered (invariants 5 and 7)`,
    );
  }
}

export function countsByTransaction(Coordinator: CoordinatorClass): void {
  const c = new CoordinatorBench(Coordinator);
  const first = c.submit("r1");
  const second = c.submit("r2", ["p1", "p2"]);
  const mixed = [...c.yes(first, "p1"), ...c.yes(second, "p2")];
  const text = `${first} (p1, p2, p3) and ${second} (p1, p2) are open. p1 has voted yes for ${first}, and p2 for ${second}`;
  same(toldIn(mixed), [], `${text}. What the application is told (invariant 3)`);
  const end = c.yes(second, "p1");
  same(
    toldIn(end).map(({ request, outcome }) => `${request}: ${outcome}`),
    ["r2: commit"],
    `${text}; then p1 voted yes for ${second}. What the application is told`,
  );
  same(
    whoGets(end, "Commit", second),
    ["p1", "p2"],
    `${text}; then p1 voted yes for ${second}. Who gets Commit`,
  );
  const rest = [...c.yes(first, "p3"), ...c.yes(first, "p2")];
  same(
    toldIn(rest).map(({ request, outcome }) => `${request}: ${outcome}`),
    ["r1: commit"],
    `${text}; ${second} was committed; then p3 and p2 voted yes for ${first}. What the application is told`,
  );
}

/** A vote that was under way when the coordinator crashed, or when the transaction was aborted. */
export function ignoresLateVotes(Coordinator: CoordinatorClass): void {
  for (const crashes of [false, true]) {
    const c = new CoordinatorBench(Coordinator);
    const old = c.submit("r1");
    for (const peer of ["p1", "p2"]) c.yes(old, peer);
    if (crashes) c.crash();
    else c.no(old, "p3");
    const id = c.submit("r1");
    const sent = [...c.yes(old, "p3"), ...c.yes(old, "p1"), ...c.yes(old, "p2")];
    const text = `${old} ended with ${crashes ? "a crash of c" : "a no of p3"}, and the application submitted r1 once more, as ${id}. Then votes for ${old} came, all yes`;
    same(toldIn(sent), [], `${text}. What the application is told (invariant 3)`);
    same(
      [...whoGets(sent, "Commit", old), ...whoGets(sent, "Commit", id)],
      [],
      `${text}. Who gets Commit (invariant 3)`,
    );
    const end = peers.flatMap((peer) => toldIn(c.yes(id, peer)));
    same(
      end.map(({ outcome }) => outcome),
      ["commit"],
      `${text}; then all voted yes for ${id}. What the application is told`,
    );
  }
}

/** Chance is no help: after a crash it may give the same numbers once more, and on the bench it does. */
export function namesOnce(Coordinator: CoordinatorClass): void {
  const c = new CoordinatorBench(Coordinator);
  const ids: string[] = [];
  for (let life = 1; life <= 4; life++) {
    for (let i = 1; i <= 3; i++) {
      const id = c.submit(`r${life}.${i}`);
      claim(
        !ids.includes(id),
        `In life ${life} of c a transaction got the id ${id}, which another one had ${life === 1 ? "before" : "in an earlier life"} (invariant 9)`,
      );
      ids.push(id);
    }
    c.crash();
  }
  const d = new CoordinatorBench(Coordinator, "d");
  for (let i = 1; i <= 3; i++) {
    const id = d.submit(`r${i}`);
    claim(
      !ids.includes(id),
      `d gave a transaction the id ${id}, and so did c: no other may have it (invariant 9)`,
    );
  }
  for (const crash of new CoordinatorBench(Coordinator).crashesAt(app, submit("r1"))) {
    const other = new CoordinatorBench(Coordinator);
    const { before } = other.receiveAndCrash(app, submit("r1"), crash);
    const used = before.flatMap(({ message }) => (message.type === "Prepare" ? [message.id] : []));
    const next = other.submit("r2");
    claim(
      !used.includes(next),
      `c sent Prepare of ${next} for r1; ${crash.text}. In its next life r2 got the id ${next} as well (invariant 9)`,
    );
  }
}
