import type { Exercise, Sizes } from "#protocol/04-quorum-store";
import { changed, many, Pair } from "./pair.ts";

/** The numbers of the chapter, from real runs of the work that is given; a check compares them with the text. */
export function figures(work: Exercise): { readonly [name: string]: string } {
  return { sizes: sizes(work), bytes: bytes(work) };
}

const choices: readonly Sizes[] = [
  { n: 3, w: 2, r: 2 },
  { n: 3, w: 3, r: 1 },
  { n: 3, w: 1, r: 1 },
  { n: 5, w: 3, r: 3 },
  { n: 6, w: 4, r: 3 },
];

/** What some choices promise. */
function sizes(work: Exercise): string {
  const lines = choices.map((it) => {
    const { readsMeetWrites, writeDown, readDown, lostDisks } = work.promises(it);
    const meets = readsMeetWrites ? "yes" : "no ";
    return `${it.n}   ${it.w}   ${it.r}   ${meets}                ${writeDown}                 ${readDown}                ${lostDisks}`;
  });
  return ["N   W   R   reads meet writes  writes with down  reads with down  disks to lose", ...lines].join(
    "\n",
  );
}

/** What two replicas say to each other to agree. */
function bytes(work: Exercise): string {
  const lines = [0, 1, 5].flatMap((differing) =>
    [200, 1000, 4000].map((count) => {
      const rows = many(count);
      const pair = new Pair(work.Replica, rows, differing === 0 ? rows : changed(rows, differing));
      pair.compare(0);
      return `${String(differing).padEnd(9)}  ${String(count).padStart(5)}  ${String(pair.bytes).padStart(6)}`;
    }),
  );
  return ["differing   rows   bytes", ...lines].join("\n");
}
