import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { requoteAll } from "../course/quotes.ts";
import { project } from "../run/chapters.ts";
import { readArguments } from "./options.ts";

/** For authors: makes the quotations in chapters and at the top anew. */
export async function command(args: string[]): Promise<number> {
  readArguments("quotes", args, {}, 0);
  let [changed, faulty] = [0, 0];
  for (const { path, text, differences, faults } of await requoteAll()) {
    if (differences.length > 0) writeFileSync(join(project, path), text);
    for (const line of [...differences, ...faults]) console.log(line);
    changed += differences.length;
    faulty += faults.length;
  }
  console.log(`${changed} quotations written anew, ${faulty} that cannot be made.`);
  return faulty === 0 ? 0 : 1;
}
