import type { Exercise, Message, ReplicaConfig, Row } from "#protocol/04-quorum-store";
import { claim } from "../suite/index.ts";
import { Bench, isEqual, plain, replyText, row, rowText, versionText } from "./bench.ts";

type Class = Exercise["Replica"];

const { handOffMs, timeoutMs, retryMs } = plain;
const [first, second] = [row("x", 4, "n1", "a"), row("x", 6, "n2", "b")];

const hintOf = (it: Row, home: string): Message => ({ type: "Hint", ...it, home });

/** Whatever is kept, whoever sends a Hint hears of it: else it would send it for ever. */
export function everyHintIsConfirmed(Replica: Class, config: ReplicaConfig): void {
  for (const [had, it] of [
    [first, first],
    [second, first],
  ] as const) {
    const n4 = new Bench(Replica, config, "n4");
    n4.receive("n1", hintOf(had, "n3"));
    n4.receive("n2", hintOf(it, "n3"));
    const reply = n4.sent("HintReply", "n2")[0]?.message;
    claim(
      isEqual(reply?.version, it.version),
      `n4 had a hint of ${rowText(had)} for n3. Then n2 sent it a hint of ${rowText(it)} for n3, and should get HintReply with ${versionText(it.version)}; it got ${reply ? `one with ${versionText(reply.version)}` : "none"} (invariant 11)`,
    );
  }
}

/** Hints come oftener than handOffMs, of other keys. */
export function handsOver(Replica: Class, config: ReplicaConfig): void {
  const n4 = new Bench(Replica, config, "n4");
  n4.receive("n1", hintOf(first, "n3"));
  for (let i = 0; i < 12; i++) {
    n4.advance(handOffMs / 4);
    n4.receive("n1", hintOf({ ...first, key: `y${i}` }, "n3"));
  }
  const stores = n4.sent("Store", "n3").filter(({ message }) => message.key === "x");
  claim(
    stores.length > 0,
    `n4 has had a hint of x for n3 for ${3 * handOffMs} ms, and handOffMs is ${handOffMs}. Every ${handOffMs / 4} ms it got a hint of another key, and it sent n3 no Store of x (invariant 11)`,
  );
}

/** n3 is silent, also when the put is acknowledged, and the first hints of it are lost. */
export function goesOnTrying(Replica: Class, config: ReplicaConfig): void {
  const n1 = new Bench(Replica, config);
  const id = n1.ask("put", "x", "a");
  n1.run(["n2"], 3 * retryMs);
  claim(
    n1.written(id)?.outcome === "ok",
    `n1 and n2 have put x = a, and there is ${replyText(n1.written(id))}`,
  );
  for (const type of ["Store", "Hint"] as const) {
    const before = n1.sent(type).filter(({ message }) => type === "Hint" || message.value === "a").length;
    n1.run(["n2"], 2 * retryMs + 1);
    claim(
      n1.sent(type).length > before,
      `Put x = a is acknowledged, and neither n3 nor a spare has confirmed it. Within ${2 * retryMs} ms n1 sent no ${type} again: what was sent may be lost (invariant 11)`,
    );
  }
}

/** n6 coordinates, n4 is the only spare, and W is 3. First n4 stands in for n1, and when n1 is back for another one. */
export function standsForOne(Replica: Class, sloppy: ReplicaConfig): void {
  const n6 = new Bench(Replica, { ...sloppy, w: 3, r: 1, spares: ["n4"] }, "n6");
  const id = n6.ask("put", "x", "a");
  for (let ms = 0; ms <= timeoutMs; ms += 25) {
    n6.answer(ms < 4 * retryMs ? ["n4"] : ["n1", "n4"], 1, sloppy.replicas);
    n6.advance(25);
  }
  const homes = [...new Set(n6.sent("Hint", "n4").map(({ message }) => message.home))];
  claim(
    homes.length > 1,
    `n1, n2 and n3 were silent, n4 is the only spare, and it was sent a hint for ${homes.join(" and ") || "nobody"}. Then n1 confirmed put x = a: n4 should get a hint for another one, whatever it has confirmed before (invariant 11)`,
  );
  claim(
    n6.written(id)?.outcome === "info",
    `sloppy is true, W = 3. n1 has put x = a, and n4 has hints for ${homes.join(" and ")}, which is two nodes and two disks: its outcome should be info, and there is ${replyText(n6.written(id))} (invariants 1 and 3)`,
  );
}

export function asksSparesLate(Replica: Class, sloppy: ReplicaConfig): void {
  const n1 = new Bench(Replica, sloppy);
  n1.ask("get", "x");
  n1.run(["n2", "n3"], retryMs - 1);
  const early = n1.sent("Fetch").find(({ to }) => sloppy.spares.includes(to));
  claim(
    early === undefined,
    `sloppy is true, and every replica answers at once. get x asked ${early?.to}, a spare, too: two spares could answer it, and no replica (invariant 1)`,
  );
  const silent = new Bench(Replica, sloppy);
  const id = silent.ask("get", "x");
  silent.run(["n4", "n5"], 4 * retryMs);
  claim(
    silent.read(id)?.outcome === "ok",
    `sloppy is true, R = 2. n2 and n3 are silent, n1 itself and the spares answer: get x should be ok within ${4 * retryMs} ms, and there is ${replyText(silent.read(id))} (invariant 8)`,
  );
}

/** n1 is a replica and a spare: it has a row of its own, and hints. Those of another key do not matter. */
export function answersWithTheNewest(Replica: Class, sloppy: ReplicaConfig): void {
  const other = { ...row("yx", 9, "n1", "of yx") };
  for (const [mine, ...hints] of [
    [null, first, second],
    [null, second, first],
    [row("x", 5, "n3", "row"), first, other],
    [row("x", 5, "n3", "row"), first, second],
    [row("x", 8, "n3", "row"), second, first],
    [null, other],
  ] as readonly [Row | null, ...Row[]][]) {
    const n1 = new Bench(Replica, { ...sloppy, spares: ["n1", "n4"] });
    if (mine) n1.store(mine);
    for (const [i, it] of hints.entries()) n1.receive("n2", hintOf(it, i === 0 ? "n2" : "n3"));
    const rows = [mine, ...hints.filter(({ key }) => key === "x")].filter((it) => it !== null);
    const best = rows.reduce<Row | null>(
      (a, b) => (a && a.version.counter > b.version.counter ? a : b),
      null,
    );
    const got = n1.fetch("x");
    claim(
      isEqual(got?.version, best?.version) && got?.value === best?.value,
      `n1 has ${rowText(mine)} of x, and hints of ${hints.map((it) => `${it.key} = ${rowText(it)}`).join(" and ")}: it should answer Fetch for x with ${rowText(best)}, and it answers ${rowText(got)}`,
    );
  }
}
