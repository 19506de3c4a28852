import { assertEquals, assertRejects } from "@std/assert";
import { CheckpointError } from "../../../src/core/errors.ts";
import { batchOf, removalOf } from "../../../src/stores/file/line_content.ts";
import { LineWriter } from "../../../src/stores/file/line_writer.ts";
import { recordsIn } from "../../../src/stores/file/records.ts";
import { lineRanges } from "../../../src/stores/file/line_reader.ts";
import { scan } from "../../../src/stores/file/scan.ts";
import { BufferFile } from "./buffer_file.ts";
import { record } from "./support.ts";

/** A file without a header that has these lines. */
function fileOf(...jsons: readonly string[]): BufferFile {
  const writer = new LineWriter(0);
  for (const json of jsons) writer.add(json);
  return new BufferFile(writer.lines().slice());
}

const line = (id: string, attempts = 1) => JSON.stringify(record(id, { attempts }));

/** What counts in a file: ids with attempts, and where the last whole batch ends. */
async function found(file: BufferFile) {
  const { index, end } = await scan(file, 0, 0);
  const lengths = index.lengths();
  const records = [...lineRanges(file, 0, lengths)].flatMap((range) =>
    recordsIn(range, lengths, (json) => JSON.parse(json))
  );
  return { records: records.map(({ id, attempts }) => `${id} ${attempts}`), end };
}

Deno.test("scan() finds the last line of each id, without those that were removed", async () => {
  const file = fileOf(line("a"), line("b"), line("a", 2), line("c"), removalOf(["b", "none"]), line("é", 3));
  assertEquals(await found(file), { records: ["a 2", "c 1", "é 3"], end: file.bytes.length });
});

Deno.test("scan() takes a batch whole or not at all", async () => {
  const before = fileOf(line("a"));
  const whole = fileOf(line("a"), batchOf(2), line("a", 2), line("b"));
  assertEquals(await found(whole), { records: ["a 2", "b 1"], end: whole.bytes.length });
  for (let length = before.bytes.length; length < whole.bytes.length; length++) {
    const cut = new BufferFile(whole.bytes.slice(0, length));
    assertEquals(await found(cut), { records: ["a 1"], end: before.bytes.length }, `${length} bytes`);
  }
});

Deno.test("scan() refuses lines that make no sense, and says where", async () => {
  const cases: readonly (readonly [BufferFile, string])[] = [
    [fileOf("{}"), "at byte 0: the line is not a record"],
    [fileOf(batchOf(2), removalOf(["a"])), "2 records of a batch are missing"],
    [fileOf(batchOf(2), line("a"), batchOf(1)), "1 records of a batch are missing"],
    [new BufferFile("junk\n"), "at byte 0: the line is not one that was written"],
  ];
  for (const [file, message] of cases) await assertRejects(() => scan(file, 0, 0), CheckpointError, message);
  const file = fileOf(line("a"), line("b"));
  file.bytes[file.bytes.length - 3]! ^= 1;
  await assertRejects(() => scan(file, 0, 0), CheckpointError, "the checksum of the line is wrong");
});
