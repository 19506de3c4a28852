import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { byId, bytesOf, HEADER, joined, load, record, refusalOf, save } from "./support.ts";
import { testTornWrites } from "./torn_writes.ts";
import { tempFolder } from "../../support.ts";

testTornWrites(13);

Deno.test("FileCheckpointer does not take for its own a file that begins as its header does and continues differently", async () => {
  await using folder = await tempFolder();
  for (const text of ['{"format":"workflowy-checkpoints', '{"format"}', "{}", `${HEADER.trimEnd()} `, "\0"]) {
    Deno.writeTextFileSync(folder.file(), text);
    assertStringIncludes(await refusalOf(folder.file()), "is not a checkpoint, as its first line shows");
  }
});

Deno.test("FileCheckpointer.load() copes with a torn end that is long, be it zeros or a line that never ends", async () => {
  await using folder = await tempFolder();
  await save(folder.file(), [record("a")]);
  const whole = Deno.readFileSync(folder.file());
  const line = `{"crc":"00000000","id":"b","value":"${"x".repeat(900_000)}`;
  for (const end of [new Uint8Array(3_000_000), bytesOf(line), joined(bytesOf(line), new Uint8Array(2_000_000))]) {
    Deno.writeFileSync(folder.file(), joined(whole, end));
    assertEquals(await load(folder.file()), byId(record("a")));
  }
  await save(folder.file(), [record("b")]);
  assertEquals(await load(folder.file()), byId(record("a"), record("b")));
  assert(Deno.statSync(folder.file()).size < 1_000);
});
