import { join } from "node:path";
import { NoServer } from "../real/binaries.ts";
import { removeLeftovers } from "../real/folders.ts";
import { Fork } from "../real/fork.ts";
import type { SceneResult } from "../real/play.ts";
import { closingLines, printer, sceneLines } from "../real/report.ts";
import { chooseServers } from "../real/servers.ts";
import { writeWhole } from "../report/report.ts";
import { wrap } from "../report/terminal.ts";
import { chaptersRoot, findTarget, project, Usage } from "../run/chapters.ts";
import { compile } from "../run/compile.ts";
import { findFile, type Layers, shown } from "../run/layers.ts";
import { layersFor } from "./against.ts";
import { endWith } from "./ending.ts";
import { readArguments } from "./options.ts";

const chapter = "10-two-phase-commit";

/** The coordinator of chapter 10 on two real servers. Gives no points: it shows what the points are worth. */
export async function command(args: string[]): Promise<number> {
  const kinds = {
    against: { type: "string", means: "solutions | DIR", says: "whose work; yours unless told" },
    story: { type: "boolean", means: "", says: "tell what happened in every scene" },
  } as const;
  const { positionals, values } = readArguments("real", args, kinds, 1);
  const [asked] = positionals;
  const usual = "only chapter 10 meets a real database: npm run real 10.";
  if (asked === undefined) throw new Usage(`Say which chapter; ${usual}`);
  if (findTarget(chaptersRoot, asked).slug !== chapter) throw new Usage(`It is not ${asked}; ${usual}`);
  const layers = layersFor(chaptersRoot, chapter, values.against as string | undefined);
  try {
    return await onServers(layers, values.story === true);
  } catch (error) {
    if (!(error instanceof NoServer)) throw error;
    console.error(error.message);
    return 2;
  }
}

async function onServers(layers: Layers, tellsAll: boolean): Promise<number> {
  const work = await compile(chapter, layers, join(project, "lib"));
  await removeLeftovers();
  const servers = chooseServers(process.env.WORKBOOK_POSTGRES);
  const print = printer();
  const fork = new Fork((line) => print([`      printed: ${line}`]));
  const end = async () => {
    fork.end();
    await servers.close();
  };
  const release = endWith(end);
  const file = shown(findFile(layers, "coordinator.ts") ?? join(layers[0] ?? "", "coordinator.ts"));
  const results: SceneResult[] = [];
  try {
    const told = await servers.open();
    print(["10 Two-phase commit on a real database", "", ...wrap(`${told}.`, 2)]);
    print([`  The coordinator is ${file}.`, ""]);
    const { folder, urlOf } = servers;
    const urls = { p1: urlOf("p1"), p2: urlOf("p2") };
    for await (const result of fork.play(
      { work, folder, urls, canKill: servers.killer !== undefined },
      servers,
    )) {
      results.push(result);
      print(sceneLines(result, tellsAll));
    }
    print(closingLines(results, file));
    writeReport(told, file, results);
  } finally {
    await end();
    release();
  }
  return results.every(({ status }) => status === "passed" || status === "skipped") ? 0 : 1;
}

/** What other programs read: nothing of it is in the report of `npm run grade`. */
function writeReport(servers: string, coordinator: string, scenes: readonly SceneResult[]): void {
  const report = { schema: 1, chapter, servers, coordinator, scenes };
  writeWhole(join(chaptersRoot, ".workbook", "real.json"), `${JSON.stringify(report, null, 2)}\n`);
}
