import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import type { Reporter, TestModule, TestSpecification, Vitest } from "vitest/node";
import type { Thrown } from "./explain.ts";
import type { Overlay } from "./overlay.ts";
import { isAlive } from "./processes.ts";
import { unsealing } from "./sealed.ts";
import type { RunSettings } from "./settings.ts";

/** What vitest itself says about one test file. */
export interface ModuleResult {
  readonly testFile: string;
  /** Errors outside of tests: the test file could not be imported, say. */
  readonly errors: readonly Thrown[];
  /** The tests that vitest holds for passed. */
  readonly passed: ReadonlySet<string>;
  readonly skipped: ReadonlySet<string>;
  readonly names: readonly string[];
}

export interface HostResult {
  readonly modules: readonly ModuleResult[];
  /** Errors that belong to no test. */
  readonly strays: readonly (Thrown & { VITEST_TEST_PATH?: string })[];
  /** What the forks printed past every capture: Node's own last words, mostly. */
  readonly lastWords: string;
}

export interface HostOptions {
  readonly root: string;
  readonly overlay: Overlay;
  readonly ui?: boolean;
}

/**
 * A part is over before what V8 optimizes has paid for itself: with six times its budget a campaign of 200 runs takes a third less
 * processor time, most of which V8's own threads had. Later Nodes have another compiler in between, and no such flag.
 */
const laterTiers = process.versions.v8.startsWith("11.") ? ["--interrupt-budget=400000"] : [];

/** A long-lived vitest. A fork for each test file, two at a time, and nothing of vitest's own on the terminal. */
export class Host {
  readonly #vitest: Vitest;
  readonly #heard: { text: string };
  #ended: { modules: readonly TestModule[]; strays: readonly Thrown[] } = { modules: [], strays: [] };

  private constructor(vitest: Vitest, heard: { text: string }) {
    this.#vitest = vitest;
    this.#heard = heard;
  }

  static async open({ root, overlay, ui = false }: HostOptions): Promise<Host> {
    const { createVitest } = await import("vitest/node");
    const heard = { text: "" };
    const listen = () =>
      new Writable({
        write(chunk, _encoding, done) {
          if (heard.text.length < 20_000) heard.text += String(chunk);
          done();
        },
      });
    let host: Host | undefined;
    const reporter: Reporter = {
      onTestRunEnd(modules, strays) {
        if (host) host.#ended = { modules, strays: strays as readonly Thrown[] };
      },
    };
    const here = import.meta.dirname;
    const vitest = await createVitest(
      "test",
      {
        config: false,
        root,
        dir: root,
        watch: ui,
        ui,
        open: false,
        api: ui ? { allowWrite: false, allowExec: false } : false,
        pool: "forks",
        isolate: true,
        maxWorkers: 2,
        execArgv: ["--max-old-space-size=512", "--min-semi-space-size=16", ...laterTiers],
        setupFiles: [join(here, "setup.ts")],
        // Node loads what `buildLibrary` made by itself.
        server: { deps: { external: [/[\\/]\.workbook[\\/]lib[\\/]/] } },
        reporters: [reporter],
        includeTaskLocation: ui,
        disableConsoleIntercept: true,
        // The watchdog has the say over time: it also ends what vitest cannot.
        testTimeout: 0,
        hookTimeout: 0,
        teardownTimeout: 1000,
        sequence: { sequencer: InOrder as never },
        include: ["grader/[0-9][0-9]-*/*.test.ts"],
      },
      { plugins: [overlay.plugin(), unsealing()], server: { watch: null }, logLevel: "silent" },
      { stdout: listen(), stderr: listen() },
    );
    host = new Host(vitest, heard);
    await vitest.standalone();
    return host;
  }

  /** Runs test files, in this order, on the work as it is now. */
  async run(testFiles: readonly string[], settings: RunSettings): Promise<HostResult> {
    this.#heard.text = "";
    this.#ended = { modules: [], strays: [] };
    this.#vitest.provide("workbook", settings);
    const project = this.#vitest.getRootProject();
    const specifications = testFiles.map((file) => project.createSpecification(file));
    const running = this.#vitest.runTestSpecifications(specifications);
    void this.#prepare([join(import.meta.dirname, "setup.ts"), ...testFiles]);
    await running;
    return {
      modules: this.#ended.modules.map(moduleResult),
      // That a fork died is known from its journal, and is no error of the other parts.
      strays: this.#ended.strays.filter(
        ({ message = "" }) => !/^\[vitest-pool\]|^Worker exited/.test(message),
      ),
      lastWords: this.#heard.text,
    };
  }

  /** Transforms what the forks will ask for while they are still starting: they would wait for it otherwise. */
  async #prepare(files: readonly string[]): Promise<void> {
    const { ssr } = this.#vitest.getRootProject().vite.environments;
    const seen = new Set<string>();
    const visit = async (url: string): Promise<void> => {
      if (seen.has(url) || url.startsWith("node:") || url.includes("node_modules")) return;
      seen.add(url);
      const result = await ssr?.transformRequest(url).catch(() => null);
      for (const dependency of result?.deps ?? []) await visit(dependency);
    };
    for (const file of files) await visit(file);
  }

  /** Forgets one module and whatever imports it: the next run makes them anew. The suites and #lib stay as they are. */
  forget(id: string): void {
    const { vite } = this.#vitest.getRootProject();
    for (const { moduleGraph } of Object.values(vite.environments)) {
      const module = moduleGraph.getModuleById(id);
      if (module) moduleGraph.invalidateModule(module);
    }
  }

  async cancel(): Promise<void> {
    await this.#vitest.cancelCurrentRun("keyboard-input");
  }

  get uiAddress(): string | undefined {
    const server = this.#vitest.vite.config.server;
    return server.port ? `http://localhost:${server.port}/__vitest__/` : undefined;
  }

  async close(): Promise<void> {
    await this.#vitest.close();
  }
}

function moduleResult(module: TestModule): ModuleResult {
  const tests = [...module.children.allTests()];
  const inState = (state: string) =>
    new Set(tests.filter((test) => test.result().state === state).map((test) => test.name));
  return {
    testFile: module.moduleId,
    errors: module.errors() as readonly Thrown[],
    passed: inState("passed"),
    skipped: inState("skipped"),
    names: tests.map((test) => test.name),
  };
}

/** Runs the parts as they are given: the one that a learner has changed comes first. */
class InOrder {
  async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    return specifications;
  }
  async shard(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    return specifications;
  }
}

/** Removes a run's folder; what cannot be removed stays for the next time. */
export function removeFolder(folder: string): void {
  try {
    // A fork that was just ended may still be writing.
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  } catch {
    // As said: it stays.
  }
}

/** Removes the folders of graders that were killed and could not clean up. */
export function removeLeftovers(runs: string): void {
  if (!existsSync(runs)) return;
  for (const name of readdirSync(runs)) {
    if (!isAlive(Number.parseInt(name, 10))) removeFolder(join(runs, name));
  }
}
