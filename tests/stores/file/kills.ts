/**
 * Programs that are killed while they save: few in every test run, many in the long one.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { TaskRecord } from "../../../src/core/checkpointer.ts";
import { batch } from "./batches.ts";
import { load, start } from "./support.ts";
import { tempFolder } from "../../support.ts";

/** Registers a test that kills programs while they save, so many times. */
export function testKills(count: number): void {
  Deno.test({
    name: `FileCheckpointer has all batches that were saved, and of none a part, after each of ${count} kills`,
    ignore: Deno.build.os === "windows",
    fn: () => killManyTimes(count),
  });
}

async function killManyTimes(count: number): Promise<void> {
  await using folder = await tempFolder();
  const expected = new Map<string, TaskRecord>();
  let next = 0;
  for (let kill = 0; kill < count; kill++) {
    const last = await saveUntilKilled(folder.file(), next, 5 + Math.random() * 300);
    const apply = (number: number) => batch(number).forEach((each) => expected.set(each.id, each));
    while (next <= last) apply(next++);
    const found = await load(folder.file());
    // The one after it may have been saved without there being time to say so.
    if (batch(next).some(({ id }) => found.get(id)?.attempts === next)) apply(next++);
    assertEquals(found.size, expected.size);
    assertEquals(found, expected, `after batch ${next - 1}`);
  }
  assert(next > count);
}

/** Returns the number of the last batch that was said to be saved. */
async function saveUntilKilled(path: string, first: number, afterLines: number): Promise<number> {
  await using program = start("saving", { args: [path, String(first)] });
  let last = first - 1;
  for (let line = await program.lines.next(), count = 0; !line.done; line = await program.lines.next(), count++) {
    last = Number(line.value);
    if (count === Math.floor(afterLines)) program.child.kill("SIGKILL");
  }
  assertEquals([await program.errors, (await program.child.status).signal], ["", "SIGKILL"]);
  return last;
}
