import { todo } from "#lib/exercise";
import type { Context, Node, NodeId } from "#lib/sim";
import type {
  DirectoryConfig,
  DirectoryMessage,
  RouterConfig,
  RouterMessage,
} from "#protocol/05-partitioning";

/**
 * Keeps the map and answers for it.
 *
 * - GetMap: MapReply with the newest map.
 * - Assign: if the map's version is `expectedVersion`, the shard belongs to `to` from the next version on, and AssignReply says
 *   `done: true` with that version; if not, nothing changes and AssignReply says `done: false` with the version that the map has.
 * - Nobody hears of a version that a crash could make the directory forget.
 */
export class Directory implements Node<DirectoryMessage> {
  constructor(config: DirectoryConfig) {
    todo("05.4");
  }

  onMessage(ctx: Context<DirectoryMessage>, from: NodeId, message: DirectoryMessage): void {
    todo("05.4");
  }
}

/** A plain value of your own choice: what the router's timers carry. */
type Timer = { readonly type: string; readonly seq?: number };

/**
 * Takes its application's Asks, finds the server of each, and gives the application each Done.
 *
 * - It remembers the map, and asks the directory when it has none. It may ask at other times, but in a calm run no more than 20 times in
 *   1,000 operations; and while it waits for one MapReply it sends no other GetMap, before `retryMs` is over.
 * - An Ask becomes a Request: `client` is the router's own id, and it goes to the owner of `shardOf(key)` in the map whose version it
 *   carries. An Ask that comes when there is no map waits for one.
 * - Done goes to the application (`app`), once for each Ask, although the network may bring it again.
 * - WrongShard: if the request came with an older version than the map has now, send it again by the map. If not, the map is
 *   out of date: ask the directory. What was under way goes out again, by the new map, when that comes.
 * - An older map than the one it has is not news: it is ignored.
 * - Whatever has no answer after `retryMs` is sent again: a Request to the owner in the newest map that the router has, or a GetMap.
 */
export class Router implements Node<RouterMessage, Timer> {
  constructor(config: RouterConfig) {
    todo("05.4");
  }

  onMessage(ctx: Context<RouterMessage, Timer>, from: NodeId, message: RouterMessage): void {
    todo("05.4");
  }

  onTimer(ctx: Context<RouterMessage, Timer>, timer: Timer): void {
    todo("05.4");
  }
}
