import { Judge } from "#lib/check";
import type { Failure, Fault, Recorder } from "#lib/sim";
import { retrace } from "./audit.ts";
import { inWords } from "./budgets.ts";
import type { HiddenState } from "./hidden-state.ts";
import type { ExploreOptions, Step } from "./options.ts";
import type { Prefixed } from "./prefix.ts";
import { Retelling } from "./retell.ts";
import type { Ending, Move } from "./search.ts";
import { type Space, stepOf } from "./space.ts";
import { brokenIn, type Refusal } from "./view.ts";

/** A shortest path to something that must not be. */
export interface Counterexample {
  /** `invariant`: a claim was broken. `exception`, `misuse`: a handler threw, or used the library as it is not meant. */
  readonly kind: Failure["kind"];
  readonly claim: string;
  /** What happened instead, as a sentence. */
  readonly text: string;
  /** What was thrown, if something was. */
  readonly error?: unknown;
  /** The events that led there, without the first starts. What was sent and is not delivered in them was lost, or is late. */
  readonly steps: readonly Step[];
  /** Tells a recorder of the path, as a run of the simulator would: `record(trace)`, then `tell(trace)`. */
  record(recorder: Recorder): void;
}

/** What a search found. */
export interface Exploration {
  readonly violation?: Counterexample;
  /** How many different states were visited. */
  readonly states: number;
  /** How many steps were taken between them. */
  readonly transitions: number;
  /** How many handlers ran: one for each state of a node and event that can meet it. */
  readonly handlerRuns: number;
  /** How many steps away the farthest state is. */
  readonly depth: number;
  /**
   * `complete`: every state within the budgets was visited. `state budget`: there are more. `hidden state`: the nodes do not do the
   * same again, so that nothing can be said.
   */
  readonly stopped: "complete" | "state budget" | "violation" | "hidden state";
  /** The same as a sentence, with the budgets. */
  readonly why: string;
  /** `by history`: some class has state that cannot be seen, so that two of its objects are equal only if the same happened to them. */
  readonly merging: "by state" | "by history";
  /** Which class that is, and how it showed. */
  readonly hidden?: string;
}

/** What is known when a search has ended. */
interface Ended {
  readonly options: ExploreOptions;
  readonly space: Space;
  readonly origin: Int32Array;
  readonly prefix: Prefixed;
  readonly ending: Ending;
  readonly states: number;
}

/** Why the search ended, in words, and what it found. */
export function conclusion(ended: Ended): Pick<Exploration, "stopped" | "why" | "violation"> {
  const { options, space, ending, states } = ended;
  const within = inWords(options.budgets ?? []);
  switch (ending.ended) {
    case "complete": {
      const once = space.locals.mergesByHistory ? ", but none twice by an object with hidden state" : "";
      const how = `with ${within}, and messages lost, late, repeated and overtaken in every way${once}`;
      return { stopped: "complete", why: `Every state was visited that can be reached ${how}.` };
    }
    case "refused": {
      const violation = counterexample(ended, ending.path);
      return { stopped: "violation", why: `This does not hold: ${violation.claim}.`, violation };
    }
    default: {
      const limit = {
        states: "and there are more",
        steps: "and most steps from them led to no new one",
        replays: "and to rebuild what single nodes remember took too many handlers",
      }[ending.ended];
      const why = `${states} states were visited with ${within}, ${limit}. ${busiestNode(space)}`;
      return { stopped: "state budget", why };
    }
  }
}

/** The end of a search through nodes that never do the same again. */
export function unrepeatable(space: Space, { className, message }: HiddenState): Exploration {
  const why = `${className} did not do the same twice after the same events: does it keep state outside of its objects, in a module variable or a static field?`;
  const { stepCount: transitions, locals } = space;
  const counts = { states: 0, transitions, handlerRuns: locals.handlerRuns, depth: 0 };
  return { ...counts, stopped: "hidden state", why, merging: "by history", hidden: message };
}

function counterexample(ended: Ended, found: readonly Move[]): Counterexample {
  const { space, prefix } = ended;
  const path = [...prefix.path, ...found];
  const refusal = refusalAt(ended, path);
  const steps = path.map(({ node, event, outcome }) => stepOf(space, node, event, outcome));
  const text = "text" in refusal ? refusal.text : refusal.message;
  return {
    kind: "kind" in refusal ? refusal.kind : "invariant",
    claim: refusal.claim,
    text,
    ...("error" in refusal && { error: refusal.error }),
    steps: withoutFirstStarts(steps),
    record: (recorder) => new Retelling(space.machines, recorder).tell(steps, text),
  };
}

/** Everybody expects a node to start, unless it crashes at it. */
function withoutFirstStarts(steps: readonly Step[]): Step[] {
  const started = new Set<string>();
  return steps.filter(({ kind, node, crashAfter }) => {
    if (kind !== "start" || started.has(node)) return true;
    started.add(node);
    return crashAfter !== undefined;
  });
}

/**
 * What is wrong at the end of a path. The search knows equal facts of different nodes as one, so the sentence is made here, from what
 * happened on this path.
 */
function refusalAt({ options, space, origin }: Ended, path: readonly Move[]): Refusal | Fault {
  const deeds = retrace(space, origin, path);
  for (const claim of options.claims ?? []) {
    const judge = new Judge(claim);
    for (const deed of deeds) {
      const text = judge.objection(deed);
      if (text !== undefined) return { claim: claim.name, text };
    }
  }
  const { locals, happened, width } = space;
  const row = Int32Array.from(origin);
  for (const { node, event, outcome } of path) {
    if (!outcome) return locals.transition(row[node] as number, event).fault as Fault;
    row[node] = outcome.local;
    row[width - 2] = happened.add(row[width - 2] as number, outcome.addition);
  }
  return brokenIn(space, row, options.holds ?? []) as Refusal;
}

/** A counter that never stops shows here. */
function busiestNode({ machines, locals }: Space): string {
  const counts = machines.map(
    ({ number }) => locals.all.filter(({ machine }) => machine.number === number).length,
  );
  const most = Math.max(...counts);
  return `${machines[counts.indexOf(most)]?.id} alone was in ${most} different ones.`;
}
