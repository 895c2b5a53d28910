import type { ExploreOptions, NamedExploration } from "#lib/explore";
import type { AnyNode, Context, NodeId } from "#lib/sim";
import type { Exercise, Submit, Work } from "#protocol/10-two-phase-commit";
import { commitAfterYes, honestLook, type Message, oneOutcome } from "./claims.ts";
import { PlainCoordinator, PlainParticipant } from "./peers.ts";

/** Whose nodes are explored: the learner's, or ours beside the learner's. */
export type Classes = Pick<Exercise, "Coordinator" | "Participant">;

export interface Explored {
  readonly participantCount: number;
  readonly crashes: number;
  readonly asksOthers?: boolean;
  /** The last participant cannot do its work, and votes no. */
  readonly refuses?: boolean;
  /** Somebody else reads an account of p1 at any time. */
  readonly looks?: boolean;
}

const opening = 100;
export const times = { retryMs: 200, voteMs: 500 };

/** Money goes from p1's account to the others'. */
function submit(participants: readonly NodeId[], refuses: boolean): Submit {
  const work = participants.map((id, i): [NodeId, Work] => {
    const amount = i === 0 ? 1 - participants.length : refuses && i === participants.length - 1 ? -1000 : 1;
    return [id, [{ op: "add", account: `a-${id}`, amount, ref: "t1" }]];
  });
  return { type: "Submit", request: "t1", work: Object.fromEntries(work) as never };
}

/** Reads the account of p1 with a transaction of its own, and ends it. */
class Looker {
  onStart(ctx: Context<Message>): void {
    const work: Work = [{ op: "read", account: "a-p1" }];
    ctx.send("p1", { type: "Prepare", id: "x-1", work, participants: ["p1"] });
  }

  onMessage(ctx: Context<Message>, from: NodeId, message: Message): void {
    if (message.type === "Vote" && message.yes) ctx.send(from, { type: "Abort", id: "x-1" });
  }
}

export function exploration({ Coordinator, Participant }: Classes, what: Explored): ExploreOptions {
  const { participantCount, crashes, asksOthers = false, refuses = false, looks = false } = what;
  const participants = Array.from({ length: participantCount }, (_, i) => `p${i + 1}`);
  const nodes = participants.map((id) => {
    const config = { accounts: { [`a-${id}`]: opening }, retryMs: times.retryMs, asksOthers };
    return [id, () => new Participant(config) as AnyNode] as const;
  });
  const look = {
    by: "x",
    id: "x-1",
    at: "p1",
    before: opening,
    after: opening + 1 - participantCount,
    ref: "t1",
  };
  return {
    nodes: { c: () => new Coordinator(times) as AnyNode, ...Object.fromEntries(nodes) },
    ...(looks && { clients: { x: () => new Looker() as AnyNode } }),
    asks: { c: [submit(participants, refuses)] },
    budgets: [{ crashes }],
    claims: [oneOutcome(), commitAfterYes(participants), ...(looks ? [honestLook(look)] : [])],
  };
}

/** Beside the learner's classes, or in the place of one of them, the grader's own. */
const plain = {
  Coordinator: PlainCoordinator as unknown as Exercise["Coordinator"],
  Participant: PlainParticipant as unknown as Exercise["Participant"],
};

function named(
  name: string,
  what: Explored,
  classes: (work: Classes) => Classes,
): NamedExploration<Exercise> {
  return { name, options: (work) => ({ ...exploration(classes(work), what), states: 30_000 }) };
}

const whole = (work: Classes): Classes => work;
const itsParticipants = ({ Participant }: Classes): Classes => ({ ...plain, Participant });
const itsCoordinator = ({ Coordinator }: Classes): Classes => ({ ...plain, Coordinator });

const two = { participantCount: 2, crashes: 1 };
const three = { participantCount: 3, crashes: 1 };

export const explorations = {
  lookedAt: named("10/looked-at", { ...two, looks: true }, itsParticipants),
  decided: named("10/decided", three, itsCoordinator),
  threeTogether: named("10/three-together", three, whole),
  twoCrashes: named("10/two-crashes", { ...two, crashes: 2 }, whole),
  asking: named("10/asking", { ...two, asksOthers: true }, itsParticipants),
  refusing: named("10/refusing", { ...three, asksOthers: true, refuses: true }, itsParticipants),
};
