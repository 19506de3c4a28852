/**
 * Programs that are killed while they compact their file: at some points in every test run, at all in the long one.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { byId, largeRecords, load, record, run, save } from "./support.ts";
import { tempFolder } from "../../support.ts";

/** The points at which `programs/compacting.ts` can be killed, in the order in which they come. */
export const POINTS: readonly string[] = [
  "before it creates the new file",
  "after it created the new file",
  "before it locks the new file",
  "after the first write to the new file",
  "in a write to the new file",
  "before it stores the new file",
  "after it stored the new file",
  "before it renames the new file",
  "after it renamed the new file",
  "before it closes the old file",
  "before it stores the folder",
  "after it stored the folder",
];

/** Registers a test that kills a program at that point. */
export function testKilledCompaction(step: string): void {
  Deno.test({
    name: `FileCheckpointer loses nothing if it is killed during a compaction, ${step}`,
    ignore: Deno.build.os === "windows",
    async fn() {
      await using folder = await tempFolder();
      const { lines, errors, status } = await run("compacting", { args: [folder.file(), step] });
      assertEquals([status.signal, errors], ["SIGKILL", ""]);
      const found = await load(folder.file());
      const last = Number(lines.at(-1));
      const version = (found.get("r0")?.value as { readonly version: number }).version;
      assert(version === last || version === last + 1, `version ${version} after ${last}`);
      assertEquals(found, byId(...largeRecords(600, version)));
      assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name), ["state.jsonl"]);
      await save(folder.file(), [record("more")]);
      assertEquals((await load(folder.file())).size, 601);
    },
  });
}
