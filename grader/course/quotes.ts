import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { project } from "../run/chapters.ts";
import { Grader } from "../run/grader.ts";
import { NoQuote, quoteCode } from "./declaration.ts";
import { sourceOf } from "./house.ts";
import { type Fence, readMarkdown } from "./markdown.ts";
import { quoteTrace, quoteVerdict } from "./run-quotes.ts";

/** A document whose quotations are made anew: what it should say, and where it says something else. */
export interface Requoted {
  /** "chapters/05-partitioning.md" */
  readonly path: string;
  readonly text: string;
  /** "chapters/05-partitioning.md:31 is not what lib/sim/node.ts#Node says": one sentence for each. */
  readonly differences: readonly string[];
  /** Quotations that cannot be made. */
  readonly faults: readonly string[];
}

/** The documents that may quote: the chapters, and what stands at the top. */
export function documents(): string[] {
  const chapters = readdirSync(join(project, "chapters"))
    .filter((name) => name.endsWith(".md"))
    .sort()
    .map((name) => `chapters/${name}`);
  const top = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "INSTRUCTORS.md"];
  return [...top, ...chapters].filter((path) => existsSync(join(project, path)));
}

/** Makes the quotations of some documents anew. One grader serves all of their verdicts. */
export async function requoteAll(paths: readonly string[] = documents()): Promise<Requoted[]> {
  let grader: Promise<Grader> | undefined;
  const open = () => {
    grader ??= Grader.open({ root: project });
    return grader;
  };
  try {
    const requoted: Requoted[] = [];
    for (const path of paths) {
      requoted.push(await requote(path, readFileSync(join(project, path), "utf8"), open));
    }
    return requoted;
  } finally {
    await (await grader)?.close();
  }
}

export async function requote(path: string, text: string, open: () => Promise<Grader>): Promise<Requoted> {
  const lines: (string | undefined)[] = text.split("\n");
  const differences: string[] = [];
  const faults: string[] = [];
  for (const fence of readMarkdown(text).fences) {
    const origin = originOf(fence);
    if (origin === undefined) continue;
    try {
      const quoted = (await origin.make(open)).trimEnd();
      if (quoted === fence.text.trimEnd()) continue;
      differences.push(`${path}:${fence.line} is not what ${origin.name} says now`);
      const block = quoted.split("\n").map((line) => (fence.margin + line).trimEnd());
      lines.fill(undefined, fence.from, fence.to);
      lines[fence.from - 1] += `\n${block.join("\n")}`;
    } catch (error) {
      faults.push(`${path}:${fence.line} cannot be quoted: ${(error as Error).message}`);
    }
  }
  return { path, text: lines.filter((line) => line !== undefined).join("\n"), differences, faults };
}

interface Origin {
  readonly name: string;
  make(open: () => Promise<Grader>): Promise<string>;
}

function originOf(fence: Fence): Origin | undefined {
  const { words } = fence;
  const [quote, trace, verdict] = [words.get("quote"), words.get("trace"), words.get("verdict")];
  if (quote !== undefined) return { name: quote, make: async () => readQuote(quote) };
  if (trace !== undefined) return { name: `trace ${trace}`, make: () => quoteTrace(fence) };
  if (verdict !== undefined) {
    return { name: `verdict ${words.get("part") ?? verdict}`, make: (open) => quoteVerdict(fence, open) };
  }
  return undefined;
}

/** A chapter may show what a learner has before them anyway. */
function readQuote(origin: string): string {
  const [path = "", name] = origin.split("#");
  if (!/^(lib|exercises)\//.test(path) || path.includes("..")) {
    throw new NoQuote(`${path} is neither in lib/ nor in exercises/: solutions and suites are not shown`);
  }
  if (!existsSync(join(project, path))) throw new NoQuote(`there is no ${path}`);
  if (name === undefined) throw new NoQuote(`say what of ${path}: quote=${path}#NAME`);
  return quoteCode(sourceOf(path), name);
}
