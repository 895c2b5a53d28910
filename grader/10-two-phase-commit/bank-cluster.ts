import { invariantsOf, judged, registerTransactions } from "#lib/check";
import { History } from "#lib/history";
import type { Cluster, RunSetting } from "#lib/nemesis";
import type { Random } from "#lib/random";
import type { Invariant, NodeId } from "#lib/sim";
import type { Exercise, Placement } from "#protocol/10-two-phase-commit";
import { allYes, oneOutcome } from "./claims.ts";
import { type BankHistory, type Sighting, type TellerPlan, Tellers, type Wish } from "./tellers.ts";

export const placement: Placement = { ann: "p1", bob: "p1", cat: "p2", dan: "p2", eve: "p3", fay: "p3" };
export const names = Object.keys(placement);
export const opening = 100;
export const times = { retryMs: 200, voteMs: 300 };

export interface BankPlan {
  /** The tellers of each coordinator. */
  readonly tellers: { readonly [coordinator: NodeId]: readonly Omit<TellerPlan, "asks" | "random">[] };
  readonly asksOthers: boolean;
}

/** Three participants with two accounts each, coordinators, and the tellers beside these. */
export function bankCluster(setting: RunSetting, plan: BankPlan): Cluster<Exercise> {
  const history: BankHistory = new History();
  const total = opening * names.length;
  const sides = Object.entries(plan.tellers).map(([coordinator, plans]): [NodeId, Tellers] => {
    const all = plans.map((teller) => ({
      ...teller,
      asks: (index: number) => teller.insists === true || setting.asks(teller.name, index),
      random: setting.random(teller.name),
    }));
    return [coordinator, new Tellers(all, placement, total, history)];
  });
  const tellers = sides.map(([, it]) => it);
  const coordinators = sides.map(([id]) => [id, (work: Exercise) => new work.Coordinator(times)] as const);
  const participants = ["p1", "p2", "p3"].map((id) => {
    const accounts = Object.fromEntries(
      names.filter((name) => placement[name] === id).map((name) => [name, opening]),
    );
    const config = { accounts, retryMs: times.retryMs, asksOthers: plan.asksOthers };
    return [id, (work: Exercise) => new work.Participant(config)] as const;
  });
  return {
    nodes: Object.fromEntries([...coordinators, ...participants]) as Cluster<Exercise>["nodes"],
    applications: { ...Object.fromEntries(sides), p1: listener, p2: listener, p3: listener } as never,
    history: history as History<unknown, unknown>,
    invariants: [
      ...invariantsOf([oneOutcome(), allYes()]),
      wholeTotals(tellers),
      wholeResults(tellers),
      rightBalances(tellers),
      judged("what committed could have run one at a time (invariant 1)", () =>
        registerTransactions(history.operations, "serializable"),
      ),
    ],
    eventually: {
      "every transaction comes to its end, and nothing stays in doubt (invariant 10)": () => {
        return tellers.map((it) => it.missing()).find((it) => it !== undefined) ?? true;
      },
    },
    completed: () => tellers.reduce((sum, { committed }) => sum + committed, 0),
  };
}

/** The application of a participant: it listens. */
const listener = { onMessage: () => {} };

/** Every committed audit of all accounts finds all of the money. */
function wholeTotals(tellers: readonly Tellers[]): Invariant {
  return {
    name: "an audit finds all of the money, whatever is under way (invariant 1)",
    onEvent: () => tellers.find(({ wrongTotal }) => wrongTotal !== undefined)?.wrongTotal,
  };
}

function wholeResults(tellers: readonly Tellers[]): Invariant {
  return {
    name: "who is told of a commit is told what each action found",
    onEvent: () => tellers.find(({ lackingResult }) => lackingResult !== undefined)?.lackingResult,
  };
}

/** After what a transaction left in an account comes what it found and what it added. */
function rightBalances(tellers: readonly Tellers[]): Invariant {
  return {
    name: "a commit changes an account once, by its amount (invariant 8)",
    onEnd() {
      const all = tellers.flatMap(({ sightings }) => sightings);
      const left = new Map(
        all.flatMap((it) => (it.by === undefined ? [] : [[`${it.account} by ${it.by}`, it] as const])),
      );
      for (const it of all) {
        const writer = left.get(`${it.account} by ${it.ref}`);
        const right = it.ref === null ? opening : writer ? writer.balance + writer.amount : undefined;
        if (right === undefined || right === it.balance) continue;
        return { text: balanceText(it, writer, right), about: [it.account], operations: [it.operation.id] };
      }
      return undefined;
    },
  };
}

function balanceText(
  { account, balance, ref }: Sighting,
  writer: Sighting | undefined,
  right: number,
): string {
  if (!writer)
    return `${account} began with ${opening}, and somebody found ${balance} there before any change.`;
  const added = `${ref} found ${account} = ${writer.balance} and added ${writer.amount}`;
  return `${added}, which makes ${right}. Whoever came next found ${balance}.`;
}

/** Transfers between two or three accounts, and now and then an audit. */
export function randomWish(index: number, random: Random): Wish {
  if (index % 3 === 2) return { audit: names };
  const shuffled = [...names];
  const chosen = Array.from({ length: random.chance(0.3) ? 3 : 2 }, () => {
    return shuffled.splice(random.int(shuffled.length), 1)[0] as string;
  });
  const amount = random.between(1, 40);
  const [from = "", to = "", third] = chosen;
  if (third === undefined) return { bookings: booked({ [from]: -amount, [to]: amount }) };
  return { bookings: booked({ [from]: -2 * amount, [to]: amount, [third]: amount }) };
}

export function booked(amounts: {
  readonly [account: string]: number;
}): { account: string; amount: number }[] {
  return Object.entries(amounts).map(([account, amount]) => ({ account, amount }));
}

/** The last audit: it insists, and it begins when all faults are over. */
export function lastAudit(fromMs: number): Omit<TellerPlan, "asks" | "random"> {
  return { name: "last", next: () => ({ audit: names }), thinkMs: 200, fromMs, insists: true };
}

export function some(name: string, count: number, thinkMs: number): Omit<TellerPlan, "asks" | "random"> {
  return { name, thinkMs, next: (index, random) => (index < count ? randomWish(index, random) : undefined) };
}

export function listed(
  name: string,
  wishes: readonly Wish[],
  fromMs = 0,
): Omit<TellerPlan, "asks" | "random"> {
  return { name, thinkMs: 0, fromMs, next: (index) => wishes[index] };
}
