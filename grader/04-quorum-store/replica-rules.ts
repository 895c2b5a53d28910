import type { Exercise } from "#protocol/04-quorum-store";
import { claim } from "../suite/index.ts";
import { Bench, isBelow, isEqual, plain, replyText, row, rowText, versionText } from "./bench.ts";

type Class = Exercise["Replica"];

const [old, late] = [row("x", 3, "n2", "old"), row("x", 4, "n1", "new")];

export function answersFetch(Replica: Class): void {
  const n1 = new Bench(Replica, plain);
  claim(n1.fetch("x") === null, `n1 has nothing of x, and it answered Fetch with ${rowText(n1.fetch("x"))}`);
  n1.store(old);
  const got = n1.fetch("x");
  claim(
    isEqual(got?.version, old.version) && got?.value === "old",
    `n1 was sent Store x = old ${versionText(old.version)}, and it answers Fetch with ${rowText(got)}`,
  );
  const strange = Object.keys(got ?? {}).find((name) => !(name in old));
  claim(
    strange === undefined,
    `n1 was sent Store x = old, and the row in its FetchReply has a "${strange}": a row is key, version and value`,
  );
  claim(
    n1.fetch("y") === null,
    `n1 has x and nothing of y, and it answered Fetch for y with ${rowText(n1.fetch("y"))}`,
  );
}

export function keepsTheNewer(Replica: Class): void {
  const tie = row("x", 4, "n3", "tie");
  for (const rows of [
    [old, late],
    [late, old],
    [late, tie],
    [tie, late],
    [row("x", 9, "n3", "nine"), row("x", 10, "n1", "ten")],
    [row("x", 10, "n1", "ten"), row("x", 9, "n3", "nine")],
    [row("x", 5, "n1", null), late],
    [late, late],
  ]) {
    const n1 = new Bench(Replica, plain);
    for (const it of rows) n1.store(it);
    const best = rows.reduce((a, b) => (isBelow(a.version, b.version) ? b : a));
    const got = n1.fetch("x");
    claim(
      isEqual(got?.version, best.version) && got?.value === best.value,
      `Store came to n1 with ${rows.map(rowText).join(", then ")}: it should keep ${rowText(best)}, and it has ${rowText(got)} (invariant 6)`,
    );
    for (const it of rows) {
      const confirmed = n1
        .sent("StoreReply", "n2")
        .filter(({ message }) => isEqual(message.version, it.version));
      claim(
        confirmed.length > 0,
        `Store came to n1 with ${rows.map(rowText).join(", then ")}, and StoreReply ${versionText(it.version)} did not go to n2, who had sent it: whoever has a newer row confirms the older one too (invariant 8)`,
      );
      const count = rows.filter(({ version }) => isEqual(version, it.version)).length;
      claim(
        confirmed.length >= count,
        `n2 sent n1 Store with ${rowText(it)} twice, since the first confirmation may be lost, and n1 sent StoreReply once: every Store is answered (invariant 8)`,
      );
    }
  }
}

export function confirmsWhatIsSafe(Replica: Class): void {
  const message = { type: "Store", ...late } as const;
  const probe = new Bench(Replica, plain);
  probe.store(old);
  for (const crash of probe.crashesAt("n2", message)) {
    const n1 = new Bench(Replica, plain);
    n1.store(old);
    const sent = n1.receiveAndCrash("n2", message, crash);
    const heard = sent.some((it) => it.message.type === "StoreReply");
    const got = n1.fetch("x");
    const what = `n1 had ${rowText(old)}. Store came with ${rowText(late)}; ${crash.text}; after its restart it has ${rowText(got)}`;
    claim(!heard || isEqual(got?.version, late.version), `${what}, and it had sent StoreReply (invariant 2)`);
    claim(
      got !== null && !isBelow(got.version, old.version),
      `${what}: what it had confirmed before is gone (invariant 2)`,
    );
    claim(
      got.value === (isEqual(got.version, late.version) ? "new" : "old"),
      `${what}: a value and a version that do not belong together (invariant 5)`,
    );
  }
  const n1 = new Bench(Replica, plain);
  n1.store(late);
  n1.fetch("x");
  n1.crash();
  const got = n1.fetch("x");
  claim(
    isEqual(got?.version, late.version) && got?.value === "new",
    `n1 answered StoreReply and FetchReply with ${rowText(late)}; it crashed; after its restart it has ${rowText(got)} (invariant 2)`,
  );
}

export function ownCopyIsSafe(Replica: Class): void {
  for (let crashes = 1, i = 0; i < crashes; i++) {
    const probe = atLastReply(Replica);
    const all = probe.bench.crashesAt("n2", probe.reply);
    crashes = all.length;
    const { bench, reply, id } = atLastReply(Replica);
    const crash = all[i];
    if (!crash) return;
    bench.receiveAndCrash("n2", reply, crash);
    if (bench.written(id)?.outcome !== "ok") continue;
    const got = bench.fetch("x");
    claim(
      got?.value === "a",
      `W = 2, and only n2 had sent StoreReply, so n1 counted its own copy and told its application that put x = a is ok; ${crash.text}; after its restart n1 has ${rowText(got)} (invariants 2 and 3)`,
    );
  }
}

/** A put that waits for one StoreReply, which is that of n2. */
function atLastReply(Replica: Class) {
  const bench = new Bench(Replica, plain);
  const id = bench.ask("put", "x", "a");
  for (let i = 0; i < 10 && bench.sent("Store", "n2").length === 0; i++) {
    for (const { to, message } of bench.sent("Fetch", "n2"))
      bench.receive(to, { type: "FetchReply", op: message.op, key: "x", row: null });
    bench.advance(plain.retryMs / 2);
  }
  const store = bench.sent("Store", "n2")[0]?.message;
  claim(
    store !== undefined,
    "n2 answered the Fetch of put x = a, so R = 2 is reached, and no Store came to n2",
  );
  claim(
    bench.written(id) === undefined,
    `Nobody but n1 has x = a, and there is ${replyText(bench.written(id))} (invariant 3)`,
  );
  return { bench, id, reply: { type: "StoreReply", key: "x", version: store.version } as const };
}
