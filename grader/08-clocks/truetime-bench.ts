import { type NodeId, Solo } from "#lib/sim";
import type { Committed, Exercise, TransactionMessage } from "#protocol/08-clocks";
import { type Crash, claim, crashesAmong } from "../suite/index.ts";
import { transactOf } from "./truetime-cluster.ts";

/** An answer, when it was sent, and what the server's clock said then. */
export type Answered = Readonly<{ to: NodeId; committed: Committed; trueMs: number; earliestMs: number }>;

/** One server alone, n1; the test is its clients, and time. */
export class TransactionBench {
  readonly solo: Solo<TransactionMessage, unknown>;
  readonly answers: Answered[] = [];
  readonly #make: () => InstanceType<Exercise["TransactionServer"]>;

  constructor(Server: Exercise["TransactionServer"], uncertaintyMs = 20) {
    this.#make = () => new Server();
    this.solo = new Solo(this.#make(), { self: "n1", peers: ["c1", "c2", "c3"], nowMs: 1_000 });
    this.solo.uncertaintyMs = uncertaintyMs;
  }

  /** What the clock shows at the least and at the most. */
  get interval(): { readonly earliest: number; readonly latest: number } {
    const { nowMs, clockErrorMs, uncertaintyMs } = this.solo;
    const width = Math.max(uncertaintyMs, Math.abs(clockErrorMs));
    return { earliest: nowMs + clockErrorMs - width, latest: nowMs + clockErrorMs + width };
  }

  ask(txn: string, keys: readonly string[], client = "c1"): void {
    this.solo.receive(client, transactOf(txn, keys));
    this.#collect();
  }

  /** Time passes, ms by ms. */
  advance(ms: number): void {
    for (let i = 0; i < ms; i++) {
      this.solo.advance(1);
      this.#collect();
    }
  }

  answerOf(txn: string): Answered | undefined {
    return this.answers.find((it) => it.committed.txn === txn);
  }

  /** Waits for the answer to a transaction, and demands that there is one. */
  answered(txn: string, how = "was asked for"): Answered {
    for (let i = 0; i <= 400; i++) {
      const answer = this.answerOf(txn);
      if (answer) return answer;
      this.advance(1);
    }
    const { earliest, latest } = this.interval;
    claim(
      false,
      `${txn} ${how}, and n1 has not answered it for 400 ms; its clock says [${earliest}, ${latest}] now`,
    );
  }

  /** A transaction from its asking to its answer. */
  done(txn: string, keys: readonly string[], how?: string): Answered {
    this.ask(txn, keys);
    return this.answered(txn, how);
  }

  /** Every way in which the server can crash when this comes. It takes it, so it is of no use after that. */
  crashesAt(txn: string, keys: readonly string[]): Crash[] {
    this.solo.receive("c1", transactOf(txn, keys));
    return crashesAmong("n1", this.solo.effects);
  }

  askAndCrash(txn: string, keys: readonly string[], { count, kept }: Crash): void {
    this.solo.receiveAndCrash("c1", transactOf(txn, keys), count, kept);
    this.#collect();
    this.solo.restart(this.#make());
    this.#collect();
  }

  crash(): void {
    this.solo.crash("none");
    this.solo.restart(this.#make());
    this.#collect();
  }

  #collect(): void {
    for (const { to, message } of this.solo.sent) {
      if (message.type !== "Committed") continue;
      this.answers.push({
        to,
        committed: message,
        trueMs: this.solo.nowMs,
        earliestMs: this.interval.earliest,
      });
    }
    this.solo.clearSent();
  }
}
