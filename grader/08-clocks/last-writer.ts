import type { Cluster } from "#lib/nemesis";
import type { Application, Context, Node, NodeId } from "#lib/sim";
import type { Exercise, Hlc } from "#protocol/08-clocks";
import { epochMs } from "./judges.ts";

/** A register of the grader's own on two servers: of two writes, the one with the larger timestamp wins. */
export type RegisterMessage =
  | { readonly type: "Write"; readonly value: string; readonly known: string | null }
  | { readonly type: "Written"; readonly stamp: string }
  | { readonly type: "Read" }
  | { readonly type: "Value"; readonly value: string | null; readonly stamp: string | null }
  | { readonly type: "Copy"; readonly value: string; readonly stamp: string }
  | { readonly type: "Call" };

interface Cell {
  readonly value: string;
  readonly stamp: string;
}

/** What gives a write its timestamp: the server's clock, and the largest timestamp that its client has seen. */
export type Stamper = (ctx: Context<RegisterMessage>, known: string | null) => string;

/** The clock alone, in ms and as text that is ordered as numbers are. */
export const byTheClock: Stamper = (ctx) => String(ctx.now).padStart(4, "0");

/** A hybrid clock of the work under test. */
export function byHlc(hlc: Hlc): Stamper {
  return (ctx, known) => {
    const clockMs = epochMs + ctx.now;
    return (known === null ? hlc.now(clockMs) : hlc.receive(clockMs, known)) ?? "refused";
  };
}

export class LastWriter implements Node<RegisterMessage> {
  readonly #peer: NodeId;
  readonly #stamp: Stamper;

  constructor(peer: NodeId, stamp: Stamper) {
    this.#peer = peer;
    this.#stamp = stamp;
  }

  onMessage(ctx: Context<RegisterMessage>, from: NodeId, message: RegisterMessage): void {
    if (message.type === "Write") {
      const stamp = this.#stamp(ctx, message.known);
      this.#keep(ctx, { value: message.value, stamp });
      ctx.send(from, { type: "Written", stamp });
      ctx.send(this.#peer, { type: "Copy", value: message.value, stamp });
    }
    if (message.type === "Copy") this.#keep(ctx, { value: message.value, stamp: message.stamp });
    if (message.type !== "Read") return;
    const cell = ctx.disk.get<Cell>("x");
    ctx.send(from, { type: "Value", value: cell?.value ?? null, stamp: cell?.stamp ?? null });
  }

  #keep(ctx: Context<RegisterMessage>, { value, stamp }: Cell): void {
    const old = ctx.disk.get<Cell>("x");
    if (old === undefined || old.stamp < stamp) {
      ctx.disk.set("x", { value, stamp });
      ctx.disk.sync();
    }
  }
}

/** One of the things that happen in a story, one after another: each begins when the one before has been answered. */
export interface Step {
  readonly client: NodeId;
  readonly server: NodeId;
  /** A write; without one, a read. */
  readonly value?: string;
}

/**
 * What clients do at two servers, of which n1 has a clock that is 100 ms ahead. Whoever is done calls the next one, directly: no
 * server hears of that.
 */
export function registerStory(steps: readonly Step[], make: (work: Exercise) => Stamper): Cluster<Exercise> {
  const answers: string[] = [];
  const clients = ["c1", "c2"].map((id) => [id, new Caller(id, steps, answers)] as const);
  return {
    nodes: {
      n1: (work) => new LastWriter("n2", make(work)) as never,
      n2: (work) => new LastWriter("n1", make(work)) as never,
    },
    applications: Object.fromEntries(clients) as never,
    eventually: {
      "every step is answered": () => answers.length === steps.length || "A step has not been answered.",
      "a write that knew of another has the larger timestamp, and is what is read (invariant 1)": () => {
        const last = steps.findLast(({ value }) => value !== undefined)?.value;
        const read = answers.at(-1);
        return (
          read === last ||
          `c2 read what c1 had written, and wrote ${last} after it. Then c2 read ${read}: the timestamp of ${last} was not the larger.`
        );
      },
    },
    script(sim, event) {
      if (event.index !== 0) return;
      sim.clock("n1").jump(0, 100);
      sim.note("n1", "the clock of n1 is 100 ms ahead of that of n2");
    },
    completed: () => answers.length,
  };
}

class Caller implements Application<RegisterMessage> {
  readonly #id: NodeId;
  readonly #steps: readonly Step[];
  readonly #answers: string[];
  /** The largest timestamp that it has seen. */
  #known: string | null = null;

  constructor(id: NodeId, steps: readonly Step[], answers: string[]) {
    this.#id = id;
    this.#steps = steps;
    this.#answers = answers;
  }

  onStart(ctx: Context<RegisterMessage>): void {
    if (this.#steps[0]?.client === this.#id) this.#next(ctx);
  }

  onMessage(ctx: Context<RegisterMessage>, _from: NodeId, message: RegisterMessage): void {
    if (message.type === "Call") this.#next(ctx);
    if (message.type !== "Written" && message.type !== "Value") return;
    this.#answers.push(message.type === "Value" ? String(message.value) : "written");
    if (message.stamp !== null && (this.#known === null || this.#known < message.stamp))
      this.#known = message.stamp;
    this.#next(ctx);
  }

  #next(ctx: Context<RegisterMessage>): void {
    const step = this.#steps[this.#answers.length];
    if (!step) return;
    const { client, server, value } = step;
    if (client !== this.#id) ctx.send(client, { type: "Call" });
    else if (value === undefined) ctx.send(server, { type: "Read" });
    else ctx.send(server, { type: "Write", value, known: this.#known });
  }
}
