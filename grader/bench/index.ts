import { checkRows } from "./check.ts";
import { exploreRows } from "./explore.ts";
import { kernelRows } from "./kernel.ts";
import { pictureRows } from "./picture.ts";
import { raftRows } from "./raft.ts";
import { ringRows } from "./ring.ts";
import { print } from "./row.ts";
import { transactionRows } from "./transactions.ts";

/** Measures and prints each row as soon as it is there. */
export async function bench(): Promise<void> {
  for (const rows of [kernelRows, exploreRows, raftRows, ringRows, pictureRows, checkRows, transactionRows])
    for await (const row of rows()) print(row);
}
