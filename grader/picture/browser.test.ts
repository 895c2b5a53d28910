import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { noBrowser, openBrowser } from "./browser.ts";
import type { PictureData } from "./data.ts";
import { hostileData, hostileTexts } from "./hostile.ts";
import { limits } from "./pack.ts";
import { pictureHtml } from "./picture.ts";
import { longData, oneOfEach, type SampleName, sampleData } from "./sample.ts";

if (noBrowser !== undefined) {
  if (!process.env.CI) console.log(`skipped: ${noBrowser}`);
  test.skipIf(!process.env.CI)(`pictures in a browser (${noBrowser})`, () => {
    throw new Error(noBrowser);
  });
}

describe.skipIf(noBrowser !== undefined)("a picture in a browser", () => {
  let browser: Browser;
  let folder: string;
  /** What no picture may do: ask for something, or complain. */
  let trouble: string[] = [];

  beforeAll(async () => {
    browser = await openBrowser();
    folder = mkdtempSync(join(tmpdir(), "workbook-picture-"));
  });

  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(data: PictureData, options: Parameters<Browser["newPage"]>[0] = {}): Promise<Page> {
    trouble = [];
    const path = join(folder, "picture.html");
    writeFileSync(path, await pictureHtml(data));
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 }, ...options });
    page.on("console", (message) => trouble.push(message.text()));
    page.on("pageerror", (error) => trouble.push(String(error)));
    page.on("request", (request) => request.url().startsWith("file:") || trouble.push(request.url()));
    await page.goto(pathToFileURL(path).href);
    return page;
  }

  async function openSample(name: SampleName, options?: Parameters<Browser["newPage"]>[0]): Promise<Page> {
    return await open(await sampleData(name), options);
  }

  /** The number of the chosen event. */
  async function chosen(page: Page): Promise<number> {
    return Number((await page.locator(".row.selected .number").innerText()).replace(",", ""));
  }

  async function press(page: Page, ...keys: readonly string[]): Promise<void> {
    for (const key of keys) await page.keyboard.press(key);
  }

  test("opens at the violation, and says what fell, why, and how to see it again", async () => {
    const data = await sampleData("done-twice");
    const page = await open(data);
    expect(await page.title()).toBe(`${data.part}: ${data.claim}`);
    expect(await page.locator("h1").innerText()).toBe(`✗ ${data.claim}`);
    expect(await page.locator("header").innerText()).toContain(data.message);
    expect(await page.locator(".deviations").innerText()).toContain(
      `${data.deviations.length} deviations from a calm run`,
    );
    expect(await page.locator(".replay code").innerText()).toBe(`npm run replay -- '${data.replay}'`);
    expect(await page.locator(".row.violation").getAttribute("class")).toContain("selected");
    const [row, diagram] = [
      await page.locator(".row.violation").boundingBox(),
      await page.locator(".diagram").boundingBox(),
    ];
    expect(row?.y).toBeGreaterThan(diagram?.y ?? 0);
    expect((row?.y ?? 0) + 24).toBeLessThan((diagram?.y ?? 0) + (diagram?.height ?? 0));
    expect((diagram?.y ?? 0) + (diagram?.height ?? 0)).toBeLessThanOrEqual(900);
    expect(trouble).toEqual([]);
    await page.close();
  });

  test("steps on and back, to the ends, in a lane, and to the violation, with the keys alone", async () => {
    const page = await openSample("done-twice");
    const last = await chosen(page);
    await press(page, "ArrowLeft", "k", "ArrowUp");
    expect(await chosen(page)).toBe(last - 3);
    await press(page, "ArrowRight", "j");
    expect(await chosen(page)).toBe(last - 1);
    const who = await page.locator(".panel h2").innerText();
    await press(page, "p");
    const before = await chosen(page);
    expect(before).toBeLessThan(last - 1);
    await press(page, "n");
    expect(await page.locator(".panel h2").innerText()).toBe(who);
    await press(page, "Home");
    expect(await chosen(page)).toBe(1);
    await press(page, "ArrowLeft");
    expect(await chosen(page)).toBe(1);
    await press(page, "End");
    expect(await chosen(page)).toBe(last);
    await press(page, "Home", "v");
    expect(await chosen(page)).toBe(last);
    await press(page, "Escape");
    expect(await page.locator(".row.selected, .row.dim").count()).toBe(0);
    expect(trouble).toEqual([]);
    await page.close();
  });

  test("has buttons for what the keys do, and each can be reached with the keys", async () => {
    const page = await openSample("forgets-what-it-told");
    const last = await chosen(page);
    await page.getByRole("button", { name: /one event back/ }).click();
    expect(await chosen(page)).toBe(last - 1);
    await page.getByRole("button", { name: /the first event/ }).click();
    expect(await chosen(page)).toBe(1);
    await page.getByRole("button", { name: /where the claim falls/ }).click();
    expect(await chosen(page)).toBe(last);
    const reached = new Set<string>();
    for (let i = 0; i < 40; i++) {
      await press(page, "Tab");
      reached.add(
        (await page.evaluate(
          "document.activeElement.getAttribute('aria-label') ?? document.activeElement.id",
        )) as string,
      );
    }
    for (const name of ["one event back", "one event on", "in time", "keys and signs", "Space-time"]) {
      expect([...reached].join("; ")).toContain(name);
    }
    await press(page, "?");
    expect(await page.locator("dialog").isVisible()).toBe(true);
    await press(page, "Escape");
    expect(await page.locator("dialog").isVisible()).toBe(false);
    await page.close();
  });

  test("filters by words, lanes and kinds, and keeps the numbers", async () => {
    const page = await openSample("done-twice");
    const all = await page.locator(".count").innerText();
    await press(page, "/");
    await page.keyboard.type("request k5");
    expect(await page.locator(".count").innerText()).toMatch(/^\d+ of 404 events$/);
    const numbers = (await page.locator(".row .number").allInnerTexts()).map(Number).sort((a, b) => a - b);
    expect(numbers.length).toBeGreaterThan(3);
    expect(numbers.length).toBeLessThan(60);
    expect(numbers.at(-1)).toBeGreaterThan(numbers.length * 3);
    // What sends it is shown with what gets it.
    expect(await page.locator(".row", { hasText: "Request" }).count()).toBeGreaterThan(numbers.length / 2);
    expect(await page.locator(".row.start").count()).toBe(0);
    await press(page, "Escape");
    expect(await page.locator(".count").innerText()).toBe(all);
    await page.locator(".choices summary").click();
    await page.getByLabel("timers", { exact: true }).uncheck();
    await page.getByLabel("c1", { exact: true }).uncheck();
    expect(await page.locator(".row.timer").count()).toBe(0);
    expect(await page.locator(".head", { hasText: "c1" }).count()).toBe(0);
    await press(page, "v");
    expect(await page.locator(".row.violation.selected").count()).toBe(1);
    await page.close();
  });

  test("lights the causal past of a clicked event, and shows what its node remembers", async () => {
    const page = await openSample("done-twice");
    await page.locator(".row", { hasText: "Request" }).last().click();
    expect(await page.locator(".row.selected .words").innerText()).toContain("Request");
    expect(await page.locator(".row:not(.dim)").count()).toBeGreaterThan(2);
    expect(await page.locator(".row.dim").count()).toBeGreaterThan(2);
    const panel = page.locator(".panel");
    expect(await panel.innerText()).toContain("What the handler did");
    expect(await panel.locator("dt.changed, dt.new").count()).toBeGreaterThan(0);
    expect(await panel.locator("del").first().innerText()).not.toBe(
      await panel.locator("ins").first().innerText(),
    );
    await panel.getByText(/^sent in /).click();
    expect(await page.locator("[aria-live]").innerText()).toMatch(/^Event \d+ at \d+ ms: /);
    await page.close();
  });

  test("goes from an operation's bar, and from a line of the story, to the events", async () => {
    const data = await sampleData("done-twice");
    const page = await open({ ...data, operations: oneOfEach });
    expect(await page.locator(".bar").count()).toBe(4);
    expect(await page.locator(".clients").innerText()).toMatch(/hatched.*dashed.*open to the right.*◆/s);
    await page.locator(".bar.witness").click();
    const times = (await page.locator(".row:not(.dim) .ms").allInnerTexts()).map(Number);
    expect(times.length).toBeGreaterThan(1);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(500);
    expect(Math.max(...times)).toBeLessThanOrEqual(560);
    await page.locator(".bar.witness").press("ArrowRight");
    expect(await page.evaluate("document.activeElement.className")).toBe("bar fail");
    const first = await chosen(page);
    await page.locator(".story button").last().click();
    expect(await chosen(page)).toBeGreaterThan(first);
    expect(await page.locator(".story ol li").count()).toBe(data.story.length);
    await page.close();
  });

  test("changes between events and time, and keeps the chosen event in sight", async () => {
    const page = await openSample("never-ends");
    await press(page, "k", "k", "t");
    expect(
      await page.getByRole("button", { name: /far apart as in time/ }).getAttribute("aria-pressed"),
    ).toBe("true");
    for (const key of ["+", "+", "-", "-", "-", "t"]) {
      await press(page, key);
      const [row, diagram] = [
        await page.locator(".row.selected").boundingBox(),
        await page.locator(".diagram").boundingBox(),
      ];
      expect(row?.y).toBeGreaterThan(diagram?.y ?? 0);
      expect(row?.y).toBeLessThan((diagram?.y ?? 0) + (diagram?.height ?? 0));
    }
    await page.close();
  });

  test("keeps what is in the middle there when nothing is chosen", async () => {
    const page = await openSample("never-ends");
    await press(page, "Home", ...Array.from({ length: 60 }, () => "j"), "Escape", "t", "+", "+", "+", "t");
    const numbers = (await page.locator(".row .number").allInnerTexts()).map((text) =>
      Number(text.replace(",", "")),
    );
    expect(numbers).toContain(60);
    await page.close();
  });

  test("shows any text as text", async () => {
    const page = await open(hostileData());
    await press(page, "Home", ...hostileTexts.flatMap(() => ["j", "j"]), "t", "t");
    expect(await page.locator("script").count()).toBe(2);
    expect(await page.locator("img").count()).toBe(0);
    expect(await page.title()).not.toBe("taken over");
    const lines = await page.locator(".story ol li").allInnerTexts();
    expect(lines.length).toBe(hostileTexts.length);
    for (const [i, text] of hostileTexts.entries()) {
      // Up to the first sign that cannot be seen, which is written as in code.
      expect(lines[i]).toContain(text.replace(/[^ -~].*/su, "").trim());
      expect(/[\p{Cc}\p{Bidi_C}\p{Zl}\p{Zp}]/u.test(lines[i] as string)).toBe(false);
    }
    expect(await page.locator(".story").innerText()).toContain("\\u{202e}right to left");
    expect(trouble).toEqual([]);
    await page.close();
  });

  test("is dark or light as the system says, until the reader says something else", async () => {
    const page = await openSample("forgets-what-it-told", { colorScheme: "dark" });
    const paper = () => page.evaluate("getComputedStyle(document.body).backgroundColor") as Promise<string>;
    const brightness = async () => (await paper()).match(/\d+/g)?.map(Number)[0] ?? -1;
    expect(await brightness()).toBeLessThan(60);
    await page.getByRole("button", { name: "light" }).click();
    expect(await brightness()).toBeGreaterThan(200);
    await page.close();
  });

  test("prints the claim, the deviations and the story, and no diagram", async () => {
    const page = await openSample("done-twice");
    await page.emulateMedia({ media: "print" });
    for (const part of ["h1", ".deviations", ".story"])
      expect(await page.locator(part).isVisible(), part).toBe(true);
    for (const part of [".diagram", ".toolbar", ".theme"])
      expect(await page.locator(part).isVisible(), part).toBe(false);
    expect(await page.locator(".deviations li").last().isVisible()).toBe(true);
    await page.close();
  });

  test.each([360, 700, 2000])("fits into %i pixels", async (width) => {
    const page = await openSample("done-twice", { viewport: { width, height: 800 } });
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
    const words = await page.locator(".row.selected .words").boundingBox();
    expect(words?.width).toBeGreaterThan(80);
    expect(trouble).toEqual([]);
    await page.close();
  });

  test("says what is left out of a run that is too long, and stays fluid", async () => {
    const page = await open(longData(limits.events + 500));
    expect(await page.locator(".count").innerText()).toMatch(
      /^10,000 events; the first [\d,]+ are left out$/,
    );
    expect(await chosen(page)).toBeGreaterThan(10_000);
    await press(page, "Home");
    expect(await chosen(page)).toBeGreaterThan(500);
    expect(await page.locator(".row").count()).toBeLessThan(120);
    await press(page, "t", "End", "Escape");
    expect(trouble).toEqual([]);
    await page.close();
  });
});
