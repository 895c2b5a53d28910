import type { Row } from "#lib/trace";
import type { PictureData } from "./data.ts";

/** Texts that would do harm, or be lost, if a page took them for anything but text. */
export const hostileTexts: readonly string[] = [
  '</script><script>document.title = "taken over"</script>',
  "<!-- <script>",
  "]]><img src=x onerror=\"document.title='taken over'\">",
  "\u2028 a line's end \u2029",
  "\"quotes' and `ticks` and $& and $' and \\u003c",
  "&lt;b&gt; &amp; &#60;",
  "\u202eright to left\u202c \u200f \u061c",
  "half a sign \ud83d, the other \ude00",
  "__proto__",
  "constructor",
  "a NUL \u0000 and a bell \u0007 and an escape \u001b[31m",
  "x".repeat(50_000),
];

/** A run in which everything has every hostile text for its name, its type, its value and its note. */
export function hostileData(): PictureData {
  const rows = hostileTexts.flatMap((text, i): Row[] => {
    const row = { number: 3 * i, ms: i, actor: text, peer: text, cause: -1, note: text };
    const fields = { type: text, [text]: [text], nested: JSON.parse(`{${JSON.stringify(text)}: 1}`) };
    return [
      { ...row, kind: "message", payload: fields },
      { ...row, number: 3 * i + 1, kind: "log", cause: 3 * i, payload: undefined },
      { ...row, number: 3 * i + 2, kind: "fault", payload: undefined },
    ];
  });
  const all = hostileTexts.join(" ");
  return {
    part: all,
    test: all,
    claim: all,
    message: all,
    deviations: hostileTexts,
    replay: all,
    story: hostileTexts,
    knew: hostileTexts,
    lanes: hostileTexts.map((name) => ({ name, kind: "node" })),
    rows: [...rows, { ...(rows[0] as Row), number: rows.length, kind: "violation", actor: "", cause: 0 }],
    states: hostileTexts.map((text, i) => ({ row: 3 * i, actor: text, where: "memory", field: text, text })),
    operations: hostileTexts.map((text, id) => {
      const words = { process: text, input: text, output: text };
      return { id, ...words, outcome: "ok", invokedMs: id, returnedMs: id + 1, isWitness: true };
    }),
  };
}
