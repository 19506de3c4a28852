import { assert, assertEquals } from "@std/assert";
import { crc32Function } from "../../../src/core/node_builtins.ts";
import { beginsLine, headerCrc, JSON_AT, LineWriter, openLine } from "../../../src/stores/file/line_writer.ts";
import { bytesOf, HEADER } from "./support.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

Deno.test("LineWriter writes lines that are JSON, each with a checksum of all before", () => {
  const writer = new LineWriter(0);
  writer.addHeader(bytesOf(HEADER));
  const jsons = ['{"id":"a"}', '{"id":"é€😀"}', `{"id":"${"x".repeat(100_000)}"}`];
  const lengths = jsons.map((json) => writer.add(json));
  const bytes = writer.lines().slice();
  assertEquals(bytes.length, writer.length);
  assertEquals(
    text(bytes).split("\n").slice(1, -1).map((line) => JSON.parse(line).id),
    jsons.map((json) => JSON.parse(json).id),
  );
  const crc32 = crc32Function();
  let crc = headerCrc(bytesOf(HEADER), crc32);
  let start = HEADER.length;
  for (const [index, length] of lengths.entries()) {
    assert(beginsLine(bytes, start));
    const stated = openLine(bytes, start, start + length - 1);
    const json = bytes.subarray(start + JSON_AT, start + length - 1);
    crc = crc32(json, crc);
    assertEquals([stated, text(json)], [crc, jsons[index]]);
    start += length;
  }
  assertEquals([crc, start], [writer.crc, bytes.length]);
});

Deno.test("LineWriter.addBytes() writes what add() does", () => {
  const [one, two] = [new LineWriter(5), new LineWriter(5)];
  one.add('{"id":"a"}');
  two.addBytes(bytesOf('xx,"id":"a"}yy'), 2, 12);
  assertEquals(two.lines(), one.lines());
});

Deno.test("LineWriter.clear() drops the lines, and continues with a checksum", () => {
  const writer = new LineWriter(0);
  writer.add(`{"id":"${"x".repeat(5_000_000)}"}`);
  writer.clear(7);
  assertEquals([writer.length, writer.crc], [0, 7]);
  const other = new LineWriter(7);
  for (const each of [writer, other]) each.add('{"id":"a"}');
  assertEquals(writer.lines(), other.lines());
});

Deno.test("openLine() of anything else is -1", () => {
  const line = '{"crc":"0123abcd","id":"a"}';
  assert(openLine(bytesOf(line), 0, line.length) === 0x0123abcd);
  const others = [
    "",
    "{}",
    line.slice(0, JSON_AT + 1),
    line.replace("crc", "cra"),
    line.replace("a", "g"),
    line.replace('",', '";'),
  ];
  for (const each of others) assertEquals(openLine(bytesOf(each), 0, each.length), -1, each);
});
