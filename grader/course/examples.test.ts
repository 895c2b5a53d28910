import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { format, promisify } from "node:util";
import { expect, test, vi } from "vitest";
import { project } from "../run/chapters.ts";
import { examplesIn } from "../run/printed.ts";
import { allExamples, moduleComment, modulesOfLib } from "./examples.ts";
import { documents } from "./quotes.ts";
import { inFolder } from "./work.ts";

const examples = allExamples(documents());

test.each(modulesOfLib())("the comment of lib/%s has one example", (name) => {
  expect(examples.filter(({ place }) => place.startsWith(`lib/${name}/`))).toHaveLength(1);
});

test.each(examples)("the example at $place prints what it says", async ({ code, prints }) => {
  expect(prints, "an example says with `// → ` what it prints").not.toEqual([]);
  const printed: string[] = [];
  const spy = vi.spyOn(console, "log").mockImplementation((...values) => {
    printed.push(...format(...values).split("\n"));
  });
  try {
    await inFolder(async (folder) => {
      const file = join(folder, "example.ts");
      writeFileSync(file, onSolutions(code));
      await import(/* @vite-ignore */ pathToFileURL(file).href);
    });
  } finally {
    spy.mockRestore();
  }
  expect(printed).toEqual(prints);
});

/** A chapter's examples use the reader's work. The checks run them on the solution, which nobody has changed. */
function onSolutions(code: string): string {
  return code.replace(/"#work\/([a-z0-9-]+)"/g, (_, slug) =>
    JSON.stringify(join(project, "solutions", slug, "index.ts")),
  );
}

test("examples have no type errors", async () => {
  await inFolder(async (folder) => {
    for (const [i, { code }] of examples.entries())
      writeFileSync(join(folder, `example-${i}.ts`), onSolutions(code));
    const tsconfig = { extends: join(project, "tsconfig.json"), include: ["*.ts"], exclude: [] };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(tsconfig));
    const tsc = join(project, "node_modules", ".bin", "tsc");
    const { stdout } = await promisify(execFile)(tsc, ["-p", folder, "--pretty", "false"]).catch(
      (error) => error,
    );
    const named = String(stdout).replace(/\S*example-(\d+)\.ts/g, (_, i) => `${examples[i]?.place} example`);
    expect(named.trim()).toBe("");
  });
});

test("an example is found where it stands, with what it prints", () => {
  const text = "/**\n * One.\n *\n * ```ts example\n * f(); // → a\n * // →   b\n * ```\n */\nexport {};\n";
  expect(examplesIn("x.ts", moduleComment(text) ?? "")).toEqual([
    { place: "x.ts:4", code: "f(); // → a\n// →   b\n", prints: ["a", "  b"] },
  ]);
  expect(moduleComment("export {};\n")).toBeUndefined();
});
