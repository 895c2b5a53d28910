import { expect, test } from "vitest";
import { quoteCode } from "./declaration.ts";
import { readMarkdown } from "./markdown.ts";
import { requote, requoteAll } from "./quotes.ts";

test("every quotation in the documents is what it quotes (npm run quotes makes them anew)", async () => {
  const requoted = await requoteAll();
  expect(requoted.flatMap(({ differences, faults }) => [...faults, ...differences])).toEqual([]);
}, 120_000);

const source = `import { a } from "./a.ts";

/** What it is. */
export interface Ping {
  readonly type: "Ping";
}

export function pong(): void {
  // #region half
  const x = 1;
  // #endregion
}
`;

test("a name stands for the exported declaration with its comment", () => {
  expect(quoteCode(source, "Ping")).toBe(
    '/** What it is. */\nexport interface Ping {\n  readonly type: "Ping";\n}',
  );
  expect(quoteCode(source, "half,Ping").startsWith("const x = 1;\n\n/** What")).toBe(true);
  expect(() => quoteCode(source, "a")).toThrow("there is no exported a");
});

const noGrader = () => Promise.reject(new Error("nothing to grade here"));

test("a fence in a list keeps its margin, and what is before and after it stays", async () => {
  const quote = "ts quote=lib/exercise/todo.ts#forgetTodos";
  const before = `1. first\n\n   \`\`\`${quote}\n   old\n   \`\`\`\n\nafter\n`;
  const { text, differences } = await requote("x.md", before, noGrader);
  expect(differences).toEqual(["x.md:3 is not what lib/exercise/todo.ts#forgetTodos says now"]);
  expect(text).toBe(
    `1. first\n\n   \`\`\`${quote}\n   export function forgetTodos(): void {\n     reached.clear();\n   }\n   \`\`\`\n\nafter\n`,
  );
  expect((await requote("x.md", text, noGrader)).differences).toEqual([]);
});

test.each([
  ["ts quote=solutions/05-partitioning/ring.ts#createRing", "solutions and suites are not shown"],
  ["ts quote=lib/../grader/cli.ts#main", "solutions and suites are not shown"],
  ["ts quote=lib/sim/nowhere.ts#Node", "there is no lib/sim/nowhere.ts"],
  ["ts quote=lib/sim/node.ts", "say what of lib/sim/node.ts"],
  ["text trace=05/nowhere seed=1", "there is no scenario 05/nowhere"],
  ["text trace=01/retry seed=1 work=grader/01-first-node/wrong/nobody", "there is no folder"],
])("%s is refused with a sentence", async (info, sentence) => {
  const { faults, text } = await requote("x.md", `\`\`\`${info}\nold\n\`\`\`\n`, noGrader);
  expect(faults.join()).toContain(sentence);
  expect(text).toContain("old");
});

test("Markdown is read as its readers see it", () => {
  const text =
    "# One\n\nsee [it](a.md#b) and\nmore\n\n```text trace=05/move seed=4 past\nnot words\n```\n\n## Two\n";
  const { fences, headings, links, wordCount } = readMarkdown(text);
  expect(headings.map(({ level, text, line, blocks }) => [level, text, line, ...blocks])).toEqual([
    [1, "One", 1, "see it and more"],
    [2, "Two", 10],
  ]);
  expect(links).toEqual([{ href: "a.md#b", line: 3 }]);
  expect(fences[0]?.words).toEqual(
    new Map([
      ["trace", "05/move"],
      ["seed", "4"],
      ["past", ""],
    ]),
  );
  expect(wordCount).toBe(6);
});
