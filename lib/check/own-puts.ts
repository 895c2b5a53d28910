import type { SessionEvent } from "./session-history.ts";
import type { Order } from "./sessions.ts";
import { entry } from "./transaction.ts";

interface OfKey {
  readonly puts: SessionEvent[];
  /** What the last get of an own put returned, and how many puts there were then. */
  winner?: SessionEvent;
  count?: number;
}

/**
 * What reading one's own writes demands by itself: all that a session has put into a key is older than what it gets, in
 * whatever order these puts replaced each other. A node for each put stands for it and all before it, so that a get
 * needs one edge and not as many as there were puts.
 */
export class OwnPuts {
  readonly #orders: Order[];
  readonly #eventCount: number;
  readonly #ofSession = new Map<number, Map<string, OfKey>>();

  /** Adds to `orders`. The nodes from `eventCount` to twice as many are its own. */
  constructor(orders: Order[], eventCount: number) {
    this.#orders = orders;
    this.#eventCount = eventCount;
  }

  put(event: SessionEvent): void {
    if (!event.isDone) return;
    const { puts } = this.#ofKey(event);
    const last = puts.at(-1);
    const node = this.#eventCount + event.index;
    puts.push(event);
    this.#orders.push({ from: event.index, to: node, isFree: true });
    if (last) this.#orders.push({ from: this.#eventCount + last.index, to: node, isFree: true });
  }

  /** Notes a get; if it should have returned something and did not, what it missed. */
  get(event: SessionEvent): SessionEvent | undefined {
    const { source } = event;
    const ofKey = this.#ofKey(event);
    const { puts } = ofKey;
    if (!source) return puts.at(-1);
    const place = puts.lastIndexOf(source);
    // Of its own puts it got one: those before it are a chain, and those after it stand alone.
    const last = place < 0 ? puts.at(-1) : puts[place - 1];
    if (last) this.#orders.push({ from: this.#eventCount + last.index, to: source.index, get: event });
    if (place < 0) return undefined;
    const start = ofKey.winner === source ? ofKey.count! : place + 1;
    for (const put of puts.slice(start)) this.#orders.push({ from: put.index, to: source.index, get: event });
    ofKey.winner = source;
    ofKey.count = puts.length;
    return undefined;
  }

  #ofKey({ session, key }: SessionEvent): OfKey {
    const ofSession = entry(this.#ofSession, session, () => new Map<string, OfKey>());
    return entry(ofSession, key, (): OfKey => ({ puts: [] }));
  }
}
