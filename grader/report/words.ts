/** "1 run", "2,400 runs". */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  // Not `toLocaleString`: its first call takes 15 to 70 ms in every fork, and a locale is the machine's.
  const digits = String(count).replace(/\B(?=(\d{3})+$)/g, ",");
  return `${digits} ${count === 1 ? singular : plural}`;
}
