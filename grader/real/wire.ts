import type { CompiledWork } from "../run/compile.ts";
import type { SceneResult } from "./play.ts";
import type { ServerName } from "./servers.ts";

/** What a fork is told to play. */
export interface Task {
  readonly work: CompiledWork;
  readonly folder: string;
  readonly urls: { readonly [name in ServerName]: string };
  /** Whether a server may be killed: the fork asks for it, and who started the servers does it. */
  readonly canKill: boolean;
}

/** A deed that a fork asks for, by a number that comes back with the answer. */
export interface Wish {
  readonly says: "wish";
  readonly number: number;
  readonly deed: "kill" | "start";
  readonly server: ServerName;
}

/** What a fork says, in order. */
export type FromFork =
  /** Its event loop turns. */
  | { readonly says: "beat" }
  /** What the learner's code is called for; undefined when it has come back. */
  | { readonly says: "doing"; readonly what: string | undefined }
  | { readonly says: "printed"; readonly line: string }
  | { readonly says: "result"; readonly result: SceneResult }
  | Wish
  | { readonly says: "done" }
  /** It failed, and the learner's code is not to blame. */
  | { readonly says: "fault"; readonly why: string };

/** What a fork is told: its task, and then that a wish was done, or why not. */
export type ToFork = { readonly task: Task } | { readonly done: number; readonly why?: string };
