import { Grader } from "../run/grader.ts";
import { limitsFor } from "../run/limits.ts";
import { defaultSeeds } from "../run/settings.ts";

/**
 * A grader for checks: they run beside one another on few cores, so that time says nothing about the work here. Loops are
 * still stopped by the count of their rounds.
 */
export async function openPatientGrader(): Promise<Grader> {
  const grader = await Grader.open();
  const limits = limitsFor(10 * defaultSeeds);
  return Object.assign(Object.create(grader) as Grader, {
    grade: (options: Parameters<Grader["grade"]>[0]) => grader.grade({ ...options, limits }),
    close: () => grader.close(),
  });
}
