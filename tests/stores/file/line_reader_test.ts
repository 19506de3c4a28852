import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { CheckpointError } from "../../../src/core/errors.ts";
import { CHUNK, lineRanges, readLines, readWhole } from "../../../src/stores/file/line_reader.ts";
import { BufferFile } from "./buffer_file.ts";

/** The lines that readLines() finds, where each starts, and where the last one ends. */
async function linesIn(content: string, from = 0, mayBegin = true) {
  const lines: [at: number, line: string][] = [];
  const end = await readLines(new BufferFile(content), from, {
    line: (bytes, start, end, at) => void lines.push([at, new TextDecoder().decode(bytes.subarray(start, end))]),
    mayBegin: () => mayBegin,
  });
  return { lines, end };
}

Deno.test("readLines() finds all lines from a position on, and where the last one ends", async () => {
  assertEquals(await linesIn(""), { lines: [], end: 0 });
  assertEquals(await linesIn("ab\n\ncd\ne"), { lines: [[0, "ab"], [3, ""], [4, "cd"]], end: 7 });
  assertEquals(await linesIn("ab\ncd\n", 3), { lines: [[3, "cd"]], end: 6 });
});

Deno.test("readLines() finds lines around and beyond the size of a chunk", async () => {
  for (const length of [CHUNK - 2, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 7]) {
    const { lines, end } = await linesIn(`${"x".repeat(length)}\nlast\nincomplete`);
    assertEquals(lines.map(([at, line]) => [at, line.length]), [[0, length], [length + 1, 4]]);
    assertEquals(end, length + 6);
  }
});

Deno.test("readLines() keeps no line in memory that may not begin like this, and reports it if it ends", async () => {
  const junk = "\0".repeat(2 * CHUNK);
  assertEquals(await linesIn(`ab\n${junk}`, 0, false), { lines: [[0, "ab"]], end: 3 });
  await assertRejects(() => linesIn(`ab\n${junk}\n`, 0, false), Error, "accepted a line that may not begin like this");
});

Deno.test("lineRanges() reads lines of known lengths, whole ones, some at a time", () => {
  const lines = Array.from({ length: 1_000 }, (_, index) => `${index}:${"x".repeat(index)}\n`);
  const content = `head\n${lines.join("")}`;
  const lengths = Int32Array.from(lines, (line, index) => index % 3 === 0 ? -line.length : line.length);
  let next = 0;
  for (const { bytes, at, first, end } of lineRanges(new BufferFile(content), 5, lengths)) {
    assertEquals(first, next);
    assertEquals(new TextDecoder().decode(bytes), lines.slice(first, end).join(""));
    assertEquals(content.slice(at, at + bytes.length), lines.slice(first, end).join(""));
    next = end;
  }
  assertEquals(next, 1_000);
});

Deno.test("lineRanges() says where a file ends too early", () => {
  const ranges = lineRanges(new BufferFile("abc\n"), 0, Int32Array.of(4, 4));
  assertThrows(() => [...ranges], CheckpointError, "is damaged at byte 4: it ends there, but was longer");
});

Deno.test("readWhole() reads as much as was asked for, or says where a file ends too early", () => {
  const bytes = new Uint8Array(4);
  readWhole(new BufferFile("abc\ndef\n"), 4, bytes);
  assertEquals(new TextDecoder().decode(bytes), "def\n");
  assertThrows(() => readWhole(new BufferFile("abc\nd"), 4, bytes), CheckpointError, "is damaged at byte 5");
});
