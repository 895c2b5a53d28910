/**
 * The simulator: nodes that handle events, on a network that can lose, delay and repeat messages, on machines
 * that can crash, in virtual time and from one seed. The same seed gives the same run.
 *
 * ```ts example
 * import { type Context, type Node, type NodeId, Simulation } from "#lib/sim";
 *
 * interface Ping { type: "Ping" }
 * interface Pong { type: "Pong" }
 *
 * class Server implements Node<Ping | Pong> {
 *   onMessage(ctx: Context<Ping | Pong>, from: NodeId, message: Ping | Pong): void {
 *     if (message.type === "Ping") ctx.send(from, { type: "Pong" });
 *   }
 * }
 * class Client implements Node<Ping | Pong> {
 *   onStart(ctx: Context<Ping | Pong>): void {
 *     ctx.send("n1", { type: "Ping" });
 *   }
 *   onMessage(ctx: Context<Ping | Pong>, from: NodeId, message: Ping | Pong): void {
 *     console.log(`${message.type} from ${from} at ${ctx.now} ms`);
 *   }
 * }
 * const sim = new Simulation({ seed: 1, nodes: { n1: () => new Server(), c1: () => new Client() } });
 * sim.runUntil(1000); // → Pong from n1 at 20 ms
 * ```
 */
export { newActor } from "./actor.ts";
export type { Clock } from "./clock.ts";
export { Recording } from "./context.ts";
export { type Disk, DiskImage, type DiskLog, type DiskWrite, DurableDisk } from "./disk.ts";
export type {
  Adversary,
  Effect,
  Failure,
  Fate,
  Invariant,
  Recorder,
  RowKind,
  SimEvent,
  Violation,
} from "./events.ts";
export { type Fault, type Handled, handle } from "./handler.ts";
export { canonical, frozenCopy, type Json, Misuse } from "./json.ts";
export { app, type Context, type Node, type NodeId } from "./node.ts";
export type { AnyApplication, AnyNode, Application, Pending, SimulationOptions } from "./options.ts";
export { Simulation } from "./simulation.ts";
export { fieldsOf, privateFields, type Snapshot, snapshotOf } from "./snapshot.ts";
export { Solo } from "./solo.ts";
export { installTraps } from "./traps.ts";
