import { setTimeout as pause } from "node:timers/promises";

interface Line {
  text: string;
  count: number;
}

/** What happened in a scene, a line each, and a way to wait until something has. */
export class Story {
  readonly #lines: Line[] = [];
  #wake = () => {};

  add(text: string): Line {
    const line = { text, count: 1 };
    this.#lines.push(line);
    this.#wake();
    return line;
  }

  /** A message that was told of when it was sent has arrived, or was lost. */
  settle(line: Line, isLost: boolean): void {
    if (isLost) line.text += "   ✗ lost";
    this.#merge(line);
    this.#wake();
  }

  get lines(): string[] {
    return this.#lines.map(({ text, count }) => (count === 1 ? text : `${text}   (${count} times)`));
  }

  /** Who says the same again and again should not drown the rest. */
  #merge(line: Line): void {
    const at = this.#lines.indexOf(line);
    const same = this.#lines.slice(Math.max(0, at - 2), at).find(({ text }) => text === line.text);
    if (!same || at < 0) return;
    this.#lines.splice(at, 1);
    same.count += line.count;
  }

  /** When something happens; or soon, for what happens inside a server makes no sound. */
  async next(): Promise<void> {
    const soon = new AbortController();
    const happened = new Promise<void>((done) => {
      this.#wake = done;
    });
    await Promise.race([happened, pause(25, undefined, { signal: soon.signal }).catch(() => {})]);
    soon.abort();
  }
}
