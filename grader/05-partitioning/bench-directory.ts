import { canonical } from "#lib/sim";
import { formatValue } from "#lib/trace";
import type { Ask, DirectoryMessage, Request, RouterMessage, ShardMap } from "#protocol/05-partitioning";
import { Broken } from "../suite/index.ts";
import { map1 } from "./directory-claims.ts";

export const map2: ShardMap = { version: 2, owners: { ...map1.owners, s1: "n3" } };
export const map3: ShardMap = { version: 3, owners: { ...map2.owners, s1: "n2" } };
/** What went to one peer; a directory may tell others, too. */
export function to<Message>(sent: readonly { to: string; message: Message }[], peer: string): Message[] {
  return sent.filter((it) => it.to === peer).map((it) => it.message);
}

export function ask(seq: number, key: string): Ask {
  return { type: "Ask", seq, op: "put", key, value: `v${seq}` };
}

export function request(seq: number, key: string, version: number): Request {
  return { type: "Request", client: "r1", seq, op: "put", key, value: `v${seq}`, version };
}

export const requestsIn = (sent: readonly { to: string; message: RouterMessage }[]) =>
  sent.filter(({ message }) => message.type === "Request");
export const lookupsIn = (sent: readonly { to: string; message: RouterMessage }[]) =>
  sent.filter(({ message }) => message.type === "GetMap").length;

export function answerOf(messages: readonly DirectoryMessage[]): DirectoryMessage | undefined {
  return messages.find((message) => message.type === "AssignReply");
}

/** Fails unless two JSON values are equal, with the first field that differs: of two long objects, that is what one looks for. */
export function alike(actual: unknown, expected: unknown, sentence: string): void {
  const found = difference(actual, expected, []);
  if (!found) return;
  const it = found.path.length > 0 ? found.path.join(".") : "it";
  const [want, got] = [found.expected, found.actual].map((value) => formatValue(value, 300));
  throw new Broken(`${sentence}: ${it} should be ${want}, and it is ${got}`);
}

interface Difference {
  readonly path: readonly string[];
  readonly actual: unknown;
  readonly expected: unknown;
}

function difference(actual: unknown, expected: unknown, path: readonly string[]): Difference | undefined {
  if (canonical(actual) === canonical(expected)) return undefined;
  if (!isObject(actual) || !isObject(expected) || Array.isArray(actual) !== Array.isArray(expected)) {
    return { path, actual, expected };
  }
  const names = [...new Set([...Object.keys(expected), ...Object.keys(actual)])];
  if (Array.isArray(actual) && Object.keys(actual).length !== Object.keys(expected).length) {
    return { path, actual, expected };
  }
  for (const name of names) {
    const isOnly = Array.isArray(actual) && names.length === 1;
    const step = Array.isArray(actual) ? `number ${Number(name) + 1}` : name;
    const found = difference(actual[name], expected[name], isOnly ? path : [...path, step]);
    if (found) return found;
  }
  return { path, actual, expected };
}

function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === "object" && value !== null;
}
