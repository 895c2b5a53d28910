import { setImmediate as turn } from "node:timers/promises";
import { app, type Effect } from "#lib/sim";
import type { CoordinatorMessage, Told } from "#protocol/10-two-phase-commit";
import { after, before, expectBalances, isPrepared, type Scene, sum, transfer } from "./scene.ts";
import { serverNames } from "./servers.ts";
import { Broken, placeOf } from "./stage.ts";

export const decisionDurable: Scene = {
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

export const halfAnnounced: Scene = {
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

export const blocked: Scene = {
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

export const askedEarly: Scene = {
  title: "a participant that asks before there is a decision is not told abort, and then commit",
  async play(stage) {
    let hasAsked = false;
    stage.before = async (from, _to, { type }) => {
      if (from === "p1" && type === "Inquire") hasAsked = true;
      if (from === "p2" && type === "Vote") {
        await stage.until("p1 asks while p2's vote is on its way", () => hasAsked);
        // The question is delivered right after it was seen here, and so before this vote.
        await turn();
      }
      return false;
    };
    stage.submit("r1", transfer);
    const { outcome } = await stage.outcomeOf("r1");
    await stage.settled();
    await expectBalances(stage, outcome === "commit" ? after : before);
    return `p1 asked while p2's vote was on its way, and both servers ended with the same outcome, ${outcome}.`;
  },
};

function receiverOfCommit(effect: Effect): string | undefined {
  if (effect.effect !== "send") return undefined;
  return (effect.message as CoordinatorMessage).type === "Commit" ? effect.to : undefined;
}

function saysCommit(effect: Effect): boolean {
  if (receiverOfCommit(effect) !== undefined) return true;
  return effect.effect === "send" && effect.to === app && (effect.message as Told).outcome === "commit";
}
