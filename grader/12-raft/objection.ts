import type { Entry } from "#protocol/12-raft";

/** What is claimed of the logs of all servers together. */
export const claimNames = {
  appendOnly: "a leader never overwrites or removes entries of its log (invariant 2)",
  matching: "two logs with an entry of the same index and term are equal up to there (invariant 3)",
  completeness: "what is committed is in the logs of the leaders of all later terms (invariant 4)",
  majority: "what is committed is in the logs of a majority (invariant 4)",
  kept: "a server keeps what is committed (invariant 4)",
  order: "a server applies its log in order, nothing left out and nothing twice (invariant 5)",
  durable: "what a server says, its disk has (invariant 8)",
} as const;

export type LogClaim = keyof typeof claimNames;

/** What a claim objects to: a sentence, and what the story is about. */
export interface Objection {
  readonly claim: LogClaim;
  readonly text: string;
  readonly about?: readonly string[];
}

/** What the story of these entries is about: their commands, and of configurations whatever was done to them and who led then. */
export function storyOf(...entries: readonly Entry[]): { readonly about?: readonly string[] } {
  const about = entries.flatMap((entry) => {
    if (entry.type === "Command") return [String(entry.command)];
    return entry.type === "NoOp" ? [] : changeWords;
  });
  return about.length === 0 ? {} : { about };
}

const changeWords = ["AddServer", "RemoveServer", "Configuration", "ApplyConfiguration", "BecameLeader"];

/** The entry as it stands in a sentence. */
export function worded(entry: Entry | undefined): string {
  if (!entry) return "nothing";
  if (entry.type === "Command") return JSON.stringify(entry.command);
  return entry.type === "NoOp" ? "a NoOp" : `the configuration ${entry.members.join(", ")}`;
}
