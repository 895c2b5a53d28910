import { Stream } from "#lib/random";
import { app, type Effect } from "#lib/sim";
import type { CoordinatorMessage, Told } from "#protocol/10-two-phase-commit";
import { accounts, opening } from "./bank.ts";
import { serverNames } from "./servers.ts";
import { Broken, placeOf, type Stage, type Transfer } from "./stage.ts";

export interface Scene {
  /** What should be so. */
  readonly title: string;
  /** Whether a server is killed in it: those that somebody else runs are not. */
  readonly killsServer?: true;
  /** Gives a sentence about what was found; throws `Broken` if that is not what should be. */
  play(stage: Stage): Promise<string>;
}

const transfer: Transfer = { from: "ann", to: "cat", amount: 60 };
const before = { ann: opening, cat: opening };
const after = { ann: opening - transfer.amount, cat: opening + transfer.amount };

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

const serverKilled: Scene = {
  title: "a server that is killed between the phases gets the outcome when it has recovered",
  killsServer: true,
  async play(stage) {
    let isDown = false;
    stage.before = async (_from, to, { type }) => {
      if (type === "Commit" && to === "p2" && !isDown) {
        await stage.killServer("p2");
        isDown = true;
      }
      return false;
    };
    stage.submit("r1", transfer);
    await stage.until("c decides, and Commit is on its way to p2", () => isDown);
    await stage.until("p1 has committed while p2 is down", async () => {
      const { ann } = await stage.banks.p1.balances();
      return ann === after.ann;
    });
    await stage.startServer("p2");
    const [found] = await stage.banks.p2.prepared();
    if (found === undefined) throw new Broken("p2 has recovered, and nothing is prepared on it.");
    await stage.participants.p2.start();
    await stage.settled();
    await expectBalances(stage, after);
    return `after SIGKILL and recovery pg_prepared_xacts on p2 still had ${found}; then the commit reached it.`;
  },
};

const decisionDurable: Scene = {
  title: "a decision is on the disk before anybody hears of it",
  async play(stage) {
    stage.crashesBefore = saysCommit;
    stage.submit("r1", transfer);
    await stage.until(
      "c is about to say commit, to a participant or to its application",
      () => !stage.c.isUp,
    );
    await isPrepared(stage, serverNames);
    const [firstId] = await stage.banks.p1.prepared();
    await stage.startCoordinator();
    await stage.settled();
    const { ann, cat } = await stage.balances();
    if (ann === before.ann && cat === before.cat) {
      throw new Broken(
        "c had every vote and was about to say commit when it was killed. Then it started again, and both servers rolled back: the decision was not on its disk (invariant 5).",
      );
    }
    await expectBalances(stage, after);
    stage.submit("r2", { from: "bob", to: "dan", amount: 1 });
    const { id, outcome } = await stage.outcomeOf("r2");
    if (outcome === "abort") {
      const why =
        id === firstId ? `: its id is ${id}, as that of the one before the crash (invariant 9)` : "";
      throw new Broken(`After its restart c was asked for one more transfer, and it was aborted${why}.`);
    }
    return "c was killed before its first word; its next life found the commit in the file, and both servers got it.";
  },
};

const halfAnnounced: Scene = {
  title: "a coordinator that is killed between two Commits sends the other one later",
  async play(stage) {
    let told: string | undefined;
    stage.crashesBefore = (effect) => {
      const to = receiverOfCommit(effect);
      if (to === undefined) return false;
      if (told !== undefined) return true;
      told = to;
      return false;
    };
    stage.submit("r1", transfer);
    await stage.until("c has sent Commit to one participant", () => told !== undefined);
    await stage.until("c is about to send Commit to the other one", () => !stage.c.isUp);
    const account = told === "p1" ? transfer.from : transfer.to;
    await stage.until(`${told} has committed`, async () => {
      const balances = await stage.balances();
      return balances[account] === (account === "ann" ? after.ann : after.cat);
    });
    const meanwhile = sum(await stage.balances());
    await stage.startCoordinator();
    await stage.settled();
    await expectBalances(stage, after);
    return `only ${told} had heard of it, and whoever read all accounts found ${meanwhile}; c came back with the same outcome for both.`;
  },
};

const blocked: Scene = {
  title: "while the coordinator is down before a decision, the servers wait and lock",
  async play(stage) {
    const asked = new Set<string>();
    stage.before = async (from, to, { type }) => {
      if (type === "Inquire") asked.add(from);
      if (type === "Vote" && to === "c") stage.c.crash();
      return false;
    };
    stage.submit("r1", transfer);
    await isPrepared(stage, serverNames);
    await stage.until("c is killed by the first vote", () => !stage.c.isUp);
    const why = await stage.banks.p1.whyLocked(transfer.from);
    if (why === undefined || (await stage.banks.p2.whyLocked(transfer.to)) === undefined) {
      throw new Broken("Both servers have voted yes, and an account is not locked.");
    }
    await stage.until("both participants ask c, in vain", () => asked.size === 2);
    stage.before = async () => false;
    await stage.startCoordinator();
    await stage.settled();
    await expectBalances(stage, before);
    for (const account of [transfer.from, transfer.to]) {
      const still = await stage.banks[placeOf(account)].whyLocked(account);
      if (still) throw new Broken(`It is aborted, and ${account} is still locked: ${still}.`);
    }
    return `an update of ann by somebody else ended with “${why}”; when c was back it answered Abort, and both were free.`;
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
  serverKilled,
  decisionDurable,
  halfAnnounced,
  blocked,
  concurrent,
];

async function isPrepared(stage: Stage, names: readonly (typeof serverNames)[number][]): Promise<void> {
  for (const name of names) {
    await stage.until(`${name} has prepared`, async () => (await stage.banks[name].prepared()).length > 0);
  }
}

function receiverOfCommit(effect: Effect): string | undefined {
  if (effect.effect !== "send") return undefined;
  return (effect.message as CoordinatorMessage).type === "Commit" ? effect.to : undefined;
}

function saysCommit(effect: Effect): boolean {
  if (receiverOfCommit(effect) !== undefined) return true;
  return effect.effect === "send" && effect.to === app && (effect.message as Told).outcome === "commit";
}

async function expectBalances(stage: Stage, expected: { [account: string]: number }): Promise<void> {
  stage.assertNoFault();
  const found = await stage.balances();
  const wrong = Object.keys(expected).filter((account) => found[account] !== expected[account]);
  if (wrong.length === 0) return;
  const told = wrong.map(
    (account) =>
      `${account} on ${placeOf(account)} has ${found[account]} and should have ${expected[account]}`,
  );
  const all = serverNames.flatMap((name) => accounts[name]).length * opening;
  const half = sum(found) === all ? "" : ": one server committed what the other rolled back (invariant 2)";
  throw new Broken(`${told.join("; ")}. All accounts had ${all} together, and have ${sum(found)}${half}.`);
}

function anyTransfer(random: Stream): Transfer {
  const [from, to] = random.shuffle([random.pick(accounts.p1), random.pick(accounts.p2)]) as [string, string];
  return { from, to, amount: random.between(10, 60) };
}

function sum(balances: { [account: string]: number }): number {
  return Object.values(balances).reduce((total, balance) => total + balance, 0);
}
