import { test } from "vitest";
import { app, Solo } from "#lib/sim";
import { formatMessage } from "#lib/trace";
import type { DirectoryMessage, Exercise, RouterMessage, ShardMap } from "#protocol/05-partitioning";
import * as work from "#work/05-partitioning";
import { campaign, claim, crashesAmong, stage } from "../suite/index.ts";
import { alike, answerOf, ask, lookupsIn, map2, map3, request, requestsIn, to } from "./bench-directory.ts";
import { map1 } from "./directory-claims.ts";
import { keysIn } from "./move-cluster.ts";
import { scenarios } from "./scenarios.ts";

const { Directory, Router }: Exercise = work;

const [inS1 = "", alsoInS1 = ""] = keysIn("s1", 2);
const [inS3 = ""] = keysIn("s3", 1);

function directory(): Solo<DirectoryMessage, unknown> {
  return new Solo(new Directory({ map: map1 }), { self: "d", peers: ["a1", "a2", "r1", "r2"] });
}

test("the directory answers with the newest map", () => {
  const d = directory();
  alike(
    to(d.receive("r1", { type: "GetMap" }), "r1"),
    [{ type: "MapReply", map: map1 }],
    "The answer to GetMap before any change",
  );
  d.receive("a1", { type: "Assign", shard: "s1", to: "n3", expectedVersion: 1 });
  const replies = to(d.receive("r2", { type: "GetMap" }), "r2");
  alike(replies.at(-1), { type: "MapReply", map: map2 }, "The answer to GetMap after s1 was assigned to n3");
});

test("an Assign that knows the version makes the next one", () => {
  const d = directory();
  const first = to(d.receive("a1", { type: "Assign", shard: "s1", to: "n3", expectedVersion: 1 }), "a1");
  alike(
    answerOf(first),
    { type: "AssignReply", done: true, version: 2 },
    "The answer to an Assign that expects version 1, when the map has it",
  );
  const second = to(d.receive("a1", { type: "Assign", shard: "s1", to: "n2", expectedVersion: 2 }), "a1");
  alike(
    answerOf(second),
    { type: "AssignReply", done: true, version: 3 },
    "The answer to an Assign that expects version 2, when the map has it",
  );
  alike(
    to(d.receive("r1", { type: "GetMap" }), "r1").at(-1),
    { type: "MapReply", map: map3 },
    "The map after both",
  );
});

test("an Assign that expects another version changes nothing", () => {
  const d = directory();
  d.receive("a1", { type: "Assign", shard: "s1", to: "n3", expectedVersion: 1 });
  for (const expectedVersion of [1, 3]) {
    const answer = answerOf(
      to(d.receive("a2", { type: "Assign", shard: "s1", to: "n2", expectedVersion }), "a2"),
    );
    claim(
      answer?.type === "AssignReply" && !answer.done && answer.version === 2,
      `The map has version 2. a2 planned to give s1 to n2 on version ${expectedVersion}, and was answered ${answer ? formatMessage(answer) : "nothing"}: a plan on another version is refused (invariant 6)`,
    );
    alike(
      to(d.receive("r1", { type: "GetMap" }), "r1").at(-1),
      { type: "MapReply", map: map2 },
      `The map after an Assign that expected version ${expectedVersion}, not 2 (invariant 6)`,
    );
  }
});

test("nobody hears of a version that a crash could take back", () => {
  const assign = { type: "Assign", shard: "s1", to: "n3", expectedVersion: 1 } as const;
  const untouched = directory();
  untouched.receive("a1", assign);
  for (const crash of crashesAmong("d", untouched.effects)) {
    const d = directory();
    const sent = d.receiveAndCrash("a1", assign, crash.count, crash.kept);
    d.restart(new Directory({ map: map1 }));
    const heard = sent.find(({ message }) => message.type === "AssignReply" || message.type === "MapReply");
    const [reply] = to(d.receive("r1", { type: "GetMap" }), "r1").slice(-1);
    const map = reply?.type === "MapReply" ? reply.map : undefined;
    const when = `By map version 1, s1 is on n1. Assign s1 to n3 came; ${crash.text}; after its restart the map has version ${map?.version}`;
    claim(
      map?.version === 2 || (map?.version === 1 && !heard),
      `${when}, and it had told ${heard?.to} of version 2 (${heard?.message.type}) (invariant 6)`,
    );
    claim(
      map.version === 2 || map.owners.s1 === "n1",
      `${when}, in which s1 is on ${map.owners.s1}: version 1 means two maps (invariant 6)`,
    );
    claim(
      !heard || map.owners.s1 === "n3",
      `${when}, in which s1 is on ${map.owners.s1}, and it had sent ${heard?.message.type} (invariant 6)`,
    );
  }
  const d = directory();
  d.receive("a1", assign);
  d.crash("none");
  d.restart(new Directory({ map: map1 }));
  alike(
    to(d.receive("r1", { type: "GetMap" }), "r1").at(-1),
    { type: "MapReply", map: map2 },
    "The map after an Assign, a crash and a restart (invariant 6)",
  );
});

function router(map?: ShardMap): Solo<RouterMessage, unknown> {
  const r = new Solo(new Router({ directory: "d", retryMs: 100 }), {
    self: "r1",
    peers: ["d", "n1", "n2", "n3"],
  });
  if (map) {
    // It gets the map as it does in life: because it needs it, or unasked.
    r.receive(app, ask(999, inS3));
    r.receive("d", { type: "MapReply", map });
    r.receive("n3", { type: "Done", seq: 999, value: null });
    r.clearSent();
  }
  return r;
}

test("a router without a map asks for it, and then sends what waits", () => {
  const r = router();
  const first = [...r.sent, ...r.receive(app, ask(1, inS1)), ...r.receive(app, ask(2, inS3))];
  alike(lookupsIn(first), 1, "The number of GetMaps of a router without a map, for two Asks");
  alike(requestsIn(first), [], "The requests of a router that has no map");
  const sent = requestsIn(r.receive("d", { type: "MapReply", map: map1 }));
  const expected = [
    { to: "n1", message: request(1, inS1, 1) },
    { to: "n3", message: request(2, inS3, 1) },
  ];
  alike(sent, expected, `The requests when the map comes (${inS1} is in s1, on n1; ${inS3} is in s3, on n3)`);
});

test("a router with a map goes by it, and does not ask", () => {
  const r = router(map1);
  const sent = r.receive(app, ask(1, inS1));
  alike(
    requestsIn(sent),
    [{ to: "n1", message: request(1, inS1, 1) }],
    `The requests for an Ask of ${inS1}, in s1, on n1`,
  );
  alike(lookupsIn(sent), 0, "The number of GetMaps of a router that has a map");
});

test("the application gets each Done, once", () => {
  const r = router(map1);
  r.receive(app, ask(1, inS1));
  r.receive(app, ask(2, inS3));
  alike(
    to(r.receive("n3", { type: "Done", seq: 2, value: "old" }), app),
    [{ type: "Done", seq: 2, value: "old" }],
    "What the application gets for a Done with seq 2",
  );
  alike(
    to(r.receive("n3", { type: "Done", seq: 2, value: "old" }), app),
    [],
    "What the application gets for the same Done again",
  );
  alike(
    to(r.receive("n1", { type: "Done", seq: 1, value: null }), app),
    [{ type: "Done", seq: 1, value: null }],
    "What the application gets for a Done with seq 1",
  );
});

test("WrongShard sends a router to the directory, and then to the new owner", () => {
  const r = router(map1);
  r.receive(app, ask(1, inS1));
  const asked = r.receive("n1", { type: "WrongShard", seq: 1, version: 1 });
  claim(
    lookupsIn(asked) === 1,
    `n1 does not serve ${inS1}, which it should by map version 1, the newest that the router has; the router sent ${lookupsIn(asked)} GetMaps: the cache is out of date, so it must be refreshed`,
  );
  alike(
    requestsIn(r.receive("d", { type: "MapReply", map: map2 })),
    [{ to: "n3", message: request(1, inS1, 2) }],
    "The requests when map version 2 comes, with s1 on n3",
  );
  alike(
    requestsIn(r.receive(app, ask(2, alsoInS1))),
    [{ to: "n3", message: request(2, alsoInS1, 2) }],
    "The requests of the next Ask in s1: the new map is remembered",
  );
});

test("one GetMap serves everything that was under way", () => {
  const r = router(map1);
  for (let seq = 1; seq <= 20; seq++) r.receive(app, ask(seq, inS1));
  r.clearSent();
  for (let seq = 1; seq <= 20; seq++) r.receive("n1", { type: "WrongShard", seq, version: 1 });
  claim(
    lookupsIn(r.sent) === 1,
    `Twenty WrongShards came back, and the router sent ${lookupsIn(r.sent)} GetMaps: one is enough while its answer is on the way`,
  );
  const sent = requestsIn(r.receive("d", { type: "MapReply", map: map2 }));
  alike(
    sent.map((it) => it.to),
    new Array(20).fill("n3"),
    "Where the twenty go when map version 2 comes, with s1 on n3",
  );
});

test("a WrongShard for an older map is no reason to ask again", () => {
  const r = router(map1);
  r.receive(app, ask(1, inS1));
  r.receive(app, ask(2, inS1));
  r.receive("n1", { type: "WrongShard", seq: 1, version: 1 });
  r.receive("d", { type: "MapReply", map: map2 });
  r.clearSent();
  const sent = r.receive("n1", { type: "WrongShard", seq: 2, version: 1 });
  alike(
    lookupsIn(sent),
    0,
    "The number of GetMaps for a WrongShard with version 1, when the router has version 2",
  );
  r.advance(150);
  const again = requestsIn(r.sent).filter(({ message }) => message.type === "Request" && message.seq === 2);
  claim(
    again.length > 0 && again.every((it) => it.to === "n3"),
    `seq 2 went to ${again.map((it) => it.to).join(", ") || "nobody"} after the WrongShard: by map version 2 it is n3's`,
  );
});

test("an older map never replaces a newer one", () => {
  const r = router(map1);
  r.receive(app, ask(1, inS1));
  r.receive("n1", { type: "WrongShard", seq: 1, version: 1 });
  r.receive("d", { type: "MapReply", map: map3 });
  r.receive("d", { type: "MapReply", map: map2 });
  r.clearSent();
  const sent = requestsIn(r.receive(app, ask(2, inS1)));
  claim(
    sent.length === 1 && sent[0]?.to === "n2",
    `The router had map version 3, in which s1 is on n2; a late MapReply brought version 2, and the next request went to ${sent.map((it) => it.to).join(", ") || "nobody"}: a router goes by the newest map that it has (invariant 6)`,
  );
});

test("what has no answer is sent again", () => {
  const r = router(map1);
  r.receive(app, ask(1, inS1));
  const again = requestsIn(r.advance(101));
  claim(
    again.length === 1 && again[0]?.to === "n1",
    `The request with seq 1 had no answer for 100 ms, and then it went to ${again.map((it) => it.to).join(", ") || "nobody"}: it should go out once more, to n1`,
  );
  claim(
    requestsIn(r.advance(101)).length === 1,
    "The second try had no answer either: the router goes on trying, once each retryMs",
  );
  r.receive("n1", { type: "Done", seq: 1, value: null });
  alike(requestsIn(r.advance(500)), [], "The requests after the answer has come");
  const fresh = router();
  fresh.receive(app, ask(1, inS1));
  claim(
    lookupsIn(fresh.advance(250)) >= 1,
    "A router without a map had no answer to its GetMap for 250 ms, and did not ask again",
  );
});

test("a router that gets no news goes on asking", () => {
  const r = router(map1);
  r.receive(app, ask(1, inS1));
  for (let round = 1; round <= 3; round++) {
    r.receive("n1", { type: "WrongShard", seq: 1, version: 1 });
    r.receive("d", { type: "MapReply", map: map1 });
    r.clearSent();
    r.advance(150);
    claim(
      r.sent.length > 0,
      `n1 refused the request ${round === 1 ? "once" : `${round} times`}, the map said nothing new, and then the router was silent`,
    );
  }
  r.receive("n1", { type: "WrongShard", seq: 1, version: 1 });
  r.receive("d", { type: "MapReply", map: map2 });
  r.advance(150);
  const last = requestsIn(r.sent).at(-1);
  claim(
    last?.to === "n3",
    `Map version 2 came at last, with s1 on n3, and the request went to ${last?.to ?? "nobody"}`,
  );
});

test("two routers answer 1,000 operations through six moves, each once, and hardly ask the directory", () => {
  stage(scenarios.lookups, work, { minCompleted: 1_000 });
});

test("every Ask is answered, by the right server, whatever goes wrong", async () => {
  await campaign(scenarios.directory, work, { minCompleted: 60 });
});
