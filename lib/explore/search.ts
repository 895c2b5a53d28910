import type { Outcome } from "./local.ts";
import type { Progress, StateClaim } from "./options.ts";
import type { Space, Visitor } from "./space.ts";
import type { Renaming } from "./symmetry.ts";
import { grown, RowTable } from "./tables.ts";
import { brokenIn } from "./view.ts";

/** A step by numbers. */
export interface Move {
  readonly node: number;
  readonly event: number;
  readonly outcome: Outcome | undefined;
}

/** How a search ended. */
export type Ending =
  | { readonly ended: "complete" | "states" | "steps" | "replays" }
  | { readonly ended: "refused"; readonly path: readonly Move[] };

export interface SearchOptions {
  readonly space: Space;
  readonly root: Int32Array;
  readonly holds: readonly StateClaim[];
  /** How many states are visited at most. */
  readonly most: number;
  readonly symmetry: Renaming | undefined;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

interface Refused {
  readonly place: number;
  /** The step from that place that was wrong; undefined: the place itself is. */
  readonly move: Move | undefined;
}

/** So many steps, and so many handlers to rebuild states, for each state that may be visited: what is beyond leads nowhere. */
const stepsPerState = 100;
const replaysPerState = 5;
const progressEvery = 10_000;

/** Visits states breadth first, so that the first wrong one is the nearest. */
export class Search implements Visitor {
  readonly #options: SearchOptions;
  readonly #states = new RowTable();
  /** The state from which each was first reached. */
  #parents = new Int32Array(1024);
  /** How many steps away the newest state is, not counting the first starts. */
  depth = 0;
  #current = -1;
  #refused: Refused | undefined;
  /** There is a state too many. */
  #isFull = false;

  constructor(options: SearchOptions) {
    this.#options = options;
  }

  get stateCount(): number {
    return Math.min(this.#states.length, this.#options.most);
  }

  run(): Ending {
    const { space, root, most, onProgress } = this.#options;
    this.#visit(root);
    let levelEnd = 1;
    let level = -space.machines.filter((_, i) => !space.locals.all[root[i] as number]?.hasLived).length;
    for (let place = 0; place < this.#states.length; place++) {
      if (place === levelEnd) {
        level++;
        levelEnd = this.#states.length;
      }
      this.#current = place;
      this.depth = Math.max(0, level + 1);
      space.expand(this.#states.cells, this.#states.start(place), this);
      if (this.#refused) return this.#refusedEnding();
      if (this.#isFull) return { ended: "states" };
      if (space.stepCount > stepsPerState * (most + 1000)) return { ended: "steps" };
      if (space.locals.replayRuns > replaysPerState * (most + 1000)) return { ended: "replays" };
      if (place % progressEvery === progressEvery - 1) {
        onProgress?.({
          states: this.#states.length,
          depth: this.depth,
          frontier: this.#states.length - place - 1,
        });
      }
    }
    this.depth = Math.max(0, level);
    return { ended: "complete" };
  }

  step(_node: number, _event: number, _outcome: Outcome, row: Int32Array): boolean {
    this.#visit(row);
    return this.#refused !== undefined || this.#isFull;
  }

  refused(node: number, event: number, outcome: Outcome | undefined): boolean {
    this.#refused = { move: { node, event, outcome }, place: this.#current };
    return true;
  }

  #visit(row: Int32Array): void {
    const { space, symmetry, holds, most } = this.#options;
    const before = this.#states.length;
    const place = this.#states.add(symmetry ? symmetry.representative(row) : row, space.width);
    if (place < before) return;
    if (place === most) {
      this.#isFull = true;
      return;
    }
    if (place === this.#parents.length) this.#parents = grown(this.#parents);
    this.#parents[place] = this.#current;
    if (holds.length > 0 && brokenIn(space, row, holds)) this.#refused = { place, move: undefined };
  }

  #refusedEnding(): Ending {
    const { move, place } = this.#refused as Refused;
    const path = [...this.#pathTo(place), ...(move ? [move] : [])];
    const { symmetry, root } = this.#options;
    return { ended: "refused", path: symmetry ? symmetry.concrete(root, path) : path };
  }

  #pathTo(place: number): Move[] {
    const places = [place];
    for (let at = place; this.#parents[at] !== -1; at = places.at(-1) as number) {
      places.push(this.#parents[at] as number);
    }
    places.reverse();
    return places.slice(1).map((child, i) => this.#moveBetween(places[i] as number, child));
  }

  #moveBetween(parent: number, child: number): Move {
    const { space, symmetry } = this.#options;
    const states = this.#states;
    let found: Move | undefined;
    space.expand(states.cells, states.start(parent), {
      step(node, event, outcome, row) {
        const target = symmetry ? symmetry.representative(row) : row;
        if (states.add(target, space.width) !== child) return false;
        found = { node, event, outcome };
        return true;
      },
      refused: () => false,
    });
    return found as Move;
  }
}
