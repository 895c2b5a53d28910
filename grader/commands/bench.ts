import { bench } from "../bench/index.ts";
import { readArguments } from "./options.ts";

/** Prints a JSON line for each measurement, as it is made. */
export async function command(args: string[]): Promise<number> {
  readArguments("bench", args, {}, 0);
  await bench();
  return 0;
}
