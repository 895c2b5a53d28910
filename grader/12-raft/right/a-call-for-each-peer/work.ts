import { app } from "#lib/sim";
import { stepDown } from "./ballot.ts";
import { majorityIndex } from "./quorum.ts";
import { type Ctx, membersOf, peerOf, type Server } from "./server.ts";

/** What was put off: the leader's own disk, then what is committed, then what is applied. */
export function work(server: Server, ctx: Ctx): void {
  server.isWorkDue = false;
  server.store.saveLog();
  if (server.role === "leader") commit(server, ctx);
  apply(server, ctx);
}

function commit(server: Server, ctx: Ctx): void {
  const { store, commitIndex } = server;
  const members = membersOf(server);
  const reached = members.map((id) =>
    id === ctx.self ? store.safeIndex : (peerOf(server, id)?.matchIndex ?? 0),
  );
  const index = majorityIndex(reached);
  if (index <= commitIndex || store.termOf(index) !== store.term) return;
  server.commitIndex = index;
  const isOut = !members.includes(ctx.self) && store.configurations.latestIndex <= index;
  if (isOut) stepDown(server, ctx, store.term);
}

function apply(server: Server, ctx: Ctx): void {
  while (server.lastApplied < server.commitIndex) {
    const index = ++server.lastApplied;
    const entry = server.store.entry(index);
    if (entry?.type === "Command") ctx.send(app, { type: "Apply", index, command: entry.command });
    if (entry?.type === "Configuration") {
      ctx.send(app, { type: "ApplyConfiguration", index, members: entry.members });
    }
  }
}
