import { expect, test } from "vitest";
import { misprint } from "./printed.ts";

test.each([
  [["a", "b"], ["a", "b"], undefined],
  [["a", "b"], ["a", "c"], 'It should print "b", and it printed "c".'],
  [["a", "b"], ["a"], 'It should print "b", and it printed nothing more.'],
  [["a"], ["a", "b"], 'It should print nothing more, and it printed "b".'],
])("an example that should print %j and prints %j: %s", (prints, printed, sentence) => {
  expect(misprint({ prints }, printed)).toBe(sentence);
});
