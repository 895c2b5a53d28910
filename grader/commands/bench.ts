import { bench } from "../bench/index.ts";
import type { Command } from "../cli.ts";

/** `npm run bench`: how quick the kernel and a ring are, beside something to hold them against. */
export const command: Command = async () => {
  bench();
  return 0;
};
