import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { LineIndex } from "../../../src/stores/file/line_index.ts";
import { bytesOf } from "./support.ts";

const ids = fc.nat(30).map((number) => `id ${number}`);
const length = fc.integer({ min: 1, max: 1_000 });
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ put: ids, length }) },
  { weight: 2, arbitrary: fc.record({ remove: fc.array(ids, { maxLength: 4 }), length }) },
  { weight: 1, arbitrary: fc.record({ addGarbage: fc.constant(true), length }) },
  { weight: 1, arbitrary: fc.constant({ compact: true }) },
  { weight: 1, arbitrary: fc.record({ find: ids }) },
);

Deno.test("LineIndex knows which lines count, as a list of lines would", () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 1_500 }), (steps) => {
    const index = new LineIndex();
    let lines: { id?: string; length: number }[] = [];
    const placeOf = (id: string) => {
      const at = lines.findIndex((line) => line.id === id);
      return at < 0
        ? undefined
        : { start: lines.slice(0, at).reduce((sum, { length }) => sum + length, 0), length: lines[at]!.length };
    };
    const drop = (id: string) => void lines.forEach((line) => line.id === id && delete line.id);
    for (const each of steps) {
      if ("put" in each) {
        drop(each.put);
        lines.push({ id: each.put, length: each.length });
        const id = bytesOf(each.put);
        index.put(index.numberOf(id, 0, id.length), each.length);
      } else if ("remove" in each) {
        each.remove.forEach(drop);
        lines.push({ length: each.length });
        index.remove(each.remove.map(bytesOf), each.length);
      } else if ("addGarbage" in each) {
        lines.push({ length: each.length });
        index.addGarbage(each.length);
      } else if ("find" in each) {
        assertEquals(index.find(bytesOf(each.find)), placeOf(each.find));
      } else {
        lines = lines.filter(({ id }) => id !== undefined);
        index.compact();
      }
    }
    assertEquals([...index.lengths()], lines.map(({ id, length }) => id === undefined ? -length : length));
    assertEquals(index.garbage, lines.reduce((sum, { id, length }) => id === undefined ? sum + length : sum, 0));
    for (let number = 0; number <= 30; number++) {
      assertEquals(index.has(bytesOf(`id ${number}`)), lines.some(({ id }) => id === `id ${number}`));
      assertEquals(index.find(bytesOf(`id ${number}`)), placeOf(`id ${number}`));
    }
  }));
});
