import { accounts, opening } from "./bank.ts";
import { serverNames } from "./servers.ts";
import { Broken, placeOf, type Stage, type Transfer } from "./stage.ts";

export interface Scene {
  /** What should be so. */
  readonly title: string;
  /** Whether a server is killed in it: those that somebody else runs are not. */
  readonly killsServer?: true;
  /** How long the coordinator waits for votes; long unless told. */
  readonly voteMs?: number;
  /** Gives a sentence about what was found; throws `Broken` if that is not what should be. */
  play(stage: Stage): Promise<string>;
}

export const transfer: Transfer = { from: "ann", to: "cat", amount: 60 };
export const before = { ann: opening, cat: opening };
export const after = { ann: opening - transfer.amount, cat: opening + transfer.amount };

export async function isPrepared(
  stage: Stage,
  names: readonly (typeof serverNames)[number][],
): Promise<void> {
  for (const name of names) {
    await stage.until(`${name} has prepared`, async () => (await stage.banks[name].prepared()).length > 0);
  }
}

export async function expectBalances(stage: Stage, expected: { [account: string]: number }): Promise<void> {
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

export function sum(balances: { [account: string]: number }): number {
  return Object.values(balances).reduce((total, balance) => total + balance, 0);
}
