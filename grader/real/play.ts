import { type Scene, scenes } from "./scenes.ts";
import type { Servers } from "./servers.ts";
import { Broken, Stage } from "./stage.ts";
import type { NewCoordinator } from "./work.ts";

export interface SceneResult {
  readonly title: string;
  readonly status: "passed" | "failed" | "not-started" | "skipped";
  readonly sentence: string;
  /** What happened, a line each. */
  readonly story: readonly string[];
  /** How often the coordinator forced its file to the disk. */
  readonly syncCount: number;
}

/** Plays the scenes one after another. What is not written yet is told once. */
export async function* playAll(
  servers: Servers,
  newCoordinator: NewCoordinator,
): AsyncGenerator<SceneResult> {
  for (const [i, scene] of scenes.entries()) {
    const result = await play(scene, new Stage(servers, newCoordinator, i + 1));
    yield result;
    if (result.status === "not-started") return;
  }
}

/** One scene, from empty tables to empty tables. */
export async function play(scene: Scene, stage: Stage): Promise<SceneResult> {
  const { title, killsServer } = scene;
  const result = (status: SceneResult["status"], sentence: string): SceneResult => {
    return { title, status, sentence, story: stage.story.lines, syncCount: stage.disk.syncCount };
  };
  if (killsServer && !stage.servers.killer) {
    return result("skipped", "these servers are yours, and are not killed.");
  }
  try {
    await stage.open();
    return result("passed", await scene.play(stage));
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    return result(error.todo ? "not-started" : "failed", error.message);
  } finally {
    await stage.close();
  }
}
