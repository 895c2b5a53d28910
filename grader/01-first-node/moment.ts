/** Where in a handler a crash fell, after so many of its effects: "before any effect of its handler". */
export function momentOf(effectCount: number, isWhole: boolean): string {
  if (isWhole) return "after all effects of its handler";
  if (effectCount === 0) return "before any effect of its handler";
  return `after the first ${effectCount === 1 ? "effect" : `${effectCount} effects`} of its handler`;
}
