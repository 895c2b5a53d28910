/** A piece of documentation that claims to run: a `ts example` fence. */
export interface Example {
  /** "lib/sim/index.ts:5" */
  readonly place: string;
  readonly code: string;
  /** The lines that it says it prints: what stands behind `// → `. */
  readonly prints: readonly string[];
}

/** The `ts example` fences of a document. */
export function examplesIn(path: string, text: string): Example[] {
  return [...text.matchAll(/^```ts example\b.*\n([\s\S]*?)^```$/gm)].map(({ index, 1: code = "" }) => ({
    place: `${path}:${text.slice(0, index).split("\n").length}`,
    code,
    prints: code.split("\n").flatMap((line) => /\/\/ → (.*)$/.exec(line)?.[1] ?? []),
  }));
}

/** What is wrong with what an example printed: a sentence, or nothing. */
export function misprint(
  { prints }: Pick<Example, "prints">,
  printed: readonly string[],
): string | undefined {
  const at = prints.findIndex((line, i) => line !== printed[i]);
  if (at >= 0) return `It should print "${prints[at]}", and it printed ${quoted(printed[at])}.`;
  const more = printed[prints.length];
  return more === undefined ? undefined : `It should print nothing more, and it printed "${more}".`;
}

function quoted(line: string | undefined): string {
  return line === undefined ? "nothing more" : `"${line}"`;
}
