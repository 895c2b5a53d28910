import { expect, test } from "vitest";
import { parse } from "./syntax.ts";
import { untidy } from "./tidy.ts";

function sentences(text: string): string[] {
  const options = {
    slug: "05-partitioning",
    has: (file: string) => file === "hash.ts",
    hasLibrary: (name: string) => name === "sim",
  };
  return untidy(text, parse(text), options).map(({ line, sentence }) => `${line} ${sentence}`);
}

test.each([
  'import type { Context } from "#lib/sim";\nimport { hashKey } from "./hash.ts";\nimport type { Move } from "#protocol/05-partitioning";\n',
  "const table = [1, 2, 3];\nconst names = { a: 1 } as const;\nexport const first = table[0];\n",
  "export class A {\n  static readonly limit = 3;\n  #items = new Map<string, number>();\n  add(key: string) { this.#items.set(key, 1); }\n}\n",
  "export function f(process: { id: number }, Date: number) {\n  return process.id + Date;\n}\n",
  "export const operation = { process: 1, fetch: 2 };\nexport const p = operation.process;\n",
  "interface A { setTimeout(): Promise<void>; Date: Date }\nexport type B = A;\n",
  "export function sorted(items: number[]): number[] {\n  const table = [...items];\n  table.sort();\n  return table;\n}\nconst table = [1];\n",
  "export const isName = /a+/;\nexport const twice = (n: number) => 2 * n;\nconsole.log(twice(2));\n",
])("what is fine is left alone", (text) => {
  expect(sentences(text)).toEqual([]);
});

test.each([
  ['import fs from "node:fs";', '1 imports "node:fs"; an exercise may import'],
  ['import { x } from "./hash";', '1 imports "./hash"; write "./hash.ts"'],
  ['export * from "../06-x/a.ts";', "1 imports"],
  ['import type { A } from "#protocol/06-x";', "1 imports"],
  ["export const url = import.meta.url;", "1 uses import.meta"],
  [
    "let n = 0;\nexport const next = () => ++n;",
    "1 keeps n in a module variable; it would survive crashes and be shared by all nodes, so make it a field of the class, or keep it on ctx.disk if it must outlive a crash",
  ],
  ["export var [a, { b }] = [1, { b: 2 }];", "1 keeps a, b in a module variable"],
  ["const seen = new Set<string>();", "1 keeps a Set in the module constant seen"],
  ["export const all: string[] = [];", "1 keeps an empty array in the module constant all"],
  ["const cache = {} as Record<string, number>;", "1 keeps an empty object"],
  ["class A {}\nexport const one = new A();", "2 keeps an A in the module constant one"],
  ["const table = { a: 1 };\nexport function f() { table.a++; }", "2 changes table"],
  ["const table = { a: [1] };\nexport function f() { table.a.push(1); }", "2 changes table"],
  ["const table = { a: 1 };\nexport function f() { Object.assign(table, { a: 2 }); }", "2 changes table"],
  ["export function f() { f.calls = 1; }\nf.calls = 0;", "1 changes f"],
  ["export class A { static count = 0; }", "1 keeps state in a static field"],
  ["export class A { static readonly all = new Map(); }", "1 keeps state in a static field"],
  [
    "export const now = () => new Date();",
    "1 uses Date, and a run has virtual time; measure time with ctx.setTimer",
  ],
  [
    "export const now = () => Date.now();",
    "1 uses Date, and a run has virtual time; measure time with ctx.setTimer",
  ],
  ["export const r = () => Math.random();", "1 uses Math.random; use ctx.random"],
  ['export const r = () => Math["random"]();', "1 uses Math.random; use ctx.random"],
  ["export const r = () => performance.now();", "1 uses performance, and a run has virtual time"],
  ["export const r = { setTimeout };", "1 uses setTimeout; use ctx.setTimer"],
  ["export async function f() {}", "1 has an async function"],
  ["export const f = () => Promise.resolve(1);", "1 uses Promise"],
  ["export const f = () => globalThis;", "1 uses globalThis"],
  ["export const f = () => eval('1');", "1 uses eval"],
])("%s is refused", (text, sentence) => {
  expect(sentences(text)[0]).toContain(sentence);
});
