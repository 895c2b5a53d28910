/**
 * The explorer: it does not try its luck, as the nemesis does, but visits every state that nodes can reach within budgets, on a network
 * that loses, repeats and delays what it likes, and with crashes between any two effects. What it finds is the shortest way to
 * a wrong state; when it finds nothing and is complete, there is nothing within the budgets.
 *
 * It runs the classes that the simulator runs, and no others: a state is what their fields and their disks hold.
 *
 * ```ts example
 * import { never } from "#lib/check";
 * import { explore } from "#lib/explore";
 * import { app, type Context, type Node, type NodeId } from "#lib/sim";
 * import { tell, Trace } from "#lib/trace";
 *
 * type Message = { type: "Deposit"; amount: number } | { type: "Balance"; amount: number };
 * class Account implements Node<Message> {
 *   balance = 0;
 *   onMessage(ctx: Context<Message>, from: NodeId, message: Message): void {
 *     if (message.type !== "Deposit") return;
 *     this.balance += message.amount;
 *     ctx.send(app, { type: "Balance", amount: this.balance });
 *   }
 * }
 * class Customer implements Node<Message> {
 *   onStart(ctx: Context<Message>): void {
 *     ctx.send("n1", { type: "Deposit", amount: 5 });
 *   }
 *   onMessage(): void {}
 * }
 * const honest = never<Message>("a deposit counts once", (deed) =>
 *   deed.deed === "tell" && deed.message.amount > 5 ? `${deed.node} has ${deed.message.amount}.` : undefined,
 * );
 * const nodes = { n1: () => new Account(), c1: () => new Customer() };
 * const { violation } = explore({ nodes, claims: [honest] });
 * const trace = new Trace();
 * violation?.record(trace);
 * for (const line of tell(trace)) console.log(line);
 * // →   1     10 ms  c1 → n1        Deposit amount = 5
 * // →   2     10 ms  n1 → n1's app  Balance amount = 5
 * // →   3     20 ms  c1 → n1        Deposit amount = 5 (again: a copy)
 * // →   4     20 ms  n1 → n1's app  Balance amount = 10
 * // →   5     20 ms                 ✗ n1 has 10.
 * ```
 */
export type { Counterexample, Exploration } from "./conclusion.ts";
export { explore } from "./explore.ts";
export { exploreModel, type Model, type ModelExploration } from "./model.ts";
export type {
  Budget,
  ExploreOptions,
  NamedExploration,
  Prefix,
  Progress,
  StateClaim,
  Step,
  Symmetry,
  View,
} from "./options.ts";
