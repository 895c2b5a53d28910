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
