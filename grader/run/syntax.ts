import { parseAst } from "vite";

/** A node of the syntax tree. Its kinds are many, so its fields are asked for by name. */
export interface Syntax {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

/** What a parser found, with the line at which it stopped. */
export class DoesNotParse extends Error {
  override readonly name = "DoesNotParse";
  readonly line: number;
  constructor(what: string, line: number) {
    super(what);
    this.line = line;
  }
}

export function parse(text: string): Syntax {
  try {
    return parseAst(text, { lang: "ts" }) as unknown as Syntax;
  } catch (error) {
    const { message, pos } = error as { message: string; pos?: number };
    const what = message.replace(/^Parse failed with .*:\s*/, "").split("\n")[0] ?? "it does not parse";
    throw new DoesNotParse(what, lineAt(text, pos ?? 0));
  }
}

export function lineAt(text: string, position: number): number {
  let line = 1;
  for (let i = text.indexOf("\n"); i >= 0 && i < position; i = text.indexOf("\n", i + 1)) line++;
  return line;
}

export function isSyntax(value: unknown): value is Syntax {
  return typeof value === "object" && value !== null && typeof (value as Syntax).type === "string";
}

/** The node in a field, if there is one. */
export function child(node: Syntax, field: string): Syntax | undefined {
  const value = node[field];
  return isSyntax(value) ? value : undefined;
}

/** The nodes in a field that holds a list. */
export function list(node: Syntax, field: string): Syntax[] {
  const value = node[field];
  return Array.isArray(value) ? value.filter(isSyntax) : [];
}

/** Fields and kinds that hold types: they are gone when the program runs. */
const typeFields = new Set(["typeAnnotation", "returnType", "typeParameters", "typeArguments", "implements"]);
const typeKinds = new Set(["TSInterfaceDeclaration", "TSTypeAliasDeclaration", "TSDeclareFunction"]);

/** Visits every node that exists when the program runs, a parent before its children. */
export function walk(
  node: Syntax,
  visit: (node: Syntax, parent: Syntax | undefined) => void,
  parent?: Syntax,
): void {
  if (typeKinds.has(node.type)) return;
  visit(node, parent);
  for (const field in node) {
    if (typeFields.has(field)) continue;
    const value = node[field];
    if (Array.isArray(value)) {
      for (const item of value) if (isSyntax(item)) walk(item, visit, node);
    } else if (isSyntax(value)) {
      walk(value, visit, node);
    }
  }
}

const wrappers = new Set([
  "TSAsExpression",
  "TSSatisfiesExpression",
  "TSNonNullExpression",
  "ParenthesizedExpression",
]);

/** An expression without the parentheses and the `as T` around it. */
export function bare(node: Syntax | undefined): Syntax | undefined {
  let inner = node;
  while (inner && wrappers.has(inner.type)) inner = child(inner, "expression");
  return inner;
}

/** The names that a pattern binds: a, b and c in `{ a, x: [b], ...c }`. */
export function namesIn(pattern: Syntax | undefined): string[] {
  if (!pattern) return [];
  switch (pattern.type) {
    case "Identifier":
      return [String(pattern.name)];
    case "ObjectPattern":
      return list(pattern, "properties").flatMap((item) =>
        namesIn(child(item, "value") ?? child(item, "argument")),
      );
    case "ArrayPattern":
      return list(pattern, "elements").flatMap(namesIn);
    case "AssignmentPattern":
      return namesIn(child(pattern, "left"));
    case "RestElement":
      return namesIn(child(pattern, "argument"));
    case "TSParameterProperty":
      return namesIn(child(pattern, "parameter"));
    default:
      return [];
  }
}
