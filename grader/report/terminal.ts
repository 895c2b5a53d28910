import colors from "picocolors";
import { shown } from "../run/layers.ts";
import { type ChapterVerdict, type PartVerdict, pointsText, sum, type TestVerdict } from "./verdict.ts";
import { counted } from "./words.ts";

/** Where a learner stands besides the verdict itself. */
export interface Around {
  /** The folder of exercises/NN-slug, and whether it is that which was graded. */
  readonly stubs: string;
  readonly isOwnWork: boolean;
  /** Whose work it is otherwise, as on the command line. */
  readonly against?: string;
  hintsLeft(part: string): number;
  /** Whether campaigns that found nothing tell what they did. */
  readonly tellsAccounts?: boolean;
  /** The chapter that comes after this one: "05-partitioning". */
  readonly nextChapter?: string;
}

const width = 78;
// Escapes only where a person looks: a pipe and NO_COLOR get the same words without them.
const isForPeople =
  Boolean(process.env.FORCE_COLOR) || (process.stdout.isTTY === true && !process.env.NO_COLOR);
const { bold, cyan, dim, green, red, yellow } = colors.createColors(isForPeople);

/** A chapter's verdict: a quiet line for what is right, and for what is not the claim, the story, and where to look. */
export function chapterLines(verdict: ChapterVerdict, around: Around): string[] {
  const { chapter, title } = verdict.rubric;
  const lines = ["", bold(spread(`${chapter.slice(0, 2)} ${title}`, totals(verdict))), ""];
  for (const part of verdict.parts) lines.push(...partLines(part, around));
  if (verdict.typeErrors.length > 0) lines.push("", ...typeLines(verdict.typeErrors));
  return lines.filter((line, index) => line !== "" || (lines[index + 1] ?? "") !== "");
}

/** "6 of 10 points", with stretch points beside them, or alone if there are no others. */
export function totals({ points, maxPoints, stretchPoints, maxStretchPoints }: ChapterVerdict): string {
  if (maxPoints === 0)
    return `${pointsText(stretchPoints)} of ${pointsText(maxStretchPoints)} stretch points`;
  const beside =
    maxStretchPoints === 0
      ? ""
      : `, and ${pointsText(stretchPoints)} of ${pointsText(maxStretchPoints)} beside`;
  return `${pointsText(points)} of ${pointsText(maxPoints)} points${beside}`;
}

function partLines(part: PartVerdict, around: Around): string[] {
  const { rubric, status, points, maxPoints } = part;
  const name = `${rubric.part} ${rubric.title}${rubric.stretch ? " (stretch)" : ""}`;
  const score = `${pointsText(points)} of ${pointsText(maxPoints)}`;
  const extras = [...typeLines(part.typeErrors), ...outputLines(part)];
  if (status === "passed") {
    const accounts = around.tellsAccounts ? part.tests.map((test) => test.outcome.sentence) : [];
    const told = accounts.filter((text) => text !== "").flatMap((text) => wrap(text, 6));
    return [`  ${green("✓")} ${spread(name, score, 4)}`, ...told, ...extras];
  }
  if (status === "not-started") {
    return [`  ${dim("·")} ${spread(name, "not started", 4)}`, ...caughtLines(part), ...extras];
  }
  const lines = [
    "",
    `  ${red("✗")} ${bold(spread(name, status === "error" ? "could not be graded" : `${score} points`, 4))}`,
    "",
  ];
  const lost = part.tests.filter((test) => test.status !== "passed");
  const [first, ...rest] = [
    ...lost.filter((test) => test.status !== "not-started"),
    ...lost.filter((test) => test.status === "not-started"),
  ];
  // A rule says what is wrong; a run shows what comes of it. If there is one, both are told in full.
  const isNews = ({ outcome }: TestVerdict) => outcome.replay && outcome.sentence !== first?.outcome.sentence;
  const shown = first?.outcome.replay ? undefined : rest.find(isNews);
  const told = [first, shown].flatMap((test) => (test ? [testLines(test, around)] : []));
  lines.push(...told.flatMap((one, i) => (i > 0 ? ["", ...one] : one)), ...hintLines(part, around));
  lines.push(
    ...otherLines(
      first,
      rest.filter((test) => test !== shown),
      around,
    ),
    ...extras,
    "",
  );
  return lines;
}

function testLines(test: TestVerdict, around: Around): string[] {
  const { sentence, claim, story = [], knew = [], where, picture } = test.outcome;
  const lines = [...crossed(test.name), ""];
  if (claim) lines.push(...wrap(`${claim}:`, 6), "");
  lines.push(...wrap(sentence, 6), ...deviationLines(test), "");
  if (story.length > 0) lines.push(...story.map((line) => `        ${line}`), "");
  if (knew.length > 0) lines.push(...knew.map((line) => `        ${line}`), "");
  if (where) lines.push(`      where    ${cyan(where)}`);
  if (picture) lines.push(`      picture  ${cyan(picture)}`);
  return [...lines, ...againLines(test, around, 6)];
}

/** Of a run that could not be made calmer, more deviations would hide what is said before them. */
const mostDeviationLines = 8;

/** What had to go wrong: the explanation comes before what happened. */
function deviationLines({ outcome: { deviations, picture } }: TestVerdict): string[] {
  if (deviations === undefined || deviations.length === 0) return [];
  const told = deviations.map((text, i) => hanging(`        ${i + 1}. `, text));
  const head = ["", `      ${counted(deviations.length, "deviation")} from a calm run:`];
  if (told.flat().length <= mostDeviationLines) return [...head, ...told.flat()];
  // One line is for what is left out.
  const lineCounts = told.map((_, i) => told.slice(0, i + 1).flat().length);
  const count = lineCounts.filter((lines) => lines < mostDeviationLines).length;
  const where = picture === undefined ? "the replay" : "the picture";
  return [
    ...head,
    ...told.slice(0, count).flat(),
    `        … and ${told.length - count} more: ${where} shows all`,
  ];
}

/** A paragraph whose lines stand below the first word. */
function hanging(head: string, text: string): string[] {
  const [first = "", ...others] = wrap(text, head.length);
  return [head + first.trimStart(), ...others];
}

/** How the run of a test is made again. */
function againLines({ outcome: { replay } }: TestVerdict, { against }: Around, indent: number): string[] {
  if (replay === undefined) return [];
  const whose = against === undefined ? "" : ` --against ${against}`;
  return [`${" ".repeat(indent)}again    npm run replay -- '${replay}'${whose}`];
}

function hintLines({ rubric }: PartVerdict, around: Around): string[] {
  const left = around.hintsLeft(rubric.part);
  if (left === 0 || !around.isOwnWork) return [];
  return [`      hint     npm run hint ${rubric.part}        (${left} left)`];
}

/** Two lines at most for each other test, and how to make its run again; those that have the same to say share them. */
function otherLines(
  first: TestVerdict | undefined,
  others: readonly TestVerdict[],
  around: Around,
): string[] {
  const groups = new Map<string, TestVerdict[]>();
  for (const test of others) {
    const why = briefReason(test, first);
    groups.set(why, [...(groups.get(why) ?? []), test]);
  }
  const lines: string[] = [];
  for (const [why, [test, ...more]] of groups) {
    if (!test) continue;
    if (more.length === 0) {
      lines.push(...crossed(`${test.name}: ${why}`), ...againLines(test, around, 6));
      continue;
    }
    lines.push(...crossed(`${more.length + 1} more: ${why}`));
    // What does not load takes everything along: the names say nothing.
    if (first?.outcome.kind === "NotLoaded" && test.outcome.sentence === first.outcome.sentence) continue;
    for (const one of [test, ...more]) {
      const [head = "", ...tail] = twoLines(one.name, 10);
      lines.push(head.slice(2), ...tail, ...againLines(one, around, 10));
    }
  }
  return lines.length > 0 ? ["", ...lines] : [];
}

/** Why a test failed, in a line; if it is why the first one did, then only that. */
function briefReason({ outcome }: TestVerdict, first: TestVerdict | undefined): string {
  const { sentence, where } = outcome;
  const isSame = sentence === first?.outcome.sentence;
  const place = where === undefined || (isSame && where === first?.outcome.where) ? "" : `, at ${where}`;
  return isSame ? `for the same reason${place}` : `${firstLine(sentence)}${place && ` (${where})`}`;
}

function crossed(text: string): string[] {
  const [head = "", ...tail] = twoLines(text, 6);
  return [`    ${red("✗")} ${head.trimStart()}`, ...tail];
}

/** Two lines stay two lines, whatever is in them. Of a longer text they are its beginning and its end, which has the point. */
function twoLines(text: string, indent: number): string[] {
  const [first = "", ...rest] = wrap(text, indent);
  const lines = rest.length < 2 ? [first, ...rest] : [first, endOf(text, indent)];
  return lines.map((line) => (line.length > width ? `${line.slice(0, width - 1).trimEnd()}…` : line));
}

/** The last line of a text, as full as it can be: the sign for what is left out, and whole words. */
function endOf(text: string, indent: number): string {
  const words = text.split(/\s+/);
  let line = words.pop() ?? "";
  for (let word = words.pop(); word && line.length + word.length + 3 <= width - indent; word = words.pop())
    line = `${word} ${line}`;
  return `${" ".repeat(indent)}… ${line}`;
}

/** In a part that is not started nothing is said, unless tests stopped at the `todo` of another part. */
function caughtLines({ rubric, tests }: PartVerdict): string[] {
  const other = tests.find((test) => !test.outcome.sentence.includes(`"${rubric.part}"`));
  const [todo, part] = /todo\("(\d\d\.\d+)"\)/.exec(other?.outcome.sentence ?? "") ?? [];
  if (part !== undefined) return [`      ${part} comes first: its ${todo} was reached`];
  return other ? [`      ${other.outcome.sentence}`] : [];
}

function typeLines(errors: readonly string[]): string[] {
  const lines = errors.slice(0, 3).map((error) => `    ${yellow("type")}  ${error}`);
  if (errors.length > 3) lines.push(`    ${yellow("type")}  … ${errors.length - 3} more: npx tsc -p .`);
  return lines;
}

function outputLines({ output, moreOutput }: PartVerdict): string[] {
  if (output.length === 0) return [];
  const more = moreOutput > 0 ? [`      … ${counted(moreOutput, "more line")}`] : [];
  return ["", `    ${dim("printed by your code")}`, ...output.map((line) => `      ${line}`), ...more];
}

/** The one thing to do next. */
export function nextStep(verdicts: readonly ChapterVerdict[], around: (slug: string) => Around): string {
  for (const verdict of verdicts) {
    const { chapter } = verdict.rubric;
    const { stubs, hintsLeft } = around(chapter);
    const open = verdict.parts.filter((part) => part.status !== "passed");
    const part =
      open.find((candidate) => !candidate.rubric.stretch) ?? (verdicts.length === 1 ? open[0] : undefined);
    if (!part) continue;
    const { rubric, status } = part;
    const file = [shown(`${stubs}/${rubric.file}`), ...(rubric.also ?? [])].join(" or ");
    if (status === "error") return `Next: tell the authors that ${rubric.part} could not be graded.`;
    if (status === "not-started")
      return `Next: read chapters/${chapter}.md, section ${rubric.part}, and write ${file}.`;
    const hint = hintsLeft(rubric.part) > 0 ? `, or ask: npm run hint ${rubric.part}` : "";
    return `Next: mend ${whatToMend(part, file)}${hint}.`;
  }
  const [only, ...others] = verdicts;
  if (!only || others.length > 0) return "Full marks in every chapter.";
  return afterFullMarks(only, around(only.rubric.chapter));
}

/** A rule belongs to its part; what a run has found may be in any file, and its story leads there. */
function whatToMend({ rubric, tests }: PartVerdict, file: string): string {
  if (!rubric.spreads) return `${rubric.part} in ${file}`;
  const first = tests.find((test) => test.status === "failed");
  return first?.outcome.claim === undefined
    ? `${rubric.part} in ${file} or a file that works with it`
    : `what ${rubric.part} found, in the file that its story leads to`;
}

/** After a part the chapter's next one, and after the last one the next chapter. */
function afterFullMarks({ rubric, parts }: ChapterVerdict, { stubs, nextChapter }: Around): string {
  const last = parts.at(-1)?.rubric.part;
  const next = rubric.parts[rubric.parts.findIndex(({ part }) => part === last) + 1];
  if (next) return `Full marks. Next: ${next.part} ${next.title}, ${shown(`${stubs}/${next.file}`)}.`;
  if (nextChapter === undefined) return "Full marks. Next: another chapter; npm run grade shows them all.";
  return `Full marks. Next: chapter ${nextChapter.slice(0, 2)}, chapters/${nextChapter}.md.`;
}

/** What was got of all that could be: of the stretch points if nothing else was graded. */
export function progress(verdicts: readonly ChapterVerdict[]): string {
  const maxPoints = sum(verdicts.map((verdict) => verdict.maxPoints));
  if (maxPoints > 0) return progressBar(sum(verdicts.map(({ points }) => points)), maxPoints);
  const maxBeside = sum(verdicts.map(({ maxStretchPoints }) => maxStretchPoints));
  return progressBar(sum(verdicts.map(({ stretchPoints }) => stretchPoints)), maxBeside, "stretch points");
}

/** "[######........] 40 of 100 points", with a bar that needs no colour. */
function progressBar(points: number, maxPoints: number, what = "points"): string {
  const filled = maxPoints === 0 ? 0 : Math.floor((points / maxPoints) * 40);
  return `[${"#".repeat(filled)}${".".repeat(40 - filled)}] ${pointsText(points)} of ${pointsText(maxPoints)} ${what}`;
}

function spread(left: string, right: string, indent = 0): string {
  return `${left} ${" ".repeat(Math.max(1, width - indent - left.length - right.length))}${right}`;
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? text;
}

export function wrap(text: string, indent: number): string[] {
  const margin = " ".repeat(indent);
  return text.split("\n").flatMap((paragraph) => {
    const lines: string[] = [];
    let line = "";
    for (const word of paragraph.split(" ")) {
      if (line !== "" && line.length + word.length + 1 > width - indent) {
        lines.push(margin + line);
        line = word;
      } else {
        line = line === "" ? word : `${line} ${word}`;
      }
    }
    return [...lines, margin + line];
  });
}
