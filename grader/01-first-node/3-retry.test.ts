import { test } from "vitest";
import type { Exercise, Operation } from "#protocol/01-first-node";
import * as work from "#work/01-first-node";
import { campaign, claim, same, stage } from "../suite/index.ts";
import { checkGrowth, checkLimits, checkSpread, checkTogether } from "./back-off.ts";
import { type Asked, ClientBench, endsOf, timesOf } from "./client-bench.ts";
import { scenarios } from "./scenarios.ts";
import { twinSeed } from "./stories.ts";
import { checkTwins } from "./views.ts";

const exercise: Exercise = work;
const take: Operation = { type: "Add", counter: "seats", amount: -2 };

function bench(seed = 1): ClientBench {
  return new ClientBench(exercise.Client, seed);
}

test("a call is sent to the server at once, as a request", () => {
  const client = bench();
  client.call(take);
  const [first] = client.asked;
  claim(first !== undefined, "The program called at 0 ms, and c1 sent nothing to s1.");
  const { request: _number, oldest: _oldest, ...operation } = first.request;
  same(operation, take, "What c1 sent to s1 for this call, apart from its numbers");
  claim(
    client.done.length === 0,
    `Nobody has replied yet, and c1 has told its program ${JSON.stringify(client.done[0])}.`,
  );
});

test("all copies of a request are the same request (invariant 3)", () => {
  const client = bench();
  client.call(take);
  client.advance(1999);
  claim(
    client.asked.length > 3,
    `In 1,999 ms without a reply, with waits of 800 ms at most, c1 asked only ${timesOf(client.asked)}.`,
  );
  const [first] = client.asked as [Asked];
  for (const { ms, request } of client.asked) {
    claim(
      request.request === first.request.request,
      `c1 sent its call as request ${first.request.request} at ${first.ms} ms, and again as request ${request.request} at ${ms} ms. If both arrive, the server takes them for two requests.`,
    );
    const { oldest: _, ...copy } = request;
    same(copy, { ...take, request: first.request.request }, `The copy that c1 sent at ${ms} ms`);
  }
});

test("two calls have two numbers, and numbers rise from 1", () => {
  const client = bench();
  const numbers = [1, 2, 3, 4].map(() => {
    client.call(take);
    return client.lastNumber;
  });
  const rise = numbers.every((number, i) => Number.isInteger(number) && number > (numbers[i - 1] ?? 0));
  claim(
    rise,
    `Four calls, one after another, were sent as requests ${numbers.join(", ")}: numbers are whole, rise, and begin at 1 or above.`,
  );
});

test("a number is not used again after a crash (invariant 3)", () => {
  for (const survive of ["none", "all"] as const) {
    for (let count = 0, isWhole = false; !isWhole; count++) {
      const client = bench();
      client.call(take);
      client.call(take);
      const cut = client.callAndCrash(count, survive);
      isWhole = cut.isWhole;
      const before = client.asked.map(({ request }) => request.request);
      client.call(take);
      const highest = Math.max(...before);
      claim(
        client.lastNumber > highest,
        `c1 sent requests ${[...new Set(before)].join(", ")}, crashed ${cut.when}, started again, and sent a new call as request ${client.lastNumber}. The server may take it for a copy of the old one.`,
      );
    }
  }
});

test("oldest is the smallest number that the client waits for", () => {
  const client = bench();
  const numbers = [1, 2, 3].map(() => {
    client.call(take, 5000);
    return client.lastNumber;
  }) as [number, number, number];
  const oldestNow = (): number => {
    client.call(take, 5000);
    return client.asked.at(-1)?.request.oldest ?? -1;
  };
  same(
    oldestNow(),
    numbers[0],
    `oldest in a request that c1 sends while it waits for ${numbers.join(", ")} and this one`,
  );
  client.counted(numbers[1], 3);
  same(
    oldestNow(),
    numbers[0],
    `oldest after the answer to request ${numbers[1]}, while c1 waits for ${numbers[0]}`,
  );
  client.counted(numbers[0], 5);
  same(oldestNow(), numbers[2], `oldest after the answers to requests ${numbers[0]} and ${numbers[1]}`);
  const before = client.asked.length;
  client.advance(1500);
  const copy = client.asked.slice(before).find(({ request }) => request.request === numbers[2]);
  same(
    copy?.request.oldest,
    numbers[2],
    `oldest in a copy of request ${numbers[2]} that is sent after those answers`,
  );
});

test("after a crash nothing from before it is waited for", () => {
  const client = bench();
  client.call(take);
  client.solo.crash();
  client.restart();
  client.advance(3000);
  client.call(take);
  same(client.asked.at(-1)?.request.oldest, client.lastNumber, "oldest in the first request after a restart");
});

test("no wait is longer than capMs, the first no longer than three times baseMs, none shorter than 1 ms", () =>
  checkLimits(exercise.Client));

test("a request is sent again until it is answered", () => {
  const client = bench();
  client.call(take, 10_000);
  client.advance(9900);
  const lastMs = client.asked.at(-1)?.ms ?? 0;
  claim(
    lastMs >= 9000,
    `c1 asked ${timesOf(client.asked)} and then no more, though the call had 10,000 ms and no wait is longer than 800 ms.`,
  );
});

test("on average each wait is at least half as long again as the one before", () =>
  checkGrowth(exercise.Client));

test("clients that begin together do not retry together", () => checkSpread(exercise.Client));

test("an answered request is not sent again", () => {
  const client = bench();
  client.call(take);
  client.advance(300);
  client.counted(client.lastNumber, 4);
  const before = client.asked.length;
  client.advance(4000);
  claim(
    client.asked.length === before,
    `Request ${client.lastNumber} was answered at 300 ms, and c1 sent it again at ${client.asked[before]?.ms} ms.`,
  );
});

test("Counted ends a call as ok, with its value", () => {
  const client = bench();
  const call = client.call(take);
  client.advance(20);
  client.counted(client.lastNumber, 4);
  same(endsOf(client), [{ call, outcome: "ok", value: 4 }], "What c1 told its program after Counted 4");
});

test("Refused ends a call as fail (invariant 4)", () => {
  const client = bench();
  const call = client.call(take);
  client.advance(20);
  client.refused(client.lastNumber);
  same(endsOf(client), [{ call, outcome: "fail", value: null }], "What c1 told its program after Refused");
});

test("silence until the deadline is info (invariants 4 and 5)", () => {
  for (const withinMs of [700, 1234]) {
    const client = bench();
    client.call(take, withinMs);
    client.advance(withinMs - 1);
    claim(
      client.done.length === 0,
      `The call had ${withinMs} ms, and c1 ended it as ${client.done[0]?.outcome} after ${client.done[0]?.ms} ms: a reply could still have come in time.`,
    );
    client.advance(1);
    const [end] = client.done;
    claim(
      end !== undefined,
      `The call had ${withinMs} ms, they have passed without a reply, and c1 has told its program nothing.`,
    );
    claim(
      end.outcome === "info" && end.value === null,
      `No reply came in ${withinMs} ms, and c1 told its program "${end.outcome}" with value ${end.value}. Nobody here knows whether s1 has taken the seats: a lost reply looks like a lost request.`,
    );
    client.advance(5000);
    const again = client.asked.find(({ ms }) => ms > withinMs);
    claim(again === undefined, `The call ended at ${withinMs} ms, and c1 asked again at ${again?.ms} ms.`);
  }
});

test("a call ends once", () => {
  const client = bench();
  const first = client.call(take);
  const number = client.lastNumber;
  client.advance(100);
  client.counted(number, 4);
  client.counted(number, 4);
  client.advance(5000);
  claim(
    endsOf(client).length === 1,
    `The reply to ${first} came twice, and c1 told its program ${client.done.length} times how it ended.`,
  );
  client.call(take, 500);
  client.advance(500);
  client.counted(client.lastNumber, 2);
  claim(
    endsOf(client).length === 2,
    `The second call ended as info at its deadline. Then its reply came, and c1 told its program again: ${JSON.stringify(endsOf(client).at(-1))}.`,
  );
});

test("a reply ends the call whose request has its number, and no other (invariant 1)", () => {
  const client = bench();
  const first = client.call({ type: "Read", counter: "seats" });
  const one = client.lastNumber;
  const second = client.call({ type: "Read", counter: "rows" });
  const two = client.lastNumber;
  client.counted(two, 22);
  same(
    endsOf(client),
    [{ call: second, outcome: "ok", value: 22 }],
    `What c1 told its program after the reply to request ${two}`,
  );
  client.counted(one, 11);
  same(
    endsOf(client)[1],
    { call: first, outcome: "ok", value: 11 },
    `What c1 told its program after the reply to request ${one}`,
  );
  const third = client.call({ type: "Read", counter: "seats" }, 400);
  client.counted(one, 99);
  client.refused(two);
  claim(
    endsOf(client).length === 2,
    `c1 waits for the reply to request ${client.lastNumber} (${third}). A second copy of the reply to request ${one} came, and c1 took it: it told its program ${JSON.stringify(endsOf(client)[2])}.`,
  );
  client.advance(400);
  same(
    endsOf(client)[2],
    { call: third, outcome: "info", value: null },
    `How ${third}, which got no reply, ended`,
  );
});

test("a reply to a request of an earlier life ends no call (invariants 1 and 3)", () => {
  const client = bench();
  client.call({ type: "Read", counter: "rows" });
  const old = client.lastNumber;
  client.solo.crash();
  client.restart();
  client.call({ type: "Read", counter: "seats" });
  client.counted(old, 77);
  claim(
    endsOf(client).length === 0,
    `Before it crashed, c1 asked for rows (request ${old}). After its restart it asked for seats (request ${client.lastNumber}), and then the old reply came: c1 told its program that seats is ${client.done[0]?.value}.`,
  );
});

test("an old timer does nothing to a call that still waits", () => {
  const client = bench();
  client.call(take);
  const stale = client.solo.timers.map(({ timer }) => timer);
  client.counted(client.lastNumber, 4);
  const second = client.call(take);
  for (const timer of stale) client.fire(timer);
  const wrong = client.done.find(({ call }) => call === second);
  claim(
    wrong === undefined,
    `A timer of the first call, which was over, ran out while the second waited, and c1 told its program that the second is ${wrong?.outcome}.`,
  );
  claim(
    endsOf(client).length === 1,
    `A timer of the first call ran out after its end, and c1 ended it a second time, as ${client.done[1]?.outcome}.`,
  );
  const repeated = client.asked.filter(({ request }) => request.request !== client.lastNumber).length;
  claim(repeated === 1, "A timer of the first call ran out after its end, and c1 sent that request again.");
});

test("calls that wait do not keep each other from being sent again", () => checkTogether(exercise.Client));

test("slow and dead look alike until the answer comes (invariant 4)", () => {
  checkTwins(exercise);
  stage(scenarios.slow, exercise, { seed: twinSeed });
  stage(scenarios.dead, exercise, { seed: twinSeed });
});

test("when replies are lost, a call still ends with the truth", () => {
  stage(scenarios.lost, exercise);
});

test("every call ends once, in time and with the truth, whatever the network and the crashes do", async () => {
  await campaign(scenarios.retry, exercise);
});
