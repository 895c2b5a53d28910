import MagicString from "magic-string";
import { child, lineAt, list, type Syntax, walk } from "./syntax.ts";

const loops = new Set([
  "ForStatement",
  "ForInStatement",
  "ForOfStatement",
  "WhileStatement",
  "DoWhileStatement",
]);
const functions = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]);

/**
 * The text with a count of every round of a loop and every entry of a function, so that work which never ends can be
 * stopped and named. `sites` gathers the places; a call says which one by its number. Classes show their private fields.
 * Lines stay where they are.
 */
export function guarded(text: string, tree: Syntax, file: string, sites: string[]): string {
  const result = new MagicString(text);
  const site = (node: Syntax) => sites.push(`${file}:${lineAt(text, node.start)}`) - 1;

  walk(tree, (node) => {
    const body = child(node, "body");
    if (!body) return;
    if (body.type === "ClassBody") result.appendRight(body.start + 1, showingPrivate(body));
    else if (loops.has(node.type)) {
      const call = `__round(${site(node)});`;
      if (body.type === "BlockStatement") {
        result.appendRight(body.start + 1, call);
      } else {
        result.appendLeft(body.start, `{${call}`);
        result.appendRight(body.end, "}");
      }
    } else if (functions.has(node.type)) {
      if (body.type === "BlockStatement")
        result.appendRight(afterDirectives(body), `__enter(${site(node)});`);
      else if (node.type === "ArrowFunctionExpression") {
        // Between the arrow and the body there may be parentheses that the tree does not show.
        const arrow = text.lastIndexOf("=>", body.start) + 2;
        result.appendRight(arrow, `(__enter(${site(node)}),`);
        result.appendLeft(node.end, ")");
      }
    }
  });
  return result.toString();
}

/** A method that gives a class's private fields to pictures of a run and to the explorer, and to no verdict: see `snapshotOf`. */
function showingPrivate(body: Syntax): string {
  const names = list(body, "body").flatMap((member) => {
    const key = child(member, "key");
    const isField = member.type === "PropertyDefinition" && member.static !== true;
    return isField && key?.type === "PrivateIdentifier" ? [`#${key.name}`] : [];
  });
  if (names.length === 0) return "";
  const fields = names.map((name) => `"${name}":this.${name}`).join();
  return `[Symbol.for("workbook.privateFields")](){return{${fields}}}`;
}

/** "use strict" and its like stay the first thing in a body. */
function afterDirectives(body: Syntax): number {
  let position = body.start + 1;
  for (const statement of body.body as Syntax[]) {
    if (typeof statement.directive !== "string") break;
    position = statement.end;
  }
  return position;
}
