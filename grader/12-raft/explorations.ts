import type { ExploreOptions, NamedExploration, Step } from "#lib/explore";
import type { AnyNode, NodeId } from "#lib/sim";
import type { Exercise, RaftConfig, RaftMessage } from "#protocol/12-raft";
import { explorable } from "./claims.ts";
import { config, three } from "./server-bench.ts";

type Work = Pick<Exercise, "Raft">;

/** How many timers may run out on each server, whether something crashes, and what n1's and n3's applications want. */
export interface Explored {
  readonly timers: readonly [number, number, number];
  readonly crashes?: number;
  readonly proposals?: { readonly [id: NodeId]: string };
  /** The search begins where these steps lead to; what was sent until then is lost. */
  readonly staged?: readonly Wanted[];
  readonly settings?: Partial<RaftConfig>;
}

type Wanted = (step: Step) => boolean;

export function exploration({ Raft }: Work, what: Explored): ExploreOptions {
  const { timers, crashes = 0, proposals = {}, staged, settings } = what;
  const asks = Object.entries(proposals).map(
    ([id, command]) => [id, [{ type: "Propose", command }]] as const,
  );
  return {
    nodes: Object.fromEntries(three.map((id) => [id, () => new Raft({ ...config, ...settings }) as AnyNode])),
    asks: Object.fromEntries(asks),
    budgets: [...three.map((node, i) => ({ timers: timers[i] as number, node })), { crashes }],
    claims: explorable(),
    ...(staged && { from: { choose: chooser(staged), forgetsMessages: true } }),
  };
}

/** Takes the steps that are wanted, one after the other, as long as they are possible. Nothing crashes. */
function chooser(staged: readonly Wanted[]): (possible: readonly Step[], taken: number) => Step | undefined {
  return (possible, taken) => {
    const wanted = staged[taken];
    return wanted && possible.find((step) => step.crashAfter === undefined && wanted(step));
  };
}

/** The election timer of a server runs out. */
const standing = (node: NodeId): Wanted => {
  return (step) => step.kind === "timer" && step.node === node && step.timer === "election";
};

const asked = (node: NodeId): Wanted => {
  return (step) => step.kind === "ask" && step.node === node;
};

const arrives = (from: NodeId, node: NodeId, type: RaftMessage["type"]): Wanted => {
  return (step) => {
    if (step.kind !== "message" || step.from !== from || step.node !== node) return false;
    return (step.message as RaftMessage).type === type;
  };
};

/**
 * Figure 8 with three servers, at (b): n1 led term 1 and has x in its log alone, n3 led term 2 and has y in its log alone, n2 has
 * voted for both and has nothing. Now n1 may win again, and bring x to n2: a majority has it. And then n3 may win.
 */
const figure8: readonly Wanted[] = [
  standing("n1"),
  arrives("n1", "n2", "RequestVote"),
  arrives("n2", "n1", "RequestVoteReply"),
  asked("n1"),
  arrives("n1", "n3", "RequestVote"),
  standing("n3"),
  arrives("n3", "n2", "RequestVote"),
  arrives("n2", "n3", "RequestVoteReply"),
  asked("n3"),
  arrives("n3", "n1", "RequestVote"),
];

export const explored = {
  oneTerm: { timers: [1, 0, 0], crashes: 1, proposals: { n1: "x" } },
  heartbeat: { timers: [2, 0, 0], crashes: 1, proposals: { n1: "x" } },
  twoCandidates: { timers: [1, 1, 0], crashes: 1 },
  figure8: { timers: [1, 0, 1], proposals: { n1: "x", n3: "y" }, staged: figure8 },
  figure8Crash: { timers: [1, 0, 1], crashes: 1, proposals: { n1: "x", n3: "y" }, staged: figure8 },
} satisfies { readonly [name: string]: Explored };

const named = (name: string, what: Explored, states: number): NamedExploration<Exercise> => {
  return { name, options: (work) => ({ ...exploration(work, what), states }) };
};

export const explorations = {
  twoCandidates: named("12/two-candidates", explored.twoCandidates, 100_000),
  oneTerm: named("12/one-term", explored.heartbeat, 100_000),
  figure8: named("12/figure-8-in-all-its-states", explored.figure8, 250_000),
};
