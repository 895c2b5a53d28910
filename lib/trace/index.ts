/**
 * The record of one run, and its telling: in causal order, with real values, and with the faults where they struck. `tell` tells
 * everything; `story` tells a failing run that was made smaller, and what went wrong in it, to somebody who wants to know why.
 *
 * ```ts example
 * import { type Context, type Node, type NodeId, Simulation } from "#lib/sim";
 * import { tell, Trace } from "#lib/trace";
 *
 * type Message = { type: "Put"; key: string; value: number } | { type: "PutReply"; key: string };
 * class Store implements Node<Message> {
 *   onMessage(ctx: Context<Message>, from: NodeId, message: Message): void {
 *     if (message.type !== "Put") return;
 *     ctx.disk.set(message.key, message.value);
 *     ctx.disk.sync();
 *     ctx.send(from, { type: "PutReply", key: message.key });
 *   }
 * }
 * const trace = new Trace();
 * const put: Message = { type: "Put", key: "x", value: 7 };
 * const sim = new Simulation({
 *   seed: 1,
 *   recorder: trace,
 *   nodes: { n1: () => new Store() },
 *   applications: { c1: { onStart: (ctx) => ctx.send("n1", put), onMessage: () => {} } },
 * });
 * sim.runUntil(1000);
 * for (const line of tell(trace)) console.log(line);
 * // →   1     10 ms  c1 → n1  Put key = x, value = 7  n1 writes x = 7, syncs
 * // →   2     20 ms  n1 → c1  PutReply key = x
 * ```
 */
export { formatMessage, formatValue } from "./format.ts";
export type { StateChange } from "./states.ts";
export { type Story, type StoryOptions, story } from "./story.ts";
export { type TellOptions, tell } from "./tell.ts";
export { type Row, Trace } from "./trace.ts";
