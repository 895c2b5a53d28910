import { expect, test } from "vitest";
import { Stream } from "#lib/random";
import { PairTable, RowTable } from "./tables.ts";

test("a table of pairs is a map of pairs, however many there are", () => {
  const table = new PairTable();
  const map = new Map<string, number>();
  const random = new Stream(1, "pairs");
  let wrong = 0;
  for (let i = 0; i < 20_000; i++) {
    const [a, b] = [random.int(300), random.int(300)];
    if (table.get(a, b) !== (map.get(`${a} ${b}`) ?? -1)) wrong++;
    table.set(a, b, i === 7 ? -2 : i);
    map.set(`${a} ${b}`, i === 7 ? -2 : i);
  }
  expect(wrong).toBe(0);
});

test("a table of rows gives equal rows one place, and keeps them", () => {
  const table = new RowTable();
  const places = new Map<string, number>();
  const random = new Stream(2, "rows");
  let wrong = 0;
  for (let i = 0; i < 20_000; i++) {
    const size = random.int(4);
    const row = Int32Array.from({ length: 8 }, () => random.int(20));
    const key = row.subarray(0, size).join();
    const place = table.add(row, size);
    if (place !== (places.get(key) ?? places.size)) wrong++;
    places.set(key, place);
    if (table.cells.subarray(table.start(place), table.end(place)).join() !== key) wrong++;
  }
  expect(wrong).toBe(0);
  expect(table.length).toBe(places.size);
});
