import type { Exercise, Operation } from "#protocol/01-first-node";
import { claim } from "../suite/index.ts";
import { type Asked, ClientBench, timesOf } from "./client-bench.ts";

/* How long a client waits between two copies of a request. */

const take: Operation = { type: "Add", counter: "seats", amount: -2 };

/** Every wait lies between 1 ms and capMs, and the first within three times baseMs. */
export function checkLimits(Client: Exercise["Client"]): void {
  for (let seed = 1; seed <= 30; seed++) {
    const client = new ClientBench(Client, seed);
    client.call(take, 8000);
    client.advance(7999);
    const waits = waitsOf(client.asked);
    claim(waits.length > 0, "c1 had no reply in 8,000 ms and asked only once.");
    const first = waits[0] as number;
    claim(first <= 150, `With baseMs 50, c1 waited ${first} ms before its first retry: 150 ms is the most.`);
    const longest = Math.max(...waits);
    claim(
      longest <= 800,
      `With capMs 800, c1 waited ${longest} ms between two copies: it sent them ${timesOf(client.asked)}.`,
    );
    const shortest = Math.min(...waits);
    claim(shortest >= 1, `c1 sent two copies of one request at the same moment: ${timesOf(client.asked)}.`);
  }
}

/** Each call that waits is sent again in its own time, whatever other calls begin or end. */
export function checkTogether(Client: Exercise["Client"]): void {
  for (let seed = 1; seed <= 5; seed++) {
    checkAfterAnEnd(Client, seed);
    const [quiet, busy] = [new ClientBench(Client, seed), new ClientBench(Client, seed)];
    for (const client of [quiet, busy]) {
      client.call(take, 9000);
      client.advance(3000);
    }
    const first = busy.lastNumber;
    quiet.advance(2000);
    for (let ms = 0; ms < 2000; ms += 20) {
      busy.call(take, 9000);
      busy.advance(20);
    }
    checkEachWait(busy);
    const [alone, among] = [quiet, busy].map((client) => copiesOf(client, first, 3000).length) as [
      number,
      number,
    ];
    claim(
      among <= 3 * alone + 10,
      `c1 waited for the reply to request ${first}. From 3,000 to 5,000 ms it sent ${alone} copies of it; when another call began every 20 ms, it sent ${among}: each call has waits of its own.`,
    );
  }
}

function checkAfterAnEnd(Client: Exercise["Client"], seed: number): void {
  const client = new ClientBench(Client, seed);
  client.call(take);
  const one = client.lastNumber;
  const call = client.call(take);
  const two = client.lastNumber;
  client.counted(one, 4);
  const before = copiesOf(client, two).length;
  client.advance(1000);
  claim(
    copiesOf(client, two).length > before || client.done.some((done) => done.call === call),
    `c1 waited for the replies to requests ${one} and ${two}, and that to ${one} came. In the next 1,000 ms c1 did not send request ${two} again: does the end of one call stop the retries of another?`,
  );
}

/** Every call keeps to the limits, however many wait. */
function checkEachWait(client: ClientBench): void {
  const nowMs = client.solo.nowMs;
  for (const number of new Set(client.asked.map(({ request }) => request.request))) {
    const copies = copiesOf(client, number);
    const times = [...copies.map(({ ms }) => ms), nowMs];
    for (let k = 1; k < times.length; k++) {
      const waitMs = (times[k] as number) - (times[k - 1] as number);
      const limitMs = k === 1 ? 150 : 800;
      claim(
        waitMs <= limitMs,
        `While other calls waited too, c1 sent request ${number} ${timesOf(copies)}, until ${nowMs} ms. After copy ${k} it waited ${waitMs} ms, and should have asked again within ${limitMs} ms: each call has waits of its own.`,
      );
    }
  }
}

function copiesOf(client: ClientBench, number: number, sinceMs = -1): Asked[] {
  return client.asked.filter(({ ms, request }) => ms > sinceMs && request.request === number);
}

/** Waits grow, on average over many clients. */
export function checkGrowth(Client: Exercise["Client"]): void {
  const all = firstWaits(Client, 300, 5);
  claim(
    all.every((waits) => waits.length === 5),
    "A client that had no reply for 900,000 ms sent fewer than six copies.",
  );
  const means = [0, 1, 2, 3, 4].map((k) =>
    Math.round(all.reduce((sum, waits) => sum + (waits[k] as number), 0) / all.length),
  );
  for (let k = 1; k < means.length; k++) {
    claim(
      (means[k] as number) >= 1.35 * (means[k - 1] as number),
      `300 clients with baseMs 10 and capMs 100,000 waited, on average, ${means.join(", ")} ms between their first copies: the waits should grow by half at least, until capMs is near.`,
    );
  }
}

/** Clients that begin together wait for different times. */
export function checkSpread(Client: Exercise["Client"]): void {
  const all = firstWaits(Client, 40, 3);
  for (const [k, name] of [
    [0, "first"],
    [2, "third"],
  ] as const) {
    const waits = all.map((each) => each[k] as number);
    const different = new Set(waits).size;
    const common = mostCommon(waits);
    claim(
      different >= (k === 0 ? 6 : 15),
      `40 clients lost a server at the same moment. Before their ${name} retry, ${common.count} of them waited ${common.value} ms: they come back as one crowd. A wait is drawn from ctx.random.`,
    );
  }
}

/** The first waits of many clients that ask at the same moment. */
function firstWaits(Client: Exercise["Client"], clientCount: number, waitCount: number): number[][] {
  return Array.from({ length: clientCount }, (_, i) => {
    const config = { server: "s1", baseMs: 10, capMs: 100_000 };
    const client = new ClientBench(Client, 1000 + i, config);
    client.call(take, 1_000_000);
    while (client.asked.length <= waitCount && client.solo.nowMs < 900_000) client.advance(200);
    return waitsOf(client.asked).slice(0, waitCount);
  });
}

function mostCommon(values: readonly number[]): { value: number; count: number } {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const [[value, count]] = [...counts].sort((a, b) => b[1] - a[1]) as [[number, number]];
  return { value, count };
}

function waitsOf(asked: readonly Asked[]): number[] {
  return asked.slice(1).map(({ ms }, i) => ms - (asked[i] as Asked).ms);
}
