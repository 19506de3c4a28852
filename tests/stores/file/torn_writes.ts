/**
 * Writes that were torn, for some of which there is time in every test run, and for all in the long one.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { byId, bytesOf, HEADER, joined, load, record, save, using } from "./support.ts";
import { tempFolder } from "../../support.ts";

/** What a disk may leave after what was written of a line. */
const LEFTOVERS: Readonly<Record<string, Uint8Array>> = {
  "nothing": bytesOf(""),
  "zeros": new Uint8Array(300),
  "what a reused block held": bytesOf('{"crc":"00000000","id":"z'),
};

/** Registers tests that tear what was written last, at every `stride`th byte. */
export function testTornWrites(stride: number): void {
  const place = stride === 1 ? "any byte" : `every ${stride}th byte`;
  for (const [what, leftover] of Object.entries(LEFTOVERS)) {
    Deno.test(`FileCheckpointer.load() drops a last record that was torn at ${place}, followed by ${what}`, async () => {
      await using folder = await tempFolder();
      await save(folder.file(), [record("a"), record("b")]);
      const whole = Deno.readFileSync(folder.file());
      await save(folder.file(), [record("b", { attempts: 2, value: "törn" })]);
      await cutEach(stride, folder.file(), whole, byId(record("a"), record("b")), leftover);
    });

    Deno.test(`FileCheckpointer.load() drops all of a batch that was torn at ${place}, followed by ${what}`, async () => {
      await using folder = await tempFolder();
      await save(folder.file(), [record("a"), record("b")]);
      const whole = Deno.readFileSync(folder.file());
      await save(folder.file(), [record("b", { attempts: 2 }), record("c"), record("a", { attempts: 2 })]);
      await cutEach(stride, folder.file(), whole, byId(record("a"), record("b")), leftover);
    });

    Deno.test(`FileCheckpointer.load() drops a removal that was torn at ${place}, followed by ${what}`, async () => {
      await using folder = await tempFolder();
      await save(folder.file(), [record("a"), record("b")]);
      const whole = Deno.readFileSync(folder.file());
      await using(folder.file(), (checkpointer) => checkpointer.delete(["a"]));
      await cutEach(stride, folder.file(), whole, byId(record("a"), record("b")), leftover);
    });
  }

  Deno.test(`FileCheckpointer uses a file whose header was torn at ${place}, with whichever codec`, async () => {
    await using folder = await tempFolder();
    for (const codec of ["json", "structured"] as const) {
      for (const torn of ["json", "structured"]) {
        const header = HEADER.replace('"json"', `"${torn}"`);
        for (let length = 0; length < header.length; length += stride) {
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
}

/** Cuts what was written last at every `stride`th byte, and checks that the file then holds what it held before, and can be used. */
async function cutEach(
  stride: number,
  path: string,
  whole: Uint8Array,
  expected: Awaited<ReturnType<typeof load>>,
  leftover: Uint8Array,
): Promise<void> {
  const all = Deno.readFileSync(path);
  assert(all.length > whole.length);
  const added = [...expected, ["new", record("new")] as const];
  for (let length = whole.length; length < all.length; length += stride) {
    const torn = joined(all.subarray(0, length), leftover);
    Deno.writeFileSync(path, torn);
    assertEquals(await load(path), expected, `cut at ${length} of ${all.length}`);
    assertEquals(Deno.readFileSync(path), torn, "load() changed the file");
    await save(path, [record("new")]);
    assertEquals(Deno.readFileSync(path).subarray(0, whole.length), whole);
    assertEquals(await load(path), new Map(added), `cut at ${length}, then continued`);
  }
}
