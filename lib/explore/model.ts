/** A model: states, and what may follow each. States are values that are not changed. */
export interface Model<State> {
  readonly initial: readonly State[];
  next(state: State): Iterable<State>;
  /** Equal for equal states. */
  key(state: State): string | number;
  /** Why a state must not be, as a sentence; undefined if it may be. */
  invariant?(state: State): string | undefined;
  /** How many states are visited at most; a million unless told. */
  readonly states?: number;
}

export interface ModelExploration<State> {
  readonly states: number;
  readonly transitions: number;
  /** How many steps away the farthest state is. */
  readonly depth: number;
  readonly stopped: "complete" | "state budget" | "violation";
  /** The shortest path to a state that must not be. */
  readonly violation?: { readonly text: string; readonly path: readonly State[] };
}

/** Visits every state of a model, breadth first: for protocols that are written down as rules, without nodes and messages. */
export function exploreModel<State>(model: Model<State>): ModelExploration<State> {
  const most = model.states ?? 1_000_000;
  const states: State[] = [];
  const parents: number[] = [];
  const depths: number[] = [];
  const known = new Set<string | number>();
  let transitions = 0;
  const result = (stopped: ModelExploration<State>["stopped"]) => ({
    states: states.length,
    transitions,
    depth: depths.at(-1) ?? 0,
    stopped,
  });
  const visit = (state: State, parent: number): ModelExploration<State> | undefined => {
    const key = model.key(state);
    if (known.has(key)) return undefined;
    known.add(key);
    states.push(state);
    parents.push(parent);
    depths.push(parent < 0 ? 0 : (depths[parent] as number) + 1);
    const text = model.invariant?.(state);
    if (text === undefined) return states.length >= most ? result("state budget") : undefined;
    const path: State[] = [];
    for (let at = states.length - 1; at >= 0; at = parents[at] as number) path.unshift(states[at] as State);
    return { ...result("violation"), violation: { text, path } };
  };
  for (const state of model.initial) {
    const end = visit(state, -1);
    if (end) return end;
  }
  for (let at = 0; at < states.length; at++) {
    for (const state of model.next(states[at] as State)) {
      transitions++;
      const end = visit(state, at);
      if (end) return end;
    }
  }
  return result("complete");
}
