import { agreement, type Claim, type Fact } from "#lib/check";
import type { RaftMessage } from "#protocol/12-raft";

/** A command as people write it. */
export const quoted = (command: unknown): string => JSON.stringify(command);

/** Facts with the same key never differ. The one that was there first is told as such: a crash may lie between. */
function firstStays(name: string, facts: Claim<RaftMessage>["facts"]): Claim {
  const claim = agreement<RaftMessage>(name, facts);
  const objection: Claim["objection"] = (fact, known) => {
    const [first] = known(fact.key);
    return claim.objection(fact, known) && `${fact.text}, and before that ${first?.text}.`;
  };
  return { ...claim, objection } as Claim;
}

/** At most one leader in a term; only it speaks as one. */
export function oneLeader(): Claim {
  return firstStays("at most one leader in a term (invariant 1)", (deed): Fact | undefined => {
    if (deed.deed !== "send" && deed.deed !== "tell") return undefined;
    const { node, message } = deed;
    if (message.type === "BecameLeader") {
      return leads(message.term, node, `${node} became the leader of term ${message.term}`);
    }
    if (message.type !== "AppendEntries" && message.type !== "InstallSnapshot") return undefined;
    return leads(message.term, node, `${node} sent ${message.type} as the leader of term ${message.term}`);
  });
}

function leads(term: number, node: string, text: string): Fact {
  return { key: `the leader of term ${term}`, value: node, text };
}

/** A server votes for one candidate a term: with its RequestVote for itself, with its answer for somebody else. */
export function oneVote(): Claim {
  return firstStays(
    "a server votes for one candidate a term, crash or not (invariant 6)",
    (deed): Fact | undefined => {
      if (deed.deed !== "send") return undefined;
      const { node, to, message } = deed;
      const isVote = message.type === "RequestVoteReply" && message.voteGranted;
      if (!isVote && message.type !== "RequestVote") return undefined;
      const candidate = isVote ? to : node;
      const whom = isVote ? `voted for ${to}` : "voted for itself, by standing,";
      return {
        key: `the vote of ${node} in term ${message.term}`,
        value: candidate,
        text: `${node} ${whom} in term ${message.term}`,
      };
    },
  );
}

/** What one server applies at an index, no server applies otherwise; a state that is handed on is the one that was there. */
export function oneStateMachine(): Claim {
  return agreement<RaftMessage>(
    "what one server applies at an index, no server applies otherwise (invariant 5)",
    (deed): Fact | undefined => {
      if (deed.deed === "ask" && deed.message.type === "Compact") {
        const { lastIncludedIndex, data } = deed.message;
        const text = `after entry ${lastIncludedIndex}, the state of ${deed.node} was ${quoted(data)}`;
        return { key: `the state after entry ${lastIncludedIndex}`, value: data, text };
      }
      if (deed.deed !== "tell") return undefined;
      const { node, message } = deed;
      if (message.type === "Apply") {
        const { index, command } = message;
        const text = `${node} applied ${quoted(command)} at index ${index}`;
        return { key: `entry ${index}`, value: command, text };
      }
      if (message.type === "ApplyConfiguration") {
        const { index, members } = message;
        const text = `${node} applied the configuration ${members.join(", ")} at index ${index}`;
        return { key: `entry ${index}`, value: { members }, text };
      }
      if (message.type !== "Restore") return undefined;
      const { lastIncludedIndex, data } = message;
      const text = `${node} gave its application ${quoted(data)} as the state after entry ${lastIncludedIndex}`;
      return { key: `the state after entry ${lastIncludedIndex}`, value: data, text };
    },
  ) as Claim;
}

/** A server never says a lower term than before. PreVote speaks of a term that may never come. */
function termsGoUp(): Claim {
  return {
    name: "terms only go up: no server says a lower one than before, crash or not (invariant 7)",
    facts(deed): Fact | undefined {
      if (deed.deed !== "send" && deed.deed !== "tell") return undefined;
      const message = deed.message as RaftMessage;
      const term = termSaid(message);
      if (term === undefined) return undefined;
      const text = `${deed.node} said term ${term} in ${message.type}`;
      return { key: `terms of ${deed.node}`, value: term, text };
    },
    objection(fact, known) {
      const later = known(fact.key).find(({ value }) => (value as number) > (fact.value as number));
      return later && `${fact.text}, and before that ${later.text}.`;
    },
  };
}

/** The claims that runs and explorations make alike. */
export function explorable(): Claim[] {
  return [oneLeader(), oneVote(), termsGoUp(), oneStateMachine()];
}

/** The term that the sender of a message says it is in. */
export function termSaid(message: RaftMessage): number | undefined {
  switch (message.type) {
    case "RequestVote":
    case "RequestVoteReply":
    case "AppendEntries":
    case "AppendEntriesReply":
    case "InstallSnapshot":
    case "InstallSnapshotReply":
    case "BecameLeader":
      return message.term;
    case "PreVoteReply":
      return message.voteGranted ? undefined : message.term;
    default:
      return undefined;
  }
}
