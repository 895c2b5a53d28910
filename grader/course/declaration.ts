import { child, list, parse, type Syntax } from "../run/syntax.ts";

/** A quotation that cannot be made, as a sentence for the author. */
export class NoQuote extends Error {
  override readonly name = "NoQuote";
}

/**
 * The text that `#name` stands for in a source file: an exported declaration with its doc comment, several of them
 * ("Done,WrongShard"), or what lies between `// #region name` and `// #endregion`.
 */
export function quoteCode(text: string, names: string): string {
  return names
    .split(",")
    .map((name) => regionOf(text, name) ?? declarationOf(text, name))
    .join("\n\n");
}

function regionOf(text: string, name: string): string | undefined {
  const lines = text.split("\n");
  const from = lines.findIndex((line) => line.trim() === `// #region ${name}`);
  if (from < 0) return undefined;
  const length = lines.slice(from + 1).findIndex((line) => line.trim().startsWith("// #endregion"));
  if (length < 0) throw new NoQuote(`the region ${name} has no // #endregion`);
  const region = lines.slice(from + 1, from + 1 + length);
  const margins = region.filter((line) => line.trim() !== "").map((line) => line.search(/\S/));
  return region.map((line) => line.slice(Math.min(...margins))).join("\n");
}

function declarationOf(text: string, name: string): string {
  const found = list(parse(text), "body").find(
    (statement) => statement.type === "ExportNamedDeclaration" && namesOf(statement).includes(name),
  );
  if (!found) throw new NoQuote(`there is no exported ${name} and no region of that name`);
  const before = text.slice(0, found.start).trimEnd();
  const begin = before.endsWith("*/") ? before.lastIndexOf("/**") : -1;
  return text.slice(begin < 0 ? found.start : begin, found.end);
}

/** The names that an export statement declares. */
export function namesOf(statement: Syntax): string[] {
  const declaration = child(statement, "declaration");
  if (!declaration) return [];
  const declared = [declaration, ...list(declaration, "declarations")];
  return declared.flatMap((node) => {
    const id = child(node, "id");
    return id ? [String(id.name)] : [];
  });
}
