import { realmOf } from "./binding.ts";

/**
 * The work several times over, each with module variables of its own. Nodes that keep state in a module variable
 * share it in one realm and lose it here, so the two runs differ.
 */
export async function loadRealms(slug: string, count: number): Promise<unknown[]> {
  const realms: unknown[] = [];
  for (let i = 0; i < count; i++) realms.push(await realmOf(slug));
  return realms;
}
