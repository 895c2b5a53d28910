import { readFileSync } from "node:fs";
import { brotliCompressSync, brotliDecompressSync } from "node:zlib";
import type { Plugin } from "vite";

/** What a sealed file's name ends in: in a handout, `2-ring.test.sealed` takes the place of `2-ring.test.ts`. */
export const sealedEnding = ".sealed";

const width = 120;

/** A text that nobody reads by accident. It is no secret: whoever has the file and a minute has the text. */
export function seal(text: string): string {
  const letters = brotliCompressSync(text).toString("base64");
  return `${(letters.match(new RegExp(`.{1,${width}}`, "g")) ?? []).join("\n")}\n`;
}

/** The text of a sealed file. */
export function unseal(path: string): string {
  return brotliDecompressSync(Buffer.from(readFileSync(path, "utf8"), "base64")).toString();
}

/** Lets Vite import sealed modules. Nothing unsealed is written anywhere. */
export function unsealing(): Plugin {
  return {
    name: "workbook:unsealing",
    enforce: "pre",
    load: (id) => (id.endsWith(sealedEnding) ? unseal(id) : undefined),
  };
}
