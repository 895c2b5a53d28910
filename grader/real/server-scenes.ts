import { after, before, expectBalances, type Scene, transfer } from "./scene.ts";
import { Broken } from "./stage.ts";

export const serverKilled: Scene = {
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

export const voteMissing: Scene = {
  title: "a vote that does not come is no yes",
  killsServer: true,
  voteMs: 1500,
  async play(stage) {
    let hasVoted = false;
    stage.before = async (from, to, { type }) => {
      if (to === "p2" && type === "Prepare" && stage.participants.p2.isUp) await stage.killServer("p2");
      if (from === "p1" && type === "Vote") hasVoted = true;
      return false;
    };
    stage.submit("r1", transfer);
    const { outcome } = await stage.outcomeOf("r1");
    if (outcome === "commit") {
      throw new Broken(
        "p2's server was killed before Prepare got there. It has voted nothing, and the application is told commit (invariant 3).",
      );
    }
    await stage.until("p1 votes", () => hasVoted);
    await stage.startServer("p2");
    await stage.participants.p2.start();
    await stage.settled();
    await expectBalances(stage, before);
    return "p2's server was killed before Prepare got there; c gave up waiting, and p1 rolled back what it had prepared.";
  },
};

/** So often p2 asks in vain, a tenth of a second apart, before c is said not to speak by itself. */
const mostQuestions = 30;

export const owed: Scene = {
  title: "a commit is remembered until the last server has it",
  killsServer: true,
  async play(stage) {
    let isDown = false;
    let isAcknowledged = false;
    stage.before = async (from, to, { type }) => {
      if (to === "p2" && type === "Commit" && !isDown) {
        await stage.killServer("p2");
        isDown = true;
      }
      if (from === "p1" && type === "Ack") isAcknowledged = true;
      return false;
    };
    stage.submit("r1", transfer);
    await stage.until("p1 has acknowledged the commit, and p2 is down", () => isDown && isAcknowledged);
    // One more transaction, on p1 alone: its sync makes safe whatever c has written about the first one.
    stage.submit("r2", { from: "bob", to: "gus", amount: 1 });
    await stage.outcomeOf("r2");
    stage.c.crash();
    await stage.startServer("p2");
    const [found] = await stage.banks.p2.prepared();
    let questions = 0;
    let isTold = false;
    stage.before = async (from, to, { type }) => {
      if (to === "p2" && type === "Commit") isTold = true;
      const isQuestion = from === "p2" && type === "Inquire";
      if (isQuestion) questions++;
      return isQuestion && !isTold && questions <= mostQuestions;
    };
    await stage.startCoordinator();
    await stage.participants.p2.start();
    await stage.until("c sends Commit, or p2 has asked in vain", () => isTold || questions > mostQuestions);
    const spokeFirst = questions <= mostQuestions;
    await stage.settled();
    await expectBalances(stage, { ...after, bob: before.ann - 1, gus: before.ann + 1 });
    if (!spokeFirst) {
      throw new Broken(
        `c was killed when p1 had acknowledged and p2 had not. Then it started again, and sent p2 no Commit while ${mostQuestions} questions of p2 were lost: ${found} stayed in pg_prepared_xacts, and cat locked.`,
      );
    }
    return `p1 had acknowledged and p2 was down when c was killed; in its next life it sent p2 the commit of ${found} without being asked.`;
  },
};
