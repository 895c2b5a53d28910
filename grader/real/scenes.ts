import { Stream } from "#lib/random";
import { accounts, opening } from "./bank.ts";
import { askedEarly, blocked, decisionDurable, halfAnnounced } from "./coordinator-scenes.ts";
import { after, before, expectBalances, isPrepared, type Scene, sum, transfer } from "./scene.ts";
import { owed, serverKilled, voteMissing } from "./server-scenes.ts";
import { serverNames } from "./servers.ts";
import { Broken, type Transfer } from "./stage.ts";

const commits: Scene = {
  title: "a transfer commits on both servers",
  async play(stage) {
    stage.submit("r1", transfer);
    const { outcome, results } = await stage.outcomeOf("r1");
    if (outcome !== "commit") throw new Broken("Both servers can do it, and the application is told abort.");
    const found = Object.values(results ?? {}).flat() as { account?: string; balance?: number }[];
    for (const account of [transfer.from, transfer.to]) {
      if (found.some((seen) => seen?.account === account && seen.balance === opening)) continue;
      throw new Broken(
        `The votes said that ${account} held ${opening}; the results that the application got do not: ${JSON.stringify(results)}.`,
      );
    }
    await stage.settled();
    await expectBalances(stage, after);
    return `ann has ${after.ann} on p1, cat has ${after.cat} on p2, and nothing is left prepared.`;
  },
};

const refusal: Scene = {
  title: "what one server refuses is aborted on both",
  async play(stage) {
    stage.before = async (_from, to, { type }) => {
      // p2 gets its part when p1 has prepared: there is something to roll back.
      if (type === "Prepare" && to === "p2") await isPrepared(stage, ["p1"]);
      return false;
    };
    stage.submit("r1", { from: "cat", to: "ann", amount: opening + 50 });
    const { outcome } = await stage.outcomeOf("r1");
    if (outcome !== "abort") throw new Broken("p2 has voted no, and the application is told commit.");
    await stage.settled();
    await expectBalances(stage, before);
    return `cat has ${opening} and cannot pay ${opening + 50}: p2 broke its CHECK and voted no, and p1 rolled back what it had prepared.`;
  },
};

const concurrent: Scene = {
  title: "many transfers at a time neither make nor lose money",
  async play(stage) {
    const count = 40;
    const random = new Stream(1, "transfers");
    const waiting = Array.from({ length: count }, (_, i) => ({
      request: `r${i + 1}`,
      wanted: anyTransfer(random),
    }));
    const expected: { [account: string]: number } = Object.fromEntries(
      serverNames.flatMap((name) => accounts[name].map((account) => [account, opening])),
    );
    let committed = 0;
    const client = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const { request, wanted } = next;
        stage.submit(request, wanted);
        if ((await stage.outcomeOf(request)).outcome === "abort") continue;
        committed++;
        expected[wanted.from] = (expected[wanted.from] ?? 0) - wanted.amount;
        expected[wanted.to] = (expected[wanted.to] ?? 0) + wanted.amount;
      }
    };
    await Promise.all(Array.from({ length: 4 }, client));
    await stage.settled();
    await expectBalances(stage, expected);
    const refused = count - committed;
    if (committed === 0) throw new Broken(`Of ${count} transfers, 4 at a time, not one was committed.`);
    return `of ${count} transfers, 4 at a time, ${committed} committed and ${refused} met a lock or an empty account; the total is ${sum(expected)} as before.`;
  },
};

export const scenes: readonly Scene[] = [
  commits,
  refusal,
  voteMissing,
  askedEarly,
  serverKilled,
  decisionDurable,
  halfAnnounced,
  owed,
  blocked,
  concurrent,
];

function anyTransfer(random: Stream): Transfer {
  const [from, to] = random.shuffle([random.pick(accounts.p1), random.pick(accounts.p2)]) as [string, string];
  return { from, to, amount: random.between(10, 60) };
}
