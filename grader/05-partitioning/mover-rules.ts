import { app, Solo } from "#lib/sim";
import type { Exercise, MoverMessage, ShardMap } from "#protocol/05-partitioning";
import { type Crash, claim, crashesAmong, same } from "../suite/index.ts";
import { firstMap, moveConfig } from "./move-cluster.ts";

type Class = Exercise["Mover"];
type Sent = readonly { readonly to: string; readonly message: MoverMessage }[];

const step = { shard: "s1", version: 2 } as const;
const map2: ShardMap = { version: 2, owners: { ...firstMap.owners, s1: "n2" } };
const move = { type: "Move", shard: "s1", to: "n2" } as const;

class MoverBench {
  readonly solo: Solo<MoverMessage, unknown>;
  readonly #make: () => InstanceType<Class>;

  constructor(Mover: Class) {
    this.#make = () => new Mover({ map: firstMap, retryMs: moveConfig.retryMs });
    this.solo = new Solo(this.#make(), { self: "d", peers: ["n1", "n2", "n3", "c1"] });
  }

  restart(): Sent {
    return this.solo.restart(this.#make());
  }

  /** Every way in which the mover can crash when this message comes. It takes the message, so it is of no use after that. */
  crashesAt(from: string, message: MoverMessage): Crash[] {
    this.solo.receive(from, message);
    return crashesAmong("d", this.solo.effects);
  }

  /** A message comes, the mover crashes in its handler, and starts again. Gives what it sent before the crash and at its start. */
  receiveAndCrash(from: string, message: MoverMessage, { count, kept }: Crash): Sent {
    return [...this.solo.receiveAndCrash(from, message, count, kept), ...this.restart()];
  }

  /** What it has sent to a peer since the last look. */
  look(peer: string): MoverMessage[] {
    const found = this.solo.sent.filter((it) => it.to === peer).map((it) => it.message);
    this.solo.clearSent();
    return found;
  }

  /** What it sends to a peer, while time passes. */
  later(peer: string, ms = 3 * moveConfig.retryMs): string[] {
    return typesIn(this.solo.advance(ms), peer);
  }

  map(): ShardMap {
    const reply = this.solo.receive("c1", { type: "GetMap" }).find((it) => it.to === "c1")?.message;
    claim(
      reply?.type === "MapReply",
      `d answered GetMap with ${reply ? reply.type : "nothing"}, and not with MapReply`,
    );
    return reply.map;
  }
}

const copied = { type: "Copied", ...step } as const;

/** The mover when it has sent BeginMove. */
function beginning(Mover: Class): MoverBench {
  const d = new MoverBench(Mover);
  d.solo.receive(app, move);
  return d;
}

function typesIn(sent: Sent, peer: string): string[] {
  return sent.filter((it) => it.to === peer).map((it) => it.message.type);
}

export function begins(Mover: Class): void {
  const d = new MoverBench(Mover);
  same(d.map(), firstMap, "The map before any move");
  d.solo.receive(app, { type: "Move", shard: "s2", to: "n2" });
  same(
    d.look(app),
    [{ type: "Moved", shard: "s2", to: "n2" }],
    "What the operator gets who wants s2 on n2, where it is",
  );
  const sent = d.solo.receive(app, move).filter(({ message }) => message.type === "BeginMove");
  same(
    sent.map((it) => it.message),
    [{ type: "BeginMove", ...step, to: "n2" }],
    "The BeginMoves that the mover sends when s1 is to go to n2",
  );
  same(sent[0]?.to, "n1", "To whom BeginMove goes when n1 owns s1");
  d.solo.receive(app, { type: "Move", shard: "s3", to: "n1" });
  d.solo.receive(app, { type: "Move", shard: "s2", to: "n2" });
  d.solo.advance(3 * moveConfig.retryMs);
  const begun = d.solo.sent.filter(({ message }) => message.type === "BeginMove" && message.shard === "s3");
  same(begun.length, 0, "The number of BeginMoves for s3 while s1 is moving: one move at a time");
}

export function goesOn(Mover: Class): void {
  for (const crashes of [false, true]) {
    const d = new MoverBench(Mover);
    const when = crashes ? "d crashed, and n1 had not answered" : "n1 had not answered";
    d.solo.receive(app, move);
    if (crashes) {
      d.solo.crash("none");
      d.restart();
    }
    d.solo.clearSent();
    claim(
      d.later("n1").includes("BeginMove"),
      `${when}; no BeginMove went to n1 within ${3 * moveConfig.retryMs} ms after that: the move has stopped for ever (invariant 11)`,
    );
  }
  for (const crash of new MoverBench(Mover).crashesAt(app, move)) {
    const d = new MoverBench(Mover);
    d.receiveAndCrash(app, move, crash);
    d.solo.receive(app, move);
    const sent = d.solo.advance(3 * moveConfig.retryMs).filter(({ message }) => message.type === "BeginMove");
    claim(
      sent.length > 0,
      `Move came; ${crash.text}; the operator asked again, and no BeginMove went out (invariant 11)`,
    );
  }
}

export function sendsAgain(Mover: Class): void {
  for (const crashes of [false, true]) {
    const d = new MoverBench(Mover);
    d.solo.receive(app, move);
    d.solo.receive("n1", { type: "Copied", ...step });
    if (crashes) {
      d.solo.crash("none");
      d.restart();
    }
    d.solo.clearSent();
    const sent = d.solo.advance(3 * moveConfig.retryMs);
    for (const [peer, type] of [
      ["n2", "Take"],
      ["n1", "Drop"],
    ] as const) {
      claim(
        typesIn(sent, peer).includes(type),
        `${crashes ? "d crashed after Copied" : "Copied came"}, and ${peer} had not answered; no ${type} went to ${peer} within ${3 * moveConfig.retryMs} ms (invariant 11)`,
      );
    }
  }
}

export function waitsForCopied(Mover: Class): void {
  const d = new MoverBench(Mover);
  d.solo.receive(app, move);
  d.solo.advance(3 * moveConfig.retryMs);
  const { version, owners } = d.map();
  claim(
    version === 1 && owners.s1 === "n1",
    `n1 was told to send s1 to n2, and no Copied has come; the map has version ${version} already, with s1 on ${owners.s1}: it must name a server that has the shard safe (invariant 10)`,
  );
  const early = d.solo.sent.find(({ message }) => message.type === "Take" || message.type === "Drop");
  claim(!early, `No Copied has come, and d sent ${early?.message.type} to ${early?.to} (invariant 10)`);
  d.solo.receive("n1", { type: "Copied", ...step });
  same(d.map(), map2, "The map after Copied");
}

export function flipsForGood(Mover: Class): void {
  for (const crash of beginning(Mover).crashesAt("n1", copied)) {
    const d = beginning(Mover);
    const sent = d.receiveAndCrash("n1", copied, crash);
    const told = sent.find(({ message }) => message.type === "Take" || message.type === "Drop");
    const when = `Copied came; ${crash.text}`;
    const map = d.map();
    const { version } = map;
    claim(
      version === 2 || (version === 1 && !told),
      `${when}; after its restart its map has version ${version}, and not 2, and d has sent ${told?.message.type} to ${told?.to} (invariant 6)`,
    );
    same(map, version === 2 ? map2 : firstMap, `${when}. After its restart, the map (invariant 6)`);
    d.solo.receive("n1", copied);
    same(d.map(), map2, `${when}. Copied came again, and then the map (invariant 6)`);
    d.solo.clearSent();
    claim(
      d.later("n2").includes("Take"),
      `${when}. Copied came again, and no Take went to n2 (invariant 11)`,
    );
  }
}

export function ends(Mover: Class): void {
  for (const order of [
    ["TakeOk", "DropOk"],
    ["DropOk", "TakeOk"],
  ] as const) {
    const d = new MoverBench(Mover);
    d.solo.receive(app, move);
    d.solo.receive("n1", { type: "Copied", ...step });
    d.solo.clearSent();
    for (const [i, type] of order.entries()) {
      d.solo.receive(type === "TakeOk" ? "n2" : "n1", { type, ...step });
      const told = d.look(app);
      const expected = i === 0 ? [] : [{ type: "Moved", shard: "s1", to: "n2" }];
      same(told, expected, `What the operator gets after ${order.slice(0, i + 1).join(" and ")}`);
    }
    const rest = d.solo.advance(5 * moveConfig.retryMs).map(({ message }) => message.type);
    same(rest, [], "What the mover sends after the move is over");
    const next = d.solo.receive(app, { type: "Move", shard: "s1", to: "n3" });
    same(
      next,
      [{ to: "n2", message: { type: "BeginMove", shard: "s1", version: 3, to: "n3" } }],
      "What the mover sends for the next move of s1, from n2 to n3",
    );
  }
  endsAfterCrash(Mover);
}

/** A crash at the last answer may make the mover ask again, and the operator too: but once the answers come, the move is over. */
function endsAfterCrash(Mover: Class): void {
  const dropOk = { type: "DropOk", ...step } as const;
  const beforeEnd = (): MoverBench => {
    const d = beginning(Mover);
    d.solo.receive("n1", copied);
    d.solo.receive("n2", { type: "TakeOk", ...step });
    return d;
  };
  for (const crash of beforeEnd().crashesAt("n1", dropOk)) {
    const d = beforeEnd();
    d.receiveAndCrash("n1", dropOk, crash);
    for (const { to, message } of d.solo.advance(3 * moveConfig.retryMs)) {
      if (message.type === "Take") d.solo.receive(to, { type: "TakeOk", ...step });
      if (message.type === "Drop") d.solo.receive(to, dropOk);
    }
    d.solo.receive(app, move);
    claim(
      d.look(app).some(({ type }) => type === "Moved"),
      `DropOk came, the last answer of the move; ${crash.text}. Whatever d sent after its restart was answered, the operator asked again, and was not told Moved (invariant 11)`,
    );
  }
}

export function ignoresOtherMoves(Mover: Class): void {
  const d = new MoverBench(Mover);
  d.solo.receive(app, move);
  for (const type of ["Copied", "TakeOk", "DropOk"] as const) {
    d.solo.receive(type === "TakeOk" ? "n2" : "n1", { type, shard: "s1", version: 1 });
  }
  same(
    d.map(),
    firstMap,
    "The map after a Copied of another move, with version 1, when this one will make version 2 (invariant 10)",
  );
  d.solo.receive("n1", { type: "Copied", ...step });
  d.solo.receive("n2", { type: "TakeOk", ...step });
  d.solo.receive("n1", { type: "DropOk", ...step });
  d.solo.receive(app, { type: "Move", shard: "s1", to: "n3" });
  d.solo.clearSent();
  d.solo.receive("n1", { type: "Copied", ...step });
  same(d.map(), map2, "The map after a late Copied of move 2, while move 3 is going on (invariant 10)");
  d.solo.receive("n2", { type: "Copied", shard: "s1", version: 3 });
  d.solo.receive("n2", { type: "TakeOk", ...step });
  d.solo.receive("n1", { type: "DropOk", ...step });
  same(
    d.look(app),
    [],
    "What the operator gets for late answers of move 2, while nobody has answered in move 3",
  );
}
