import { join } from "node:path";
import { startLifeline } from "../run/lifeline.ts";
import { printTo } from "../run/output.ts";
import { playAll } from "./play.ts";
import type { Servers } from "./servers.ts";
import type { FromFork, Task, ToFork, Wish } from "./wire.ts";
import { coordinatorOf } from "./work.ts";

/*
 * Runs in a fork: plays the scenes with the learner's code, and says what comes of it. The servers belong to the process that started
 * this one, which ends the fork when the learner's code does not come back.
 */

const beatMs = 200;
const wishes = new Map<number, (why: string | undefined) => void>();

// Ctrl-C goes to all processes of a terminal, and the other one sees to the end of this one.
for (const signal of ["SIGINT", "SIGHUP"] as const) process.on(signal, () => {});
process.on("disconnect", () => process.exit());
process.on("message", (told: ToFork) => {
  if ("task" in told) void perform(told.task);
  else wishes.get(told.done)?.(told.why);
});

function say(words: FromFork): void {
  if (process.connected) process.send?.(words);
}

async function perform(task: Task): Promise<void> {
  startLifeline(join(task.folder, `${process.pid}.site`));
  setInterval(() => say({ says: "beat" }), beatMs);
  printTo((line) => say({ says: "printed", line }));
  try {
    const doing = (what: string | undefined) => say({ says: "doing", what });
    const newCoordinator = await coordinatorOf(task.work, doing);
    for await (const result of playAll(serversFor(task), newCoordinator, doing)) {
      say({ says: "result", result });
    }
    say({ says: "done" });
  } catch (error) {
    say({ says: "fault", why: (error as Error).stack ?? String(error) });
  }
}

/** The servers as this process has them: it may use them, and ask for their death. */
function serversFor({ folder, urls, canKill }: Task): Servers {
  const killer = {
    kill: (server: Wish["server"]) => wish("kill", server),
    start: (server: Wish["server"]) => wish("start", server),
  };
  return {
    folder,
    open: async () => "",
    urlOf: (name) => urls[name],
    ...(canKill ? { killer } : {}),
    close: async () => {},
  };
}

async function wish(deed: Wish["deed"], server: Wish["server"]): Promise<void> {
  const number = wishes.size + 1;
  await new Promise<void>((done, failed) => {
    wishes.set(number, (why) => (why === undefined ? done() : failed(new Error(why))));
    say({ says: "wish", number, deed, server });
  });
}
