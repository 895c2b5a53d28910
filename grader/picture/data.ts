import type { Row, StateChange } from "#lib/trace";

/** Everything that a picture shows, as JSON. */
export interface PictureData {
  /** "05.5 Move". */
  readonly part: string;
  /** The title of the test. */
  readonly test: string;
  /** The claim that fell, and what happened instead. */
  readonly claim: string;
  readonly message: string;
  /** What the failure depends on, a sentence each: "the 3rd message from n1 to n2 is lost". */
  readonly deviations: readonly string[];
  /** For `npm run replay`. */
  readonly replay: string;
  /** The story of the verdict, a line an event. */
  readonly story: readonly string[];
  /** What the nodes knew in the end, a line each. */
  readonly knew: readonly string[];
  /** Who was there, in the order in which they are drawn. */
  readonly lanes: readonly Lane[];
  readonly rows: readonly Row[];
  readonly states: readonly StateChange[];
  readonly operations: readonly Bar[];
}

export interface Lane {
  /** As rows name it: "n1", "n1's app", "c1". */
  readonly name: string;
  readonly kind: "node" | "app" | "client";
}

/** One operation of a client, as it saw it. */
export interface Bar {
  readonly id: number;
  readonly process: string;
  /** "put k1 = 7". */
  readonly input: string;
  /** "6", or empty. */
  readonly output: string;
  readonly outcome: "ok" | "fail" | "info" | "open";
  readonly invokedMs: number;
  readonly returnedMs: number | undefined;
  /** Whether the checker's witness names it. */
  readonly isWitness: boolean;
}

/** What a run leaves for its picture: the grader knows the part and the test. */
export type RunPicture = Omit<PictureData, "part" | "test">;
