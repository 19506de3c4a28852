import { assertEquals, assertThrows } from "@std/assert";
import { lineRanges } from "../../../src/stores/file/line_reader.ts";
import { LineWriter } from "../../../src/stores/file/line_writer.ts";
import { recordsIn } from "../../../src/stores/file/records.ts";
import { BufferFile } from "./buffer_file.ts";
import { record } from "./support.ts";

for (const [kind, ids] of Object.entries({ ASCII: ["a", "b", "c"], "other characters": ["a", "é€😀", "c"] })) {
  Deno.test(`recordsIn() decodes the lines that count, with where they are: ${kind}`, () => {
    const writer = new LineWriter(0);
    const lengths = Int32Array.from(ids, (id) => writer.add(JSON.stringify(record(id))));
    const file = new BufferFile(`head\n${new TextDecoder().decode(writer.lines())}`);
    const starts = [5, 5 + lengths[0]!, 5 + lengths[0]! + lengths[1]!];
    lengths[0]! *= -1;
    const places: number[] = [];
    const [range] = lineRanges(file, 5, lengths);
    const found = recordsIn(range!, lengths, (json, at) => {
      places.push(at);
      return JSON.parse(json);
    });
    assertEquals(found, [record(ids[1]!), record(ids[2]!)]);
    assertEquals(places, starts.slice(1));
  });
}

Deno.test("recordsIn() throws what decoding throws", () => {
  const writer = new LineWriter(0);
  const lengths = Int32Array.of(writer.add('{"id":"a"}'));
  const [range] = lineRanges(new BufferFile(writer.lines().slice()), 0, lengths);
  const decode = () => {
    throw new RangeError("cannot be decoded");
  };
  assertThrows(() => recordsIn(range!, lengths, decode), RangeError, "cannot be decoded");
});
