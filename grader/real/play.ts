import type { Scene } from "./scene.ts";
import { scenes } from "./scenes.ts";
import type { Servers } from "./servers.ts";
import { Broken, Stage } from "./stage.ts";
import type { Doing, NewCoordinator } from "./work.ts";

export interface SceneResult {
  readonly title: string;
  readonly status: "passed" | "failed" | "not-started" | "skipped";
  readonly sentence: string;
  /** Whether something that should have come never did. */
  readonly isLate: boolean;
  /** What happened, a line each. */
  readonly story: readonly string[];
  /** How often the coordinator forced its file to the disk. */
  readonly syncCount: number;
}

/** Plays the scenes one after another. What is not written yet is told once. */
export async function* playAll(
  servers: Servers,
  newCoordinator: NewCoordinator,
  doing?: Doing,
): AsyncGenerator<SceneResult> {
  let isPatient = true;
  for (const scene of scenes) {
    const { voteMs } = scene;
    const result = await play(scene, new Stage({ servers, newCoordinator, doing, isPatient, voteMs }));
    yield result;
    if (result.status === "not-started") return;
    if (result.isLate) isPatient = false;
  }
}

/** One scene, from empty tables to empty tables. */
export async function play(scene: Scene, stage: Stage): Promise<SceneResult> {
  const { title, killsServer } = scene;
  const result = (status: SceneResult["status"], sentence: string, isLate = false): SceneResult => {
    const { story, disk } = stage;
    return { title, status, sentence, isLate, story: story.lines, syncCount: disk.syncCount };
  };
  if (killsServer && !stage.servers.killer) {
    return result("skipped", "these servers are yours, and are not killed.");
  }
  try {
    await stage.open();
    return result("passed", await scene.play(stage));
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    return result(error.kind === "todo" ? "not-started" : "failed", error.message, error.kind === "late");
  } finally {
    await stage.close();
  }
}
