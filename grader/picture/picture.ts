import { createHash } from "node:crypto";
import { pageParts } from "./assets.ts";
import type { PictureData } from "./data.ts";
import { pack } from "./pack.ts";

/**
 * A page that shows a failing run: one file that needs nothing else, asks the network for nothing, and takes whatever
 * nodes sent or stored as text. Rejects only if the page's own script cannot be built.
 */
export async function pictureHtml(data: PictureData): Promise<string> {
  const { script, style } = await pageParts();
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(style)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(`${data.part}: ${data.claim}`)}</title>
<style>${style}</style>
</head>
<body>
<noscript>This page draws the run with a script of its own, and scripts are turned off.</noscript>
<script type="application/json" id="data">${pack(data)}</script>
<script>${script}</script>
</body>
</html>
`;
}

function hashOf(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

/** Text for an element of the page's head. Halves of signs have no bytes, so a file cannot hold them. */
function escaped(text: string): string {
  return text
    .replace(/\p{Surrogate}/gu, "\ufffd")
    .replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_C}]/gu, " ");
}
