/** One line of the bench. The ratio is value / baseline: more than 1 is better where the unit is a rate. */
export interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What the value is held against, and where that comes from. */
  readonly baseline: { readonly value: number; readonly source: string };
}

/** The shortest of several times, in seconds: the others had to share the machine. */
export function best(times: number, call: () => void): number {
  let shortest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < times; i++) {
    const start = performance.now();
    call();
    shortest = Math.min(shortest, performance.now() - start);
  }
  return shortest / 1000;
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

export function print({ name, value, unit, baseline }: Row): void {
  const ratio = rounded(value / baseline.value);
  const line = {
    name,
    value: rounded(value),
    unit,
    baseline: { ...baseline, value: rounded(baseline.value) },
    ratio,
  };
  console.log(JSON.stringify(line));
}
