import { kernelRows } from "./kernel.ts";
import { ringRows } from "./ring.ts";
import { print } from "./row.ts";

/** Measures and prints each row as soon as it is there. */
export function bench(): void {
  for (const rows of [kernelRows, ringRows]) for (const row of rows()) print(row);
}
