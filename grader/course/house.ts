import { readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { pristineStubs, project } from "../run/chapters.ts";
import { child, isSyntax, lineAt, parse, type Syntax } from "../run/syntax.ts";
import { mayImport } from "./layers.ts";

/** "lib/sim/node.ts:12 …": something that the house does not have, as a sentence. */
export type Complaint = string;

const longestFile = 300;
const longestFunction = 70;

/** The project's own source files: not what is installed, generated, or laid out for a test of the grader. */
export function sourceFiles(): string[] {
  return ["lib", "exercises", "solutions", "grader", "chapters"]
    .flatMap((top) =>
      readdirSync(join(project, top), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && /\.(ts|mjs|cjs)$/.test(entry.name))
        .map((entry) =>
          join(entry.parentPath, entry.name).slice(project.length).replaceAll("\\", "/").replace(/^\//, ""),
        ),
    )
    .filter((path) => !path.startsWith("grader/run/fixture/"))
    .sort();
}

/** Everything that is wrong with a source file, by the rules of CONTRIBUTING.md. */
export function untidiness(path: string, text: string): Complaint[] {
  const complaints = [...aboutName(path), ...aboutWords(path, text), ...aboutLength(path, text)];
  if (!path.endsWith(".ts")) return complaints;
  const tree = parse(text);
  if (!isTest(path)) for (const sentence of aboutImports(path, text, tree)) complaints.push(sentence);
  visit(tree, (node, parent) => {
    const sentence = aboutSyntax(path, node, parent);
    if (sentence) complaints.push(`${path}:${lineAt(text, node.start)} ${sentence}`);
    const long = tooLong(text, node, path);
    if (long) complaints.push(`${path}:${lineAt(text, node.start)} ${long}`);
  });
  return complaints;
}

/**
 * The text of a file of the project. Of a stub it is the pristine one: what a learner has made of it is theirs, and a
 * file that they have added is no file of the project.
 */
export function sourceOf(path: string): string {
  const [, slug, file] = /^exercises\/(\d\d-[a-z0-9-]+)\/(.+)$/.exec(path) ?? [];
  if (slug === undefined || file === undefined || file === "protocol.ts") {
    return readFileSync(join(project, path), "utf8");
  }
  return pristineStubs(project, slug)[file] ?? "";
}

function aboutName(path: string): Complaint[] {
  const pieces = path.split("/");
  const name = pieces.at(-1) as string;
  const complaints: Complaint[] = [];
  if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.test|\.config)?\.(ts|mjs|cjs)$/.test(name)) {
    complaints.push(`${path}: a file's name is kebab-case`);
  }
  for (const piece of pieces) {
    if (/\b(utils?|manager|helpers?|misc|common)\b/.test(piece)) {
      complaints.push(`${path}: "${piece}" says nothing; name what is in it`);
    }
  }
  return complaints;
}

const machinePaths = [project, `${homedir()}/`, "C:\\Users\\"];
const hosts = /registry\.npmjs\.org|registry\.yarnpkg\.com|npm\.pkg\.github\.com/;
// How the project came to be is for its history; what it is, is for its files.
const madeBy =
  /\bissues? #?\d+|\b(this|last|next|earlier|previous) session\b|\b(AI|LLM|coding) agents?\b|\bprompt(ed)? (the|by)\b/i;

/** What no file of the project says, whatever it is written in. */
export function aboutWords(path: string, text: string): Complaint[] {
  if (path === "grader/course/house.ts" || path === "grader/course/tidy.test.ts") return [];
  return text.split("\n").flatMap((line, i) => {
    const at = `${path}:${i + 1}`;
    if (/\b(FIXME|XXX|HACK)\b|(\/\/|\*)\s*TODO\b/.test(line))
      return [`${at} leaves something undone: do it, or say why not`];
    if (machinePaths.some((path) => line.includes(path))) return [`${at} names a path of one machine`];
    if (hosts.test(line)) return [`${at} names a package registry`];
    return madeBy.test(line) ? [`${at} tells how the project was made; say what is so, and why`] : [];
  });
}

function aboutLength(path: string, text: string): Complaint[] {
  const count = text.trimEnd().split("\n").length;
  return count <= longestFile
    ? []
    : [`${path} has ${count} lines, and a file has ${longestFile} at most: part it by what it does`];
}

function aboutImports(path: string, text: string, tree: Syntax): Complaint[] {
  const complaints: Complaint[] = [];
  visit(tree, (node) => {
    const from = child(node, "source")?.value;
    if (typeof from !== "string") return;
    const why = mayImport(path, from);
    if (why) complaints.push(`${path}:${lineAt(text, node.start)} imports ${from}: ${why}`);
  });
  return complaints;
}

const isProtocolCode = (path: string) => /^(lib|exercises|solutions)\//.test(path) && !isTest(path);

/** Functions that two engines need not agree on to the last bit, or that depend on a locale or on the day. */
const unequalMath = new Set(
  "acos acosh asin asinh atan atan2 atanh cbrt cos cosh exp expm1 hypot log log10 log1p log2 pow sin sinh tan tanh random".split(
    " ",
  ),
);
const unequalMethods = new Set(
  "localeCompare toLocaleString toLocaleLowerCase toLocaleUpperCase toLocaleDateString toLocaleTimeString".split(
    " ",
  ),
);

function aboutSyntax(path: string, node: Syntax, parent: Syntax | undefined): string | undefined {
  if (node.type === "TSAnyKeyword") return "says any; say unknown, or what it is";
  if (node.type === "TSEnumDeclaration") return "has an enum; write a union of strings";
  if (node.type === "ExportDefaultDeclaration" && !/(rubric|\.config)\.ts$/.test(path)) {
    return "has a default export; only a rubric has one";
  }
  // The traps stand where these names are replaced, so they must name them.
  if (!isProtocolCode(path) || path === "lib/sim/traps.ts") return undefined;
  if (node.type === "MemberExpression" && node.computed !== true) {
    const name = String(child(node, "property")?.name);
    if (child(node, "object")?.name === "Math" && unequalMath.has(name))
      return `uses Math.${name}: engines differ in it`;
    if (unequalMethods.has(name)) return `uses ${name}: it depends on the machine's locale`;
  }
  if (node.type === "BinaryExpression" && node.operator === "**" && !isExact(node)) {
    return "uses ** on a variable: engines differ in it; multiply";
  }
  const isName = node.type === "Identifier" && (node.name === "Date" || node.name === "Intl");
  return isName && !isLabel(node, parent) ? `uses ${node.name}: a run has virtual time` : undefined;
}

/** Whether a name is that of a field, or stands in a question about a value that came from elsewhere. */
function isLabel(node: Syntax, parent: Syntax | undefined): boolean {
  if (parent?.type === "MemberExpression") return parent.property === node && parent.computed !== true;
  return (
    parent?.type === "Property" || (parent?.type === "BinaryExpression" && parent.operator === "instanceof")
  );
}

/** Powers of two are exact everywhere, and so are whole powers of whole numbers that are written out. */
function isExact(power: Syntax): boolean {
  const isWhole = (node: Syntax | undefined) => Number.isSafeInteger(node?.value);
  const base = child(power, "left");
  return base?.value === 2 || (isWhole(base) && isWhole(child(power, "right")));
}

const functions = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]);

function tooLong(text: string, node: Syntax, path: string): string | undefined {
  if (!functions.has(node.type) || isTest(path)) return undefined;
  const count = lineAt(text, node.end) - lineAt(text, node.start) + 1;
  return count <= longestFunction
    ? undefined
    : `begins a function of ${count} lines: ${longestFunction} are the most`;
}

/** Every node, types too. */
function visit(
  node: Syntax,
  look: (node: Syntax, parent: Syntax | undefined) => void,
  parent?: Syntax,
): void {
  look(node, parent);
  for (const value of Object.values(node)) {
    for (const item of Array.isArray(value) ? value : [value]) if (isSyntax(item)) visit(item, look, node);
  }
}

export function isTest(path: string): boolean {
  return path.endsWith(".test.ts");
}
