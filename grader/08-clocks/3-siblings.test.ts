import { test } from "vitest";
import type { Exercise } from "#protocol/08-clocks";
import * as work from "#work/08-clocks";
import { campaign, stage } from "../suite/index.ts";
import { scenarios } from "./scenarios.ts";
import * as rules from "./sibling-rules.ts";
import * as store from "./store-rules.ts";

const { Store }: Exercise = work;

test("the first write of a key is its only version", () => rules.writesFirst(work));

test("a write replaces what its client had seen", () => rules.replacesWhatWasSeen(work));

test("a write does not replace what its client had not seen", () => rules.keepsWhatWasNotSeen(work));

test("a server has seen what the context of a write has", () => rules.takesContextIn(work));

test("a dot names one write", () => rules.namesOneWrite(work));

test("equal values of two writes are two versions", () => rules.tellsEqualValuesApart(work));

test("neither rule changes what it is given", () => rules.changesNothingGiven(work));

test("two servers know together what either knows", () => rules.joins(work));

test("what one server has seen replaced does not come back from another", () => rules.keepsReplaced(work));

test("what both servers have stays", () => rules.keepsShared(work));

test("nothing is lost and nothing comes back, in thousands of random steps", () =>
  rules.survivesRandomSteps(work));

test("a server answers what it is asked", () => store.answers(Store));

test("two clients that write without having seen each other make siblings, also at one server", () =>
  store.makesSiblings(Store));

test("a client that had read less replaces less", () => store.replacesLess(Store));

test("a Put of a value that is there already is a write like any other", () => store.takesEqualValues(Store));

test("the context of a read is all that the server has seen", () => store.givesWhatItHasSeen(Store));

test("an acknowledged value survives a crash", () => store.keepsAcknowledged(Store));

test("a server tells its peers everything that it knows, again and again", () =>
  store.tellsEverything(Store));

test("a server takes in what its peers tell it", () => store.takesIn(Store));

test("after a crash, no dot that anyone has heard of names another write", () => store.reusesNoDot(Store));

test("what was replaced stays replaced after a crash", () => store.staysReplaced(Store));

test("two servers that tell each other agree", () => store.agrees(Store));

test("two clients of one server lose nothing, and can settle it", () => {
  stage(scenarios.cart, work, { minCompleted: 7 });
});

test("no write is lost, none comes back and all servers agree in the end, whatever goes wrong", async () => {
  await campaign(scenarios.store, work, { minCompleted: 30 });
});
