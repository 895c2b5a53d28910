import MarkdownIt from "markdown-it";

/** A fence of a document: what it says after the backticks, and the text between them. */
export interface Fence {
  /** The language: the first word after the backticks. */
  readonly lang: string;
  /** What follows the language: `quote=lib/sim/node.ts#Context` has the value "lib/sim/node.ts#Context", and a bare word "". */
  readonly words: ReadonlyMap<string, string>;
  /** The line of the opening backticks, counted from 1. */
  readonly line: number;
  readonly text: string;
  /** The lines between the backticks, counted from 0: the first, and the one after the last. */
  readonly from: number;
  readonly to: number;
  /** What stands before the backticks in a list or a quotation. */
  readonly margin: string;
}

export interface Heading {
  readonly level: number;
  readonly text: string;
  readonly line: number;
  /** The paragraphs, lists and quotations up to the next heading of any level, as text without marks. */
  readonly blocks: readonly string[];
  /** How many items of numbered lists there are up to the next heading. */
  readonly numberedCount: number;
}

export interface Link {
  readonly href: string;
  readonly line: number;
}

/** What a document is made of, as the reader's own Markdown sees it. */
export interface Document {
  readonly fences: readonly Fence[];
  readonly headings: readonly Heading[];
  readonly links: readonly Link[];
  /** Words outside of fences. */
  readonly wordCount: number;
}

const markdown = new MarkdownIt({ html: true });

export function readMarkdown(text: string): Document {
  const lines = text.split("\n");
  const fences: Fence[] = [];
  const headings: (Heading & { blocks: string[]; numberedCount: number })[] = [];
  const links: Link[] = [];
  let wordCount = 0;
  let heading = "";
  let line = 1;
  for (const token of markdown.parse(text, {})) {
    // What stands in a cell of a table has no line of its own; its row has.
    if (token.map) line = token.map[0] + 1;
    if (token.type === "heading_open") heading = token.tag;
    if (token.type === "fence" && token.map)
      fences.push(fenceOf(token.info, token.content, token.map, lines));
    const last = headings.at(-1);
    // markdown-it keeps the number of an item of a numbered list there.
    if (token.type === "list_item_open" && token.info !== "" && last) last.numberedCount++;
    if (token.type !== "inline") continue;
    const words = (token.children ?? []).map((child) => (child.type === "softbreak" ? " " : child.content));
    const content = words.join("");
    wordCount += content.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
    if (heading !== "") {
      headings.push({ level: Number(heading.slice(1)), text: content, line, blocks: [], numberedCount: 0 });
      heading = "";
    } else {
      last?.blocks.push(content);
    }
    for (const child of token.children ?? []) {
      const href = child.attrGet("href") ?? (child.type === "image" ? child.attrGet("src") : null);
      if (href !== null) links.push({ href: String(href), line });
    }
  }
  return { fences, headings, links, wordCount };
}

function fenceOf(info: string, text: string, [first, after]: [number, number], lines: string[]): Fence {
  const [lang = "", ...rest] = info.trim().split(/\s+/);
  const words = rest.map((word): [string, string] => {
    const at = word.indexOf("=");
    return at < 0 ? [word, ""] : [word.slice(0, at), word.slice(at + 1)];
  });
  const opening = lines[first] ?? "";
  const margin = opening.slice(0, opening.search(/[`~]/));
  return { lang, words: new Map(words), line: first + 1, text, from: first + 1, to: after - 1, margin };
}

/** The anchor that readers of Markdown give a heading: "05.2 Ring" is `#052-ring`. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replace(/\s/g, "-");
}
