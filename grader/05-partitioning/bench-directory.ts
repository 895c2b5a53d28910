import type { Ask, DirectoryMessage, Request, RouterMessage, ShardMap } from "#protocol/05-partitioning";
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
