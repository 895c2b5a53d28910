/*
 * Runs as a test file, in a fork of its own, where there are no suites: loads the work, and runs the examples that its chapter
 * prints.
 */

import { format } from "node:util";
import { expect, test } from "vitest";
import { Broken } from "../suite/index.ts";
import { faultsOf } from "./binding.ts";
import { misprint } from "./printed.ts";
import { settings } from "./settings.ts";

const { tried } = settings();

test("load", async () => {
  expect(tried).toBeDefined();
  await import(/* @vite-ignore */ `#work/${tried?.slug}`);
  const [fault] = faultsOf(tried?.slug ?? "");
  if (fault !== undefined) throw new Broken(fault);
});

for (const { place, file, prints } of tried?.examples ?? []) {
  test(place, async () => {
    const wrong = misprint({ prints }, await printedBy(file));
    if (wrong !== undefined) throw new Broken(wrong);
  });
}

/** The lines that a module prints as it is loaded. The work has a console of its own. */
async function printedBy(file: string): Promise<string[]> {
  const printed: string[] = [];
  const before = console.log;
  console.log = (...values) => {
    printed.push(...format(...values).split("\n"));
  };
  try {
    await import(/* @vite-ignore */ file);
  } finally {
    console.log = before;
  }
  return printed;
}
