import { type Application, Simulation } from "#lib/sim";
import { formatValue } from "#lib/trace";
import type { Exercise, TransactionMessage, Vector } from "#protocol/08-clocks";
import { type Happening, happenedBefore } from "./execution.ts";
import { epochMs, readHlc } from "./judges.ts";
import { execute } from "./schedules.ts";
import { transactOf } from "./truetime-cluster.ts";

/** The numbers of the chapter, from real runs of the work that is given. A check compares them with the text. */
export function figures(work: Exercise): { readonly [name: string]: string } {
  return { pairs: pairs(work), pruned: pruned(work), hybrid: hybrid(work), waits: waits(work) };
}

const plan = { seed: 8, nodeCount: 6, eventCount: 400 };

/** What two kinds of timestamps say of all pairs of events of one execution, against what happened. */
function pairs(work: Exercise): string {
  const lamport = execute(
    plan,
    () => {
      const clock = work.createLamportClock();
      return {
        local: () => clock.local(),
        send: () => clock.send(),
        receive: (_, stamp: number) => clock.receive(stamp),
      };
    },
    () => undefined,
  );
  const vectors = execute(
    plan,
    (node) => {
      const clock = work.createVectorClock(node);
      return {
        local: () => clock.local(),
        send: () => clock.send(),
        receive: (_, stamp: Vector) => clock.receive(stamp),
      };
    },
    () => undefined,
  );
  const truth = [...lamport.byNode.values()].flat();
  const same = [...vectors.byNode.values()].flat();
  let [ordered, concurrent, apart, told] = [0, 0, 0, 0];
  for (const [i, a] of truth.entries()) {
    for (const [j, b] of truth.entries()) {
      if (j <= i) continue;
      if (happenedBefore(a, b) || happenedBefore(b, a)) {
        ordered++;
        continue;
      }
      concurrent++;
      if (a.stamp !== b.stamp) apart++;
      const [x, y] = [same[i], same[j]] as [Happening<Vector>, Happening<Vector>];
      if (work.compareVectors(x.stamp, y.stamp) === "concurrent") told++;
    }
  }
  const share = (count: number) =>
    `${String(count).padStart(5)}  (${Math.round((100 * count) / concurrent)} %)`;
  return [
    `pairs of events              ${String(ordered + concurrent).padStart(6)}`,
    `one happened before the other ${String(ordered).padStart(5)}`,
    `concurrent                    ${String(concurrent).padStart(5)}`,
    `  with different Lamport times ${share(apart).trimStart()}`,
    `  with concurrent vectors      ${share(told).trimStart()}`,
  ].join("\n");
}

/** What becomes of two comparisons when one entry is left out of one vector. */
function pruned(work: Exercise): string {
  const lines = (
    [
      [{ n1: 5 }, { n1: 5, n2: 1 }, { n1: 5 }, { n2: 1 }],
      [{ n1: 1, n2: 2 }, { n2: 3 }, { n2: 2 }, { n2: 3 }],
    ] as const
  ).flatMap(([a, b, c, d]) => {
    const told = (x: Vector, y: Vector) =>
      `${formatValue(x).padEnd(16)}  ${formatValue(y).padEnd(16)}  ${work.compareVectors(x, y)}`;
    return [`whole          ${told(a, b)}`, `n1 left out    ${told(c, d)}`];
  });
  return lines.join("\n");
}

/** One clock that goes on, stands still, is put back and catches up; one message comes from a node that is ahead. */
function hybrid(work: Exercise): string {
  const hlc = work.createHlc(500);
  const lines = [0, 1, 1, 1, 2].map((ms) => line(ms, hlc.now(epochMs + ms), ""));
  const received = work.encodeHlc({ ms: epochMs + 40, counter: 7 });
  lines.push(line(3, hlc.receive(epochMs + 3, received) as string, "← a message with T + 40, counter 7"));
  lines.push(line(4, hlc.now(epochMs + 4), ""));
  lines.push(line(-90, hlc.now(epochMs - 90), "← the clock was put back"));
  lines.push(line(41, hlc.now(epochMs + 41), ""));
  return ["machine's clock   timestamp            ms       counter", ...lines].join("\n");
}

function line(clockMs: number, stamp: string, note: string): string {
  const { ms, counter } = readHlc(stamp);
  const clock = `T ${clockMs < 0 ? "−" : "+"} ${Math.abs(clockMs)}`;
  return `${clock.padEnd(15)}   ${stamp}     T + ${String(ms - epochMs).padEnd(4)} ${String(counter).padEnd(3)} ${note}`.trimEnd();
}

/** How long a commit takes, and how many fit into a second on one key, for clocks that are sure to within so much. */
function waits(work: Exercise): string {
  const lines = [0, 1, 4, 7, 50, 250].map((uncertaintyMs) => {
    let count = 0;
    let lastMs = 0;
    const client: Application<TransactionMessage> = {
      onStart: (ctx) => ctx.send("n1", transactOf("T0", ["x"])),
      onMessage(ctx) {
        count++;
        lastMs = ctx.now;
        ctx.send("n1", transactOf(`T${count}`, ["x"]));
      },
    };
    // The client is beside the server, so that messages take no time.
    const sim = new Simulation({
      seed: 1,
      uncertaintyMs,
      nodes: { n1: () => new work.TransactionServer() as never },
      applications: { n1: client as never },
    });
    sim.runUntil(30_000);
    // Up to the last commit: the run ends in the middle of the next one.
    const perSecond = (1_000 * count) / lastMs;
    return `± ${String(uncertaintyMs).padStart(3)} ms   ${(1_000 / perSecond).toFixed(0).padStart(4)} ms a commit   ${perSecond.toFixed(0).padStart(4)} a second`;
  });
  return lines.join("\n");
}
