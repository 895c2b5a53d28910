import { defineConfig } from "vitest/config";

/** The project's own tests. The chapters' suites are not among them: they run on a piece of work, through the grader. */
export default defineConfig({
  test: {
    root: new URL("..", import.meta.url).pathname,
    include: ["lib/**/*.test.ts", "grader/**/*.test.ts", "chapters/**/*.test.ts"],
    exclude: ["**/node_modules/**", "grader/[0-9][0-9]-*/**", "grader/run/fixture/**"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
