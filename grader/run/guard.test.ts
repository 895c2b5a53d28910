import { expect, test } from "vitest";
import { guarded } from "./guard.ts";
import { parse } from "./syntax.ts";

/** Runs guarded text that gives a value, and counts what its guards were called with. */
function runGuarded(text: string): { value: unknown; counts: { [place: string]: number } } {
  const sites: string[] = [];
  const counts: { [place: string]: number } = {};
  const count = (site: number) => {
    const place = sites[site] as string;
    counts[place] = (counts[place] ?? 0) + 1;
  };
  const code = guarded(text, parse(text), "a.ts", sites);
  expect(code.split("\n").length).toBe(text.split("\n").length);
  const value = new Function("__round", "__enter", code)(count, count);
  return { value, counts };
}

test.each([
  ["for", "let n = 0; for (let i = 0; i < 3; i++) n += i; return n", 3, 3],
  ["for in a block", "let n = 0; for (let i = 0; i < 3; i++) { n += i; } return n", 3, 3],
  ["for of", "let n = 0; for (const i of [1, 2]) n += i; return n", 3, 2],
  ["for in", "let n = ''; for (const i in { a: 1 }) n += i; return n", "a", 1],
  ["while", "let n = 3; while (n > 0) n--; return n", 0, 3],
  ["do", "let n = 3; do n--; while (n > 0) return n", 0, 3],
  ["do in a block", "let n = 3; do { n--; } while (n > 0); return n", 0, 3],
  ["an empty loop", "let n = 0; for (; n < 5; n++); return n", 5, 5],
  [
    "loops in loops",
    "let n = 0; for (const a of [1, 2]) for (const b of [1, 2]) if (a < b) n++; else n--; return n",
    -2,
    6,
  ],
  [
    "labels",
    "let n = 0; out: for (;;) { for (;;) { n++; if (n > 2) break out; else continue out; } } return n",
    3,
    6,
  ],
  ["if and else", "let n = 2; if (n > 5) while (n) n--; else while (n < 4) n++; return n", 4, 2],
  ["a function", "function f(a) { return a; } return f(1)", 1, 1],
  ["an arrow", "const f = (a) => a + 1; return f(1)", 2, 1],
  ["an arrow to an object", "const f = (a) => ({ a }); return f(1).a", 1, 1],
  ["an arrow to arrows", "const f = (a) => (b) => a + b; return f(1)(2)", 3, 2],
  ["an arrow with a comma after it", "const f = [(a) => a, (b) => b]; return f[1](2)", 2, 1],
  ["a default that is an arrow", "const f = (g = () => 1) => g(); return f()", 1, 2],
  [
    "methods, getters and constructors",
    "class A { #n = 1; constructor() { this.m = 1; } get n() { return this.#n; } static s() { return new A().n; } } return A.s()",
    1,
    3,
  ],
  ["a field that is an arrow", "class A { f = () => 2; } return new A().f()", 2, 1],
  [
    "a derived class",
    "class A {} class B extends A { constructor() { super(); this.x = 1; } } return new B().x",
    1,
    1,
  ],
  ["a generator", "function* g() { yield 1; yield 2; } return [...g()].length", 2, 1],
  ["a directive", "function f() { 'use strict'; return this === undefined; } return f()", true, 1],
])("%s is counted and gives what it gave", (_what, text, value, count) => {
  // In a function, since `return` is not for modules.
  const wrapped = `return (function main() {\n${text}\n})();`.replace(
    "return (function",
    "result = (function",
  );
  const result = runGuarded(`let result;\n${wrapped}\nglobalThis.__result = result;`);
  expect((globalThis as { __result?: unknown }).__result).toBe(value);
  const { "a.ts:2": _main, ...counts } = result.counts;
  expect(Object.values(counts).reduce((a, b) => a + b, 0)).toBe(count);
});

test("a guard names the line, types or not", () => {
  const sites: string[] = [];
  const text =
    "interface A {\n  f(): void;\n}\n\nexport function f<T>(a: T[]): void {\n  for (const b of a as T[])\n    g(b);\n}\n";
  const code = guarded(text, parse(text), "ring.ts", sites);
  expect(sites).toEqual(["ring.ts:5", "ring.ts:6"]);
  expect(code).toContain("): void {__enter(0);\n");
  expect(code).toContain("{__round(1);g(b);}");
});

test("classes show their private fields, and nothing else of theirs", () => {
  runGuarded(`
    class A { #a = 1; static #count = 5; #get() { return 0 } get #b() { return 7 } plain = 2 }
    class B extends A { #a = 3 }
    const show = Symbol.for("workbook.privateFields");
    globalThis.__result = [new A()[show](), new B()[show](), Object.keys(new B())];`);
  const expected = [{ "#a": 1 }, { "#a": 3 }, ["plain"]];
  expect((globalThis as { __result?: unknown }).__result).toEqual(expected);
});
