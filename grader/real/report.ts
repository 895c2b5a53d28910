import colors from "picocolors";
import { wrap } from "../report/terminal.ts";
import { counted } from "../report/words.ts";
import type { SceneResult } from "./play.ts";
import { scenes } from "./scenes.ts";

const longestStory = 40;

/** A scene's line, its sentence, and, if it did not end as it should, what happened in it. */
export function sceneLines({ title, status, sentence, story }: SceneResult, tellsAll: boolean): string[] {
  const signs = {
    passed: colors.green("✓"),
    failed: colors.red("✗"),
    skipped: colors.dim("–"),
    "not-started": colors.dim("·"),
  };
  const lines = [`  ${signs[status]} ${title}`, ...wrap(sentence, 6)];
  if (status !== "failed" && !(tellsAll && status === "passed")) return lines;
  const shown = story.slice(-longestStory);
  const left = story.length - shown.length;
  const before = left > 0 ? [`        … ${counted(left, "line")} before`] : [];
  return ["", ...lines, "", ...before, ...shown.map((line) => `        ${line}`), ""];
}

/** Prints lines, and never two empty ones after each other. */
export function printer(): (lines: readonly string[]) => void {
  let last = "";
  return (lines) => {
    for (const line of lines) {
      if (line !== "" || last !== "") console.log(line);
      last = line;
    }
  };
}

/** The last lines: how many scenes ended as they should, and the one next thing to do. */
export function closingLines(results: readonly SceneResult[], file: string): string[] {
  const of = (status: SceneResult["status"]) => results.filter((result) => result.status === status);
  const [todo] = of("not-started");
  if (todo) return ["", `Next: write ${file}, until npm run grade 10.4 has full marks.`];
  const [failed] = of("failed");
  const played = results.length - of("skipped").length;
  const syncs = results.reduce((total, { syncCount }) => total + syncCount, 0);
  const ended = `${of("passed").length} of ${counted(played, "scene")} ended as they should`;
  const left = scenes.length - results.length;
  const told =
    left > 0
      ? `${ended}; the other ${left} were not played.`
      : `${ended}; the coordinator forced its file to the disk ${counted(syncs, "time")}.`;
  if (!failed) return ["", ...wrap(told, 0)];
  return ["", ...wrap(told, 0), `Next: mend ${file}, and see what npm run grade 10 says of it.`];
}
