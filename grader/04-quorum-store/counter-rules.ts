import type { Exercise, ReplicaConfig } from "#protocol/04-quorum-store";
import { claim, crashesAmong } from "../suite/index.ts";
import { Bench, isBelow, plain, row, rowText, versionText } from "./bench.ts";

const [value, tombstone] = [row("x", 4, "n2", "a"), row("x", 5, "n2", null)];
const store = { type: "Store", ...tombstone } as const;
const collect = { type: "Collect", key: "x", version: tombstone.version } as const;

/** A crash falls anywhere where n1 keeps a tombstone, and anywhere where it drops it: its next put is newer than that was. */
export function counterOutlivesCrashes(Replica: Exercise["Replica"], config: ReplicaConfig): void {
  const graceMs = config.graceMs ?? 0;
  const keeping = () => {
    const n1 = new Bench(Replica, config);
    n1.store(value);
    return n1;
  };
  for (const crash of keeping().crashesAt("n2", store)) {
    const n1 = keeping();
    n1.receiveAndCrash("n2", store, crash);
    n1.store(tombstone);
    n1.receive("n2", collect);
    n1.advance(graceMs + 1);
    staysNewer(
      n1,
      `Store with ${rowText(tombstone)} came to n1; ${crash.text}; it came again, and was collected`,
    );
  }
  const dropping = () => {
    const n1 = keeping();
    n1.store(tombstone);
    n1.receive("n2", collect);
    return n1;
  };
  const probe = dropping();
  probe.advance(graceMs);
  for (const crash of crashesAmong("n1", probe.solo.effects)) {
    const n1 = dropping();
    n1.advanceAndCrash(crash);
    n1.receive("n2", collect);
    n1.advance(graceMs + 1);
    staysNewer(
      n1,
      `graceMs were over for ${rowText(tombstone)}; ${crash.text}; Collect came again, and graceMs passed`,
    );
  }
}

/** The next put at n1 must have a counter above the tombstone's: n3 may still have that. */
function staysNewer(n1: Bench, what: string): void {
  const id = n1.ask("put", "x", "b");
  n1.run(["n2"], 3 * plain.retryMs);
  const got = n1.written(id)?.version;
  claim(
    got !== undefined && got !== null && isBelow(tombstone.version, got),
    `${what}. Then put x = b got version ${versionText(got)}: n3 may still have the tombstone, which is newer (invariants 2 and 5)`,
  );
}
