/**
 * The modules of lib that each may import. A module that is not here may import none; what stands higher stands
 * on what stands lower, and never the other way.
 */
const below: { readonly [module: string]: readonly string[] } = {
  random: [],
  exercise: [],
  sim: ["random", "exercise"],
  history: ["sim", "random"],
  trace: ["nemesis", "history", "sim", "random"],
  nemesis: ["history", "sim", "random", "exercise"],
  check: ["history", "sim", "random"],
  explore: ["check", "history", "sim", "random", "exercise"],
};

/** Why a file may not import something: a sentence, or nothing if it may. */
export function mayImport(path: string, from: string): string | undefined {
  const [top = "", folder = ""] = path.split("/");
  const [kind = "", name = ""] = from.split("/");
  if (from.startsWith("./"))
    return from.endsWith(".ts") ? undefined : "write the file's whole name, with .ts";
  switch (top) {
    case "lib":
      return libMay(folder, kind, name);
    case "exercises":
    case "solutions":
      if (kind === "#lib" || from === `#protocol/${folder}`) return undefined;
      return `${top} import #lib, #protocol/${folder} and their own folder`;
    case "chapters":
      return kind === "#work"
        ? "the pages show the protocol and lib; the work is loaded by the reader"
        : undefined;
    default:
      return graderMay(path, folder, from, kind);
  }
}

function libMay(module: string, kind: string, name: string): string | undefined {
  if (kind !== "#lib") return "lib imports no package, nothing of Node's, and nothing above it";
  if (name === module) return "inside a module, import ./file.ts";
  const allowed = below[module] ?? [];
  return allowed.includes(name)
    ? undefined
    : `lib/${module} may import ${allowed.join(", ") || "no other module"}`;
}

function graderMay(path: string, folder: string, from: string, kind: string): string | undefined {
  // Wrong and right answers are laid over solutions, and import what those import.
  const [, answersOf] = /^grader\/(\d\d-[a-z0-9-]+)\/(wrong|right)\//.exec(path) ?? [];
  if (answersOf !== undefined) {
    return kind === "#lib" || from === `#protocol/${answersOf}`
      ? undefined
      : "an answer imports what a solution imports";
  }
  // The bench measures the solutions, whoever's work lies in exercises/.
  if (folder === "bench") return undefined;
  if (/(exercises|solutions)\//.test(from) && from.startsWith(".."))
    return "work is imported as #work/NN-slug";
  const isChapter = /^\d\d-/.test(folder);
  if (kind === "#work" && !(isChapter && from === `#work/${folder}`))
    return "only a chapter's own suite imports its work";
  if (!path.endsWith("/scenarios.ts")) return undefined;
  // So that the grader, a replay and a page run the very same thing.
  return kind === "#lib" || from === `#protocol/${folder}`
    ? undefined
    : "scenarios import #lib, their #protocol, and files beside them";
}
