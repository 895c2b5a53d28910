import { parseReplay, run } from "#lib/nemesis";
import { type TellOptions, Trace, tell } from "#lib/trace";
import { chapterLines, nextStep } from "../report/terminal.ts";
import type { Grader } from "../run/grader.ts";
import { NoQuote } from "./declaration.ts";
import type { Fence } from "./markdown.ts";
import { layersOf, loadScenarios, loadWork, slugOf } from "./work.ts";

/**
 * The text of one run, made now. `trace=05/move seed=41`, or a replay string alone; `work=` says whose, `most=`, `about=` and
 * `past` say how much of it, and `lines=3-9` which of its numbered lines.
 */
export async function quoteTrace({ words }: Fence): Promise<string> {
  const named = words.get("trace") ?? "";
  const seed = words.get("seed");
  const { scenario: name, ...replay } = parseReplay(seed === undefined ? named : `${named}:${seed}`);
  const slug = slugOf(name.slice(0, 2));
  const scenarios = Object.values(await loadScenarios(slug));
  const scenario = scenarios.find((candidate) => candidate.name === name);
  if (!scenario) {
    throw new NoQuote(`there is no scenario ${name}: there are ${scenarios.map((it) => it.name).join(", ")}`);
  }
  const work = await loadWork(layersOf(slug, words.get("work")));
  const trace = new Trace();
  const { deviations } = replay;
  run(scenario, work, { seed: replay.seed, recorder: trace, ...(deviations ? { deviations } : {}) });
  const told = tell(trace, tellOptions(words));
  return (words.has("lines") ? linesFrom(told, words.get("lines") ?? "") : told).join("\n");
}

function tellOptions(words: Fence["words"]): TellOptions {
  const [most, about] = [words.get("most"), words.get("about")];
  return {
    ...(most === undefined ? {} : { most: Number(most) }),
    ...(about === undefined ? {} : { about: about.split(",") }),
    ...(words.has("past") ? { pastOnly: true } : {}),
  };
}

/** The lines with the numbers from 3 to 9, for "3-9". A gap is shown as one. */
function linesFrom(told: readonly string[], range: string): string[] {
  const wanted = range.split(",").flatMap((piece) => {
    const [first = "", last = first] = piece.split("-");
    const [from, to] = [Number(first), Number(last)];
    if (!(from >= 1 && to >= from)) throw new NoQuote(`lines=${range}: write lines=3-9 or lines=3-9,12`);
    return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  });
  const numbered = new Map(told.map((line) => [Number.parseInt(line, 10), line]));
  return wanted.flatMap((number, i) => {
    const line = numbered.get(number);
    if (line === undefined) throw new NoQuote(`lines=${range}: the run is told in ${told.length} lines`);
    const isAfterGap = i > 0 && number !== (wanted[i - 1] as number) + 1;
    return isAfterGap ? ["     …", line] : [line];
  });
}

/** What a learner with this work is told about one part, as `npm run grade 05.2` prints it. */
export async function quoteVerdict({ words }: Fence, open: () => Promise<Grader>): Promise<string> {
  const slug = slugOf(words.get("verdict") ?? "");
  const part = words.get("part");
  const layers = layersOf(slug, words.get("work"));
  const grader = await open();
  const parts = part === undefined ? {} : { parts: [part] };
  const verdict = await grader.retell(await grader.grade({ chapter: slug, layers, ...parts }), layers);
  const around = { stubs: `exercises/${slug}`, isOwnWork: true, hintsLeft: () => 3 };
  const lines = [...chapterLines(verdict, around), "", nextStep([verdict], () => around)];
  // A learner who made this mistake would have made it in exercises/.
  const folders = new RegExp(`(solutions/${slug}|grader/${slug}/(wrong|right)/[a-z0-9-]+)/`, "g");
  return lines
    .map((line) => line.replace(folders, `exercises/${slug}/`).trimEnd())
    .join("\n")
    .replace(/^\n+/, "");
}
