import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { noBrowser, openBrowser } from "../picture/browser.ts";
import { limits } from "../picture/pack.ts";
import { pictureHtml } from "../picture/picture.ts";
import { longData } from "../picture/sample.ts";
import type { Row } from "./row.ts";

/** Longer than this, and a step is felt. */
const feltMs = 50;
/** A verdict may be late by as much for the sake of its picture. */
const waitMs = 100;

/** What a page does for one key, and the layout that follows from it; in ms, for each of 100 steps back from the end. */
const steps = `(() => {
  const times = [];
  for (let i = 0; i < 100; i++) {
    const before = document.querySelector(".row.selected .number").textContent;
    const start = performance.now();
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "k", bubbles: true }));
    document.querySelector(".row.selected").getBoundingClientRect();
    times.push(performance.now() - start);
    if (document.querySelector(".row.selected .number").textContent === before) throw new Error("it did not step");
  }
  return times.sort((a, b) => a - b);
})()`;

export async function* pictureRows(): AsyncGenerator<Row> {
  const data = longData(limits.events);
  const html = await pictureHtml(data);
  let madeMs = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 5; i++) {
    const start = performance.now();
    await pictureHtml(data);
    madeMs = Math.min(madeMs, performance.now() - start);
  }
  const felt = { value: feltMs, source: "the most that is not felt" };
  yield {
    name: "picture: making one of 10,000 events (less is better)",
    value: madeMs,
    unit: "ms",
    baseline: { value: waitMs, source: "the most that a verdict should wait for it" },
  };
  if (noBrowser !== undefined) {
    console.error(`picture: no figures of its steps: ${noBrowser}`);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "workbook-picture-"));
  const browser = await openBrowser();
  try {
    const path = join(folder, "picture.html");
    writeFileSync(path, html);
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    await page.goto(pathToFileURL(path).href);
    const times = (await page.evaluate(steps)) as number[];
    const name = "picture: a step among 10,000 events, with its layout";
    yield {
      name: `${name}, median (less is better)`,
      value: times[50] as number,
      unit: "ms",
      baseline: felt,
    };
    yield {
      name: `${name}, worst of 100 (less is better)`,
      value: times[99] as number,
      unit: "ms",
      baseline: felt,
    };
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
