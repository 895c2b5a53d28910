import { bare, child, isSyntax, lineAt, list, namesIn, type Syntax, walk } from "./syntax.ts";

/** Something that a submission may not do, as a sentence that says what to do instead. */
export interface Refusal {
  readonly line: number;
  readonly sentence: string;
}

export interface TidyOptions {
  /** "05-partitioning": the only protocol that may be imported. */
  readonly slug: string;
  /** Whether the submission has a file: "hash.ts". */
  has(file: string): boolean;
  /** Whether there is a library: "sim". */
  hasLibrary(name: string): boolean;
}

/**
 * What would make a run that no seed can repeat, or that would join nodes which only messages may join. The simulator
 * refuses the same at run time; here it has a line before anything runs.
 */
export function untidy(text: string, tree: Syntax, options: TidyOptions): Refusal[] {
  const refusals: Refusal[] = [];
  const refuse = (node: Syntax, sentence: string) =>
    refusals.push({ line: lineAt(text, node.start), sentence });
  const declared = new Set<string>();
  walk(tree, (node) => {
    for (const name of bindings(node)) declared.add(name);
  });

  walk(tree, (node, parent) => {
    imports(node, options, refuse);
    waits(node, refuse);
    if (node.type !== "Identifier" || isLabel(node, parent)) return;
    const name = String(node.name);
    const remedy = declared.has(name) ? undefined : globals(name, parent);
    if (remedy) refuse(node, remedy);
  });
  sharedState(tree, refuse);
  return refusals.sort((a, b) => a.line - b.line);
}

type Refuse = (node: Syntax, sentence: string) => void;

function imports(node: Syntax, { slug, has, hasLibrary }: TidyOptions, refuse: Refuse): void {
  if (node.type === "ImportExpression") {
    refuse(node, "imports at run time; write an `import` line at the top of the file instead");
    return;
  }
  if (node.type === "MetaProperty" && child(node, "meta")?.name === "import") {
    refuse(node, "uses import.meta, which a node does not have; leave it out");
    return;
  }
  const from = child(node, "source")?.value;
  if (typeof from !== "string" || !/^(Import|Export)/.test(node.type)) return;
  const library = /^#lib\/([a-z]+)$/.exec(from)?.[1];
  if (from === `#protocol/${slug}` || (library !== undefined && hasLibrary(library))) return;
  if (/^\.\/[a-z0-9-]+\.ts$/i.test(from) && has(from.slice(2))) return;
  if (/^\.\/[a-z0-9-]+$/i.test(from) && has(`${from.slice(2)}.ts`)) {
    refuse(node, `imports "${from}"; write "${from}.ts"`);
  } else if (library !== undefined || /^\.\/[a-z0-9-]+\.ts$/i.test(from)) {
    refuse(
      node,
      `imports "${from}", and there is no such ${library === undefined ? "file" : "library"}; check its name`,
    );
  } else {
    refuse(
      node,
      `imports "${from}"; an exercise may import #lib/…, #protocol/${slug} and its own ./files.ts only`,
    );
  }
}

function waits(node: Syntax, refuse: Refuse): void {
  if (node.async === true) {
    refuse(
      node,
      "has an async function; handlers run to completion, so send a message or set a timer instead",
    );
  } else if (node.type === "AwaitExpression" || (node.type === "ForOfStatement" && node.await === true)) {
    refuse(node, "awaits; handlers run to completion, so send a message or set a timer instead");
  }
}

const virtualTime = "a run has virtual time";
const clocks = "measure time with ctx.setTimer, and read a clock with ctx.now";
const remedies: { readonly [name: string]: string } = {
  performance: `uses performance, and ${virtualTime}; ${clocks}`,
  setTimeout: `uses setTimeout; use ctx.setTimer: ${virtualTime}`,
  setInterval: `uses setInterval; use ctx.setTimer: ${virtualTime}`,
  setImmediate: `uses setImmediate; use ctx.setTimer: ${virtualTime}`,
  queueMicrotask:
    "uses queueMicrotask; what a handler starts must end with it, so use ctx.send or ctx.setTimer",
  Promise: "uses Promise; handlers run to completion, so send a message or set a timer instead",
  process: "uses process; a node knows only its ctx, so leave it out",
  globalThis:
    "uses globalThis; keep state in the fields of a node, and what must survive a crash on ctx.disk",
  global: "uses global; keep state in the fields of a node, and what must survive a crash on ctx.disk",
  eval: "uses eval; write the code itself",
  Function: "uses Function; write the code itself",
  require: "uses require; write an `import` line at the top of the file instead",
  crypto: "uses crypto; use ctx.random, so that the same seed gives the same run",
  fetch: "uses fetch; use ctx.send: a node knows no network but the simulated one",
  WeakRef: "uses WeakRef; when memory is freed differs from run to run, so hold the value itself",
  FinalizationRegistry:
    "uses FinalizationRegistry; when memory is freed differs from run to run, so leave it out",
  SharedArrayBuffer: "uses SharedArrayBuffer; nodes share nothing but messages",
};

function globals(name: string, parent: Syntax | undefined): string | undefined {
  if (name === "Date") return `uses Date, and ${virtualTime}; ${clocks}`;
  if (name === "Math" && parent?.type === "MemberExpression" && propertyOf(parent) === "random") {
    return "uses Math.random; use ctx.random, so that the same seed gives the same run";
  }
  return Object.hasOwn(remedies, name) ? remedies[name] : undefined;
}

function propertyOf(member: Syntax): string | undefined {
  const property = child(member, "property");
  if (!property) return undefined;
  return String(member.computed ? property.value : property.name);
}

/** Whether an identifier is a name of a field or an export, and no use of a variable. */
function isLabel(node: Syntax, parent: Syntax | undefined): boolean {
  if (!parent) return false;
  if (parent.type === "MemberExpression") return parent.property === node && parent.computed !== true;
  if (parent.type === "Property")
    return parent.key === node && parent.computed !== true && parent.shorthand !== true;
  if (/^(Method|Property|Accessor)Definition$/.test(parent.type))
    return parent.key === node && parent.computed !== true;
  return (
    /^(Import|Export)|^TS|Label|Break|Continue|MetaProperty/.test(parent.type) &&
    !parent.type.endsWith("Expression")
  );
}

/** The names that a node brings into being. */
function bindings(node: Syntax): string[] {
  switch (node.type) {
    case "VariableDeclarator":
      return namesIn(child(node, "id"));
    case "FunctionDeclaration":
    case "FunctionExpression":
    case "ArrowFunctionExpression":
      return [...namesIn(child(node, "id")), ...list(node, "params").flatMap(namesIn)];
    case "ClassDeclaration":
      return namesIn(child(node, "id"));
    case "CatchClause":
      return namesIn(child(node, "param"));
    case "ImportSpecifier":
    case "ImportDefaultSpecifier":
    case "ImportNamespaceSpecifier":
      return namesIn(child(node, "local"));
    default:
      return [];
  }
}

const remedy =
  "it would survive crashes and be shared by all nodes, so make it a field of the class, or keep it on ctx.disk if it must outlive a crash";

/** State that outlives a node and joins it to others: module variables, and whatever is kept in module constants. */
function sharedState(tree: Syntax, refuse: Refuse): void {
  const constants = new Set<string>();
  for (const statement of list(tree, "body")) {
    const declaration = /^Export/.test(statement.type)
      ? (child(statement, "declaration") ?? statement)
      : statement;
    if (declaration.type === "VariableDeclaration" && declaration.declare !== true) {
      for (const variable of list(declaration, "declarations")) {
        const names = namesIn(child(variable, "id"));
        if (declaration.kind !== "const") {
          refuse(variable, `keeps ${names.join(", ")} in a module variable; ${remedy}`);
          continue;
        }
        const made = mutable(child(variable, "init"));
        if (made) refuse(variable, `keeps ${made} in the module constant ${names.join(", ")}; ${remedy}`);
        else for (const name of names) constants.add(name);
      }
    }
    if (declaration.type === "FunctionDeclaration" || declaration.type === "ClassDeclaration") {
      for (const name of namesIn(child(declaration, "id"))) constants.add(name);
    }
  }
  walk(tree, (node) => {
    if (node.type === "PropertyDefinition" && node.static === true) {
      const made = mutable(child(node, "value"));
      if (node.readonly !== true || made) refuse(node, `keeps state in a static field; ${remedy}`);
    }
    const changed = changedRoot(node);
    if (changed && constants.has(changed) && !isShadowed(tree, changed)) {
      refuse(node, `changes ${changed}, which belongs to the module; ${remedy}`);
    }
  });
}

/** What kind of changeable thing an initial value is; a filled table is a constant until something changes it. */
function mutable(init: Syntax | undefined): string | undefined {
  const value = bare(init);
  if (value?.type === "NewExpression") {
    const callee = child(value, "callee");
    const name = callee?.type === "Identifier" ? String(callee.name) : "class";
    return name === "RegExp" || name.endsWith("Error")
      ? undefined
      : `${/^[AEIOU]/.test(name) ? "an" : "a"} ${name}`;
  }
  if (value?.type === "ArrayExpression" && list(value, "elements").length === 0) return "an empty array";
  if (value?.type === "ObjectExpression" && list(value, "properties").length === 0) return "an empty object";
  return undefined;
}

const mutators = new Set(
  "push pop shift unshift splice sort reverse fill copyWithin set add delete clear".split(" "),
);

/** The name of the variable whose contents a node changes: `table` in `table.a[1] = 2`. */
function changedRoot(node: Syntax): string | undefined {
  if (node.type === "AssignmentExpression") return rootOf(child(node, "left"));
  if (node.type === "UpdateExpression") return rootOf(child(node, "argument"));
  if (node.type === "UnaryExpression" && node.operator === "delete") return rootOf(child(node, "argument"));
  if (node.type !== "CallExpression") return undefined;
  const callee = bare(child(node, "callee"));
  if (callee?.type !== "MemberExpression") return undefined;
  if (mutators.has(propertyOf(callee) ?? "")) return rootOf(callee);
  const target = bare(list(node, "arguments")[0]);
  const isAssign =
    child(callee, "object")?.name === "Object" && /^(assign|define)/.test(propertyOf(callee) ?? "");
  return isAssign && target?.type === "Identifier" ? String(target.name) : undefined;
}

/** The variable at the left end of a chain of fields; undefined for a variable alone, which a const cannot lose. */
function rootOf(target: Syntax | undefined): string | undefined {
  let node = bare(target);
  if (node?.type !== "MemberExpression") return undefined;
  while (node?.type === "MemberExpression") node = bare(child(node, "object"));
  return node?.type === "Identifier" ? String(node.name) : undefined;
}

/** Whether a function of the file has a variable of its own with this name: then it is not known which one is meant. */
function isShadowed(tree: Syntax, name: string): boolean {
  let count = 0;
  walk(tree, (node) => {
    if (isSyntax(node) && bindings(node).includes(name)) count++;
  });
  return count > 1;
}
