import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Rubric } from "../report/rubric.ts";
import { anchorOf, type Document, readMarkdown } from "./markdown.ts";

/** What is wrong with a chapter's text, seen from its rubric: "a.md:12 …", one sentence for each. */
export function complaintsAbout(path: string, text: string, rubric: Rubric): string[] {
  const document = readMarkdown(text);
  return [
    ...aboutTitle(document, rubric),
    ...aboutSections(document, rubric),
    ...aboutInvariants(document, rubric),
    ...aboutLength(document),
  ].map((sentence) => `${path}${sentence}`);
}

function aboutTitle({ headings }: Document, { chapter, title }: Rubric): string[] {
  const titles = headings.filter(({ level }) => level === 1);
  const wanted = `${chapter.slice(0, 2)} ${title}`;
  if (titles.length !== 1) return [`: a chapter has one title, and this one has ${titles.length}`];
  const [first] = titles;
  return first?.text === wanted
    ? []
    : [`:${first?.line} has the title "${first?.text}": it should be "${wanted}"`];
}

/** One section a part, in order, that begins with what a learner must know before the first line. */
function aboutSections({ headings }: Document, { chapter, parts }: Rubric): string[] {
  const sections = headings.filter(({ level, text }) => level === 2 && /^\d\d\.\d/.test(text));
  const wanted = parts.map(({ part, title }) => `${part} ${title}`);
  const found = sections.map(({ text }) => text);
  if (found.join("\n") !== wanted.join("\n")) {
    return [`: its sections are ${list(found)}, and the parts of the rubric are ${list(wanted)}`];
  }
  return parts.flatMap(({ file, points, stretch }, i) => {
    const section = sections[i];
    const opening = section?.blocks.slice(0, 2).join(" ") ?? "";
    const needed = [`exercises/${chapter}/${file}`, `${points} points`, ...(stretch ? ["stretch"] : [])];
    return needed
      .filter((words) => !opening.includes(words))
      .map(
        (words) =>
          `:${section?.line} begins without "${words}": say it in the first two paragraphs of the section`,
      );
  });
}

/** The invariants are a numbered list under a heading of that name, and the suites name no others. */
function aboutInvariants({ headings }: Document, { parts }: Rubric): string[] {
  const heading = headings.find(({ text }) => /invariants$/i.test(text));
  if (!heading) return [': has no heading "Invariants"'];
  const numbers = (text: string) =>
    [...text.matchAll(/invariants? (\d+)/g)].map(([, number]) => Number(number));
  const named = parts.flatMap(({ tests, hints }) => [...tests, ...hints].flatMap(numbers));
  const most = Math.max(0, ...named);
  return heading.numberedCount >= most
    ? []
    : [
        `:${heading.line} lists ${heading.numberedCount} invariants, and the rubric speaks of invariant ${most}`,
      ];
}

function aboutLength({ wordCount }: Document): string[] {
  if (wordCount < 1500) return [`: has ${wordCount} words, and a chapter has 1,500 at least`];
  return wordCount > 4500 ? [`: has ${wordCount} words, and a chapter has 4,500 at most`] : [];
}

/** Links to files that are not there, or to headings that they do not have. */
export function brokenLinks(root: string, path: string, text: string): string[] {
  const anchorsOf = (file: string) => {
    const target = file === path ? text : readFileSync(join(root, file), "utf8");
    return readMarkdown(target).headings.map((heading) => anchorOf(heading.text));
  };
  return readMarkdown(text).links.flatMap(({ href, line }) => {
    if (/^[a-z]+:/.test(href)) return [];
    const [target = "", anchor] = decodeURI(href).split("#");
    const file = target === "" ? path : join(dirname(path), target);
    if (file !== path && !existsSync(join(root, file)))
      return [`${path}:${line} links to ${href}, and there is no ${file}`];
    if (anchor === undefined || !file.endsWith(".md") || anchorsOf(file).includes(anchor)) return [];
    return [`${path}:${line} links to ${href}, and ${file} has no such heading`];
  });
}

function list(items: readonly string[]): string {
  return items.length === 0 ? "none" : items.map((item) => `"${item}"`).join(", ");
}
