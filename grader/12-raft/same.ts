import { same as equal } from "../suite/index.ts";

/** As the suite's `same`; but what is told as a text, and of which there is none, is "nothing". */
export function same(found: unknown, wanted: unknown, sentence: string): void {
  equal(orNothing(found), orNothing(wanted), sentence);
}

function orNothing(value: unknown): unknown {
  return value === "" || value === undefined ? "nothing" : value;
}
