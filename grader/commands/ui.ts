import type { Target } from "../run/chapters.ts";
import { Grader } from "../run/grader.ts";
import { endWith } from "./ending.ts";
import { type GradeRequest, gradeAll } from "./grade.ts";

/** Grades once and leaves vitest's page open, with writing and execution off, until Ctrl-C. */
export async function serveUi(request: GradeRequest, target: Target): Promise<number> {
  const grader = await Grader.open({ root: request.root, ui: true });
  endWith(() => grader.abandon());
  await gradeAll(grader, { ...request, targets: [target] });
  console.log(`\nvitest's page is at ${grader.uiAddress}; Ctrl-C ends it.`);
  return await new Promise(() => {
    // Until a signal ends the process: the server keeps it alive.
  });
}
