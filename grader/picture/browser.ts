import { existsSync } from "node:fs";
import type { Browser } from "playwright-core";

const path = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** Why there is no browser to look at pictures with; undefined if there is one. */
export const noBrowser: string | undefined = existsSync(path)
  ? undefined
  : `no Chromium at ${path}: apt-get install chromium, or say where it is in CHROMIUM`;

/** A browser without a window. Rejects with `noBrowser` if there is none. */
export async function openBrowser(): Promise<Browser> {
  if (noBrowser !== undefined) throw new Error(noBrowser);
  const { chromium } = await import("playwright-core");
  // Chromium does not isolate itself where root runs it, as in a container.
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return await chromium.launch({ executablePath: path, args });
}
