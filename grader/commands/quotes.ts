import { join } from "node:path";
import { requoteAll } from "../course/quotes.ts";
import { writeWhole } from "../report/report.ts";
import { project } from "../run/chapters.ts";
import { readArguments } from "./options.ts";

/** For authors: makes what the documents quote anew. With --check it changes nothing and only tells. */
export async function command(args: string[]): Promise<number> {
  const kinds = { check: { type: "boolean", means: "", says: "changes nothing and only tells" } } as const;
  const { values } = readArguments("quotes", args, kinds, 0);
  let troubleCount = 0;
  for (const { path, text, differences, faults } of await requoteAll()) {
    for (const sentence of [...faults, ...differences]) console.log(sentence);
    troubleCount += faults.length + (values.check ? differences.length : 0);
    if (!values.check && differences.length > 0) writeWhole(join(project, path), text);
  }
  const done = values.check ? "Every quotation is what it quotes." : "Every quotation is what it quotes now.";
  console.log(troubleCount === 0 ? done : `${troubleCount} to mend: see above.`);
  return troubleCount === 0 ? 0 : 1;
}
