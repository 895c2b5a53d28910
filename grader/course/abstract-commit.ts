import type { Model } from "#lib/explore";

/** Who has done what, a letter each: a manager is w(orking), p(repared), c(ommitted) or a(borted); so is what was sent. */
interface State {
  readonly managers: string;
  /** The transaction manager: i(nit), c(ommitted) or a(borted). */
  readonly decision: string;
  /** Whose Prepared the transaction manager has: y or n. */
  readonly prepared: string;
  /** Whose Prepared was sent: y or n; then whether Commit was, and Abort. */
  readonly sent: string;
}

/**
 * Two-phase commit as Gray and Lamport state it ("Consensus on Transaction Commit", 2006, §3.2 and its TLA+ text), which
 * Stateright counts as 288, 8,832 and 296,448 states for 3, 5 and 7 resource managers (examples/2pc.rs).
 */
export function abstractCommit(count: number): Model<State> {
  const managers = Array.from({ length: count }, (_, i) => i);
  return {
    initial: [
      {
        managers: "w".repeat(count),
        decision: "i",
        prepared: "n".repeat(count),
        sent: "n".repeat(count + 2),
      },
    ],
    key: ({ managers, decision, prepared, sent }) => managers + decision + prepared + sent,
    invariant: ({ managers }) =>
      managers.includes("a") && managers.includes("c") ? "one has aborted, and one has committed" : undefined,
    *next(state) {
      const { decision, prepared, sent } = state;
      if (decision === "i" && !prepared.includes("n")) {
        yield { ...state, decision: "c", sent: put(sent, count, "y") };
      }
      if (decision === "i") yield { ...state, decision: "a", sent: put(sent, count + 1, "y") };
      for (const i of managers) {
        const isWorking = state.managers[i] === "w";
        if (decision === "i" && sent[i] === "y") yield { ...state, prepared: put(prepared, i, "y") };
        if (isWorking) yield { ...state, managers: put(state.managers, i, "p"), sent: put(sent, i, "y") };
        if (isWorking) yield { ...state, managers: put(state.managers, i, "a") };
        if (sent[count] === "y") yield { ...state, managers: put(state.managers, i, "c") };
        if (sent[count + 1] === "y") yield { ...state, managers: put(state.managers, i, "a") };
      }
    },
  };
}

function put(text: string, at: number, letter: string): string {
  return text.slice(0, at) + letter + text.slice(at + 1);
}
