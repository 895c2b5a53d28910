import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Usage } from "../run/chapters.ts";

/** A file as git keeps it. */
export interface Entry {
  /** "100644", or "100755" for a program. */
  readonly mode: string;
  readonly id: string;
}

/** By path. */
export type Entries = ReadonlyMap<string, Entry>;

/** Commits must not depend on who makes them, nor on when: the same course gives the same branch. */
const author = { name: "The Distributed Databases Workbook", email: "workbook@example.invalid" };

/** A repository, used from behind: objects and branches are made, and the work tree and the index are not touched. */
export class Repository {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
    this.run(["--version"]);
    if (this.#try(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]) === undefined)
      throw new Usage(
        "There is no git repository with a commit here: branches are made from what is committed.",
      );
    const prefix = this.run(["rev-parse", "--show-prefix"]);
    if (prefix !== "")
      throw new Usage("The workbook is a folder inside another repository: clone it on its own.");
  }

  /** What git prints, without the last line end. */
  run(args: readonly string[], input: string | Buffer = "", env: NodeJS.ProcessEnv = {}): string {
    return this.bytes(args, input, env).toString().replace(/\n$/, "");
  }

  bytes(args: readonly string[], input: string | Buffer = "", env: NodeJS.ProcessEnv = {}): Buffer {
    const { status, stdout, stderr, error } = this.#spawn(args, input, env);
    if (error) throw new Usage(`git cannot be run (${error.message}): install it first.`);
    if (status !== 0) throw new Error(`git ${args[0]} failed: ${String(stderr).trim()}`);
    return stdout;
  }

  #spawn(args: readonly string[], input: string | Buffer = "", env: NodeJS.ProcessEnv = {}) {
    return spawnSync("git", args, {
      cwd: this.#root,
      input,
      env: { ...process.env, ...env },
      maxBuffer: 1e9,
    });
  }

  #try(args: readonly string[]): string | undefined {
    const { status, stdout } = this.#spawn(args);
    return status === 0 ? String(stdout).trim() : undefined;
  }

  /** The commit of a branch; undefined if there is none. */
  tip(branch: string): string | undefined {
    return this.#try(["rev-parse", "--verify", "--quiet", `refs/heads/${branch}^{commit}`]);
  }

  /** The commits of a branch that this program did not make. */
  foreign(branch: string): string[] {
    const commits = this.run(["log", "--format=%h %ae", `refs/heads/${branch}`]).split("\n");
    return commits
      .filter((line) => !line.endsWith(` ${author.email}`))
      .map((line) => line.split(" ")[0] as string);
  }

  isCheckedOut(branch: string): boolean {
    const trees = this.run(["worktree", "list", "--porcelain"]).split("\n");
    return trees.includes(`branch refs/heads/${branch}`);
  }

  /** How many files differ from what is committed, or are not known to git. */
  changedCount(): number {
    return this.run(["status", "--porcelain"]).split("\n").filter(Boolean).length;
  }

  /** The files of a commit. */
  entries(commit: string): Entries {
    const lines = this.run(["ls-tree", "-r", "-z", commit]).split("\0").filter(Boolean);
    return new Map(
      lines.map((line) => {
        const [, mode = "", id = "", path = ""] = /^(\d+) \w+ (\w+)\t(.*)$/s.exec(line) ?? [];
        return [path, { mode, id }];
      }),
    );
  }

  /** Writes the files of a commit into a folder, byte by byte. */
  export(commit: string, folder: string): void {
    this.#withIndex((env) => {
      const plain = ["-c", "core.autocrlf=false", "-c", "core.eol=lf"];
      this.run(["read-tree", commit], "", env);
      this.run([...plain, "checkout-index", "--all", "--force", `--prefix=${folder}/`], "", env);
    });
  }

  /** Keeps contents as they are, in order. */
  blobs(contents: readonly Buffer[]): string[] {
    return inFolder((folder) => {
      const paths = contents.map((_, i) => join(folder, String(i)));
      for (const [i, content] of contents.entries()) writeFileSync(paths[i] as string, content);
      const input = paths.map((path) => `${path}\n`).join("");
      return this.run(["hash-object", "-w", "--no-filters", "--stdin-paths"], input).split("\n");
    });
  }

  tree(entries: Entries): string {
    return this.#withIndex((env) => {
      const lines = [...entries].map(([path, { mode, id }]) => `${mode} ${id}\t${path}\0`);
      this.run(["update-index", "-z", "--index-info"], lines.join(""), env);
      return this.run(["write-tree"], "", env);
    });
  }

  /** A commit on a parent, if there is one, with the date of another commit. */
  commit(tree: string, message: string, parent: string | undefined, dateOf: string): string {
    const date = this.run(["show", "--no-patch", "--format=%ct", dateOf]);
    const env = {
      GIT_AUTHOR_NAME: author.name,
      GIT_AUTHOR_EMAIL: author.email,
      GIT_AUTHOR_DATE: `@${date} +0000`,
      GIT_COMMITTER_NAME: author.name,
      GIT_COMMITTER_EMAIL: author.email,
      GIT_COMMITTER_DATE: `@${date} +0000`,
    };
    const onto = parent === undefined ? [] : ["-p", parent];
    return this.run(["commit-tree", "--no-gpg-sign", tree, ...onto], message, env);
  }

  move(branch: string, commit: string, before: string | undefined): void {
    const zero = "0".repeat(commit.length);
    this.run(["update-ref", "-m", "npm run branches", `refs/heads/${branch}`, commit, before ?? zero]);
  }

  /** Everything that whoever gets a branch gets: its commits, trees and files, of all times. */
  contents(branch: string): Map<string, Buffer> {
    const listed = this.run(["rev-list", "--objects", `refs/heads/${branch}`]).split("\n");
    const found = new Map<string, Buffer>();
    const ids = listed.map((line) => line.split(" ")[0]);
    const all = this.bytes(["cat-file", "--batch", "--buffer"], `${ids.join("\n")}\n`);
    let at = 0;
    for (const line of listed) {
      const end = all.indexOf("\n", at);
      const [id = "", , size = "0"] = all.subarray(at, end).toString().split(" ");
      found.set(`${id} ${line.slice(id.length + 1)}`.trim(), all.subarray(end + 1, end + 1 + Number(size)));
      at = end + Number(size) + 2;
    }
    return found;
  }

  /** An index that is nobody's: that of the repository stays as it is. */
  #withIndex<T>(use: (env: NodeJS.ProcessEnv) => T): T {
    return inFolder((folder) => use({ GIT_INDEX_FILE: join(folder, "index") }));
  }
}

function inFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "workbook-git-"));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
