import { claim, same } from "../suite/index.ts";
import {
  CoordinatorBench,
  type CoordinatorClass,
  peers,
  times,
  toldIn,
  whoGets,
} from "./coordinator-bench.ts";

export function sendsAgain(Coordinator: CoordinatorClass): void {
  for (const crashes of [false, true]) {
    const c = new CoordinatorBench(Coordinator);
    const id = c.committed("r1");
    const atStart = crashes ? c.crash() : [];
    c.ack(id, "p2");
    c.ack(id, "p2");
    const text = `${id} is committed${crashes ? "; c crashed and started again" : ""}; p2 has acknowledged, twice`;
    same(
      toldIn(atStart),
      [],
      `${id} is committed, and c crashed and started again. What its new application is told`,
    );
    for (let round = 1; round <= 3; round++) {
      const sent = c.solo.advance(times.retryMs + 1);
      same(
        whoGets(sent, "Commit", id),
        ["p1", "p3"],
        `${text}. Who gets Commit in the next ${times.retryMs} ms (invariant 7)`,
      );
    }
    c.solo.advance(300 * times.retryMs);
    same(
      whoGets(c.solo.advance(times.retryMs + 1), "Commit", id),
      ["p1", "p3"],
      `${text}, and a minute has passed. Who gets Commit in the next ${times.retryMs} ms (invariant 7)`,
    );
    c.ack(id, "p1");
    c.ack(id, "p3");
    const quiet = c.solo.advance(5 * times.retryMs);
    same(
      whoGets(quiet, "Commit", id),
      [],
      `${id} is committed, and all have acknowledged. Who gets Commit after that`,
    );
  }
}

export function staysDecided(Coordinator: CoordinatorClass): void {
  const c = new CoordinatorBench(Coordinator);
  const id = c.committed("r1");
  const sent = [...c.no(id, "p1"), ...c.yes(id, "p2"), ...c.solo.advance(4 * times.voteMs)];
  const text = `${id} is committed. Then a late no of p1 and a second yes of p2 came, and two seconds passed`;
  same(
    toldIn(sent).filter(({ outcome }) => outcome === "abort"),
    [],
    `${text}. What the application is told of an abort (invariant 2)`,
  );
  same(whoGets(sent, "Abort", id), [], `${text}. Who gets Abort (invariant 2)`);
}

export function forgets(Coordinator: CoordinatorClass): void {
  const c = new CoordinatorBench(Coordinator);
  const commit = (request: string): string => {
    const id = c.committed(request);
    for (const peer of peers) c.ack(id, peer);
    return id;
  };
  const abort = (request: string): void => {
    const id = c.submit(request);
    c.yes(id, "p1");
    c.no(id, "p3");
  };
  commit("r0");
  const size = (): number => JSON.stringify([[...c.solo.disk.cells], c.solo.disk.entries]).length;
  const before = size();
  for (let i = 1; i <= 40; i++) commit(`r${i}`);
  claim(
    size() <= before + 400,
    `After 40 commits more, all acknowledged by everyone, c's disk has grown from ${before} to ${size()} characters: what all have acknowledged is forgotten`,
  );
  const beforeAborts = size();
  for (let i = 1; i <= 40; i++) abort(`a${i}`);
  commit("r41"); // Whatever is written without a sync is now safe as well.
  claim(
    size() <= beforeAborts + 400,
    `After 40 aborts and one commit more, c's disk has grown from ${beforeAborts} to ${size()} characters: an abort is not written down (invariant 7)`,
  );
  const sent = [...c.crash(), ...c.solo.advance(times.retryMs + 1)];
  const again = new Set(sent.flatMap(({ message }) => (message.type === "Commit" ? [message.id] : [])));
  claim(
    again.size <= 2,
    `All have acknowledged 42 commits. After a crash c sends Commit of ${again.size} of them again`,
  );
}

export function countsSyncs(Coordinator: CoordinatorClass): void {
  const c = new CoordinatorBench(Coordinator);
  let aborts = 0;
  for (let i = 1; i <= 20; i++) {
    let id = "";
    aborts += c.syncs(() => {
      id = c.submit(`r${i}`);
    });
    aborts += c.syncs(() => c.yes(id, "p1"));
    aborts += c.syncs(() => c.no(id, "p3"));
  }
  claim(
    aborts < 3,
    `20 transactions were submitted and aborted, and c synced its disk ${aborts} times for them: an abort is not written down`,
  );
  let commits = 0;
  for (let i = 21; i <= 40; i++) {
    let id = "";
    commits += c.syncs(() => {
      id = c.submit(`r${i}`);
    });
    for (const peer of peers) commits += c.syncs(() => c.yes(id, peer));
    for (const peer of peers) commits += c.syncs(() => c.ack(id, peer));
  }
  claim(
    commits >= 20 && commits < 23,
    `20 transactions were committed and acknowledged, and c synced its disk ${commits} times for them: it should be once for each`,
  );
}
