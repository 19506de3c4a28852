import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { byId, bytesOf, HEADER, joined, load, record, refusalOf, save, using } from "./support.ts";
import { tempFolder } from "../../support.ts";

/** What a disk may leave after what was written of a line. */
const LEFTOVERS: Readonly<Record<string, Uint8Array>> = {
  "nothing": bytesOf(""),
  "zeros": new Uint8Array(300),
  "what a reused block held": bytesOf('{"crc":"00000000","id":"z'),
};

for (const [what, leftover] of Object.entries(LEFTOVERS)) {
  Deno.test(`FileCheckpointer.load() drops a last record that was torn at any byte, followed by ${what}`, async () => {
    await using folder = await tempFolder();
    await save(folder.file(), [record("a"), record("b")]);
    const whole = Deno.readFileSync(folder.file());
    await save(folder.file(), [record("b", { attempts: 2, value: "törn" })]);
    await everyCut(folder.file(), whole, byId(record("a"), record("b")), leftover);
  });

  Deno.test(`FileCheckpointer.load() drops all of a batch that was torn at any byte, followed by ${what}`, async () => {
    await using folder = await tempFolder();
    await save(folder.file(), [record("a"), record("b")]);
    const whole = Deno.readFileSync(folder.file());
    await save(folder.file(), [record("b", { attempts: 2 }), record("c"), record("a", { attempts: 2 })]);
    await everyCut(folder.file(), whole, byId(record("a"), record("b")), leftover);
  });

  Deno.test(`FileCheckpointer.load() drops a removal that was torn at any byte, followed by ${what}`, async () => {
    await using folder = await tempFolder();
    await save(folder.file(), [record("a"), record("b")]);
    const whole = Deno.readFileSync(folder.file());
    await using(folder.file(), (checkpointer) => checkpointer.delete(["a"]));
    await everyCut(folder.file(), whole, byId(record("a"), record("b")), leftover);
  });
}

Deno.test("FileCheckpointer uses a file whose header was torn at any byte, with whichever codec", async () => {
  await using folder = await tempFolder();
  for (const codec of ["json", "structured"] as const) {
    for (const torn of ["json", "structured"]) {
      const header = HEADER.replace('"json"', `"${torn}"`);
      for (let length = 0; length < header.length; length++) {
        Deno.writeTextFileSync(folder.file(), header.slice(0, length));
        assertEquals(await load(folder.file(), { codec }), byId());
        assertEquals(Deno.readTextFileSync(folder.file()), header.slice(0, length));
        await save(folder.file(), [record("a")], { codec });
        assertEquals(await load(folder.file(), { codec }), byId(record("a")));
        assert(Deno.readTextFileSync(folder.file()).startsWith(HEADER.replace('"json"', `"${codec}"`)));
      }
    }
  }
});

Deno.test("FileCheckpointer does not take for its own what begins as its header does and goes on differently", async () => {
  await using folder = await tempFolder();
  for (const text of ['{"format":"workflowy-checkpoints', '{"format"}', "{}", `${HEADER.trimEnd()} `, "\0"]) {
    Deno.writeTextFileSync(folder.file(), text);
    assertStringIncludes(await refusalOf(folder.file()), "is no checkpoint, as its first line shows");
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

/** Cuts what was written last at every byte, and checks that the file then holds what it held before, and can be used. */
async function everyCut(
  path: string,
  whole: Uint8Array,
  expected: Awaited<ReturnType<typeof load>>,
  leftover: Uint8Array,
): Promise<void> {
  const all = Deno.readFileSync(path);
  assert(all.length > whole.length);
  const added = [...expected, ["new", record("new")] as const];
  for (let length = whole.length; length < all.length; length++) {
    const torn = joined(all.subarray(0, length), leftover);
    Deno.writeFileSync(path, torn);
    assertEquals(await load(path), expected, `cut at ${length} of ${all.length}`);
    assertEquals(Deno.readFileSync(path), torn, "load() changed the file");
    await save(path, [record("new")]);
    assertEquals(Deno.readFileSync(path).subarray(0, whole.length), whole);
    assertEquals(await load(path), new Map(added), `cut at ${length}, then gone on with`);
  }
}
