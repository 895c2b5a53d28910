/** What package.json and package-lock.json say, as far as a handout needs it. */
interface Manifest {
  readonly name: string;
  readonly scripts: Texts;
  readonly imports: { readonly [name: string]: unknown };
  readonly devDependencies: Texts;
  readonly [field: string]: unknown;
}

interface Lock {
  readonly packages: { readonly [path: string]: Locked };
  readonly [field: string]: unknown;
}

interface Locked {
  readonly dependencies?: Texts;
  readonly devDependencies?: Texts;
  readonly optionalDependencies?: Texts;
  readonly peerDependencies?: Texts;
  readonly peerDependenciesMeta?: { readonly [name: string]: { readonly optional?: boolean } };
  readonly [field: string]: unknown;
}

interface Texts {
  readonly [name: string]: string;
}

/** Needed, and imported by no file: the page of `--ui`, and the compiler that is run as a program. */
const alwaysNeeded = ["@vitest/ui", "typescript"];

/** package.json with the scripts and the packages that a learner needs. */
export function manifestFor(
  text: string,
  commands: readonly string[],
  packages: ReadonlySet<string>,
): Manifest {
  const manifest = JSON.parse(text) as Manifest;
  const isKept = (name: string) => packages.has(name) || alwaysNeeded.includes(name);
  return {
    ...manifest,
    imports: { ...manifest.imports, "#work/*": "./exercises/*/index.ts" },
    scripts: only(manifest.scripts, (_, line) => {
      const [, command = ""] = /^node grader\/cli\.mjs (\S+)$/.exec(line) ?? [];
      return commands.includes(command);
    }),
    devDependencies: only(manifest.devDependencies, isKept),
  };
}

/** The lock file with what the packages of a manifest need, and nothing else: `npm ci` installs the very same versions. */
export function lockFor(text: string, { devDependencies }: Manifest): Lock {
  const lock = JSON.parse(text) as Lock;
  const top = { ...lock.packages[""], devDependencies };
  const kept = new Set<string>();
  const visit = (from: string, locked: Locked) => {
    const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta = {} } = locked;
    const peers = only(peerDependencies ?? {}, (name) => !peerDependenciesMeta[name]?.optional);
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peers })) {
      const path = placeOf(lock, from, name);
      if (path === undefined || kept.has(path)) continue;
      kept.add(path);
      visit(path, lock.packages[path] as Locked);
    }
  };
  visit("", { dependencies: devDependencies });
  return {
    ...lock,
    packages: { "": top, ...only(lock.packages, (path) => kept.has(path)) },
  };
}

/** Where a package finds another one: in its own node_modules, or in one further up. */
function placeOf({ packages }: Lock, from: string, name: string): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")))) {
    const path = `${folder === "" ? "" : `${folder}/`}node_modules/${name}`;
    if (path in packages) return path;
    if (folder === "") return undefined;
  }
}

function only<Value>(
  table: { readonly [name: string]: Value },
  isKept: (name: string, value: Value) => boolean,
): { readonly [name: string]: Value } {
  return Object.fromEntries(Object.entries(table).filter(([name, value]) => isKept(name, value)));
}
