import { readdirSync } from "node:fs";
import { join } from "node:path";
import { loadRubric } from "../run/chapters.ts";
import { seal, sealedEnding } from "../run/sealed.ts";

/** What the bundles import under the names that they have in the suites: the grader says what stands behind them. */
const given = /^(#(lib|work|protocol)\/|vitest$|node:|\.\.\/)/;

/**
 * A chapter's suites as a handout holds them: each suite and the scenarios with all that they import of their own folder, bundled,
 * minified and sealed, and the rubric as sealed data. By file name.
 */
export async function sealedSuites(root: string, slug: string): Promise<Map<string, string>> {
  const folder = join(root, "grader", slug);
  const sealed = new Map<string, string>();
  sealed.set(`rubric${sealedEnding}`, seal(JSON.stringify(await loadRubric(root, slug))));
  const entries = readdirSync(folder).filter((name) => name.endsWith(".test.ts") || name === "scenarios.ts");
  for (const entry of entries.sort()) {
    sealed.set(entry.replace(/\.ts$/, sealedEnding), seal(await bundled(folder, entry)));
  }
  return sealed;
}

/** Each entry alone, so that a sealed file needs no other: a fork loads one of them. */
async function bundled(folder: string, entry: string): Promise<string> {
  const { build } = await import("vite");
  const result = await build({
    configFile: false,
    root: folder,
    logLevel: "silent",
    plugins: [
      {
        name: "workbook:given",
        enforce: "pre",
        resolveId: (id) => (given.test(id) ? { id, external: true } : undefined),
      },
    ],
    build: {
      write: false,
      target: "es2023",
      lib: { entry: join(folder, entry), formats: ["es"], fileName: "suite" },
      rolldownOptions: { output: { minify: true } },
    },
  });
  const [bundle, ...others] = ([result].flat() as { output: { code?: string }[] }[]).flatMap(
    ({ output }) => output,
  );
  if (bundle?.code === undefined || others.length > 0)
    throw new Error(`${entry} should have become one file, and became ${others.length + 1}`);
  return bundle.code;
}
