/**
 * Random histories of a file, for a few of which there is time in every test run, and for many in the long one.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { CodecName, TaskRecord } from "../../../src/core/checkpointer.ts";
import { FileCheckpointer, type FsyncPolicy } from "../../../src/stores/file_checkpointer.ts";
import { loadFrom, record } from "./support.ts";
import { tempFolder } from "../../support.ts";

/** What is done with a checkpointer. */
type Step =
  | { readonly do: "save"; readonly records: readonly TaskRecord[] }
  | { readonly do: "delete"; readonly ids: readonly string[] }
  | { readonly do: "load" | "reopen" | "grow" };

const ids = fc.constantFrom(
  "a",
  "b",
  "c",
  "d",
  "e",
  '"quoted\\"',
  "\n",
  "ü",
  "😀",
  "\ud800",
  "\uFEFFbom",
  "x".repeat(99),
);
const value = fc.oneof(fc.json(), fc.string({ unit: "binary" }), fc.constant("y".repeat(5_000)));
const records = fc.tuple(ids, fc.nat(99), value).map(([id, attempts, value]) => record(id, { attempts, value }));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.array(records, { maxLength: 5 }).map((records) => ({ do: "save", records }) as const) },
  { weight: 2, arbitrary: fc.array(ids, { maxLength: 3 }).map((ids) => ({ do: "delete", ids }) as const) },
  { weight: 2, arbitrary: fc.constantFrom<Step>({ do: "load" }, { do: "reopen" }, { do: "grow" }) },
);

/** Registers tests that do random things with a checkpointer and with a Map, so many times for each codec. */
export function testHistories(runs: number): void {
  for (const codec of ["json", "structured"] as const) {
    Deno.test(`FileCheckpointer (${codec}) is a Map that lasts, whatever is done with it: ${runs} histories`, async () => {
      await using folder = await tempFolder();
      let round = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(step, { maxLength: 25 }),
          fc.constantFrom<FsyncPolicy>("always", "everysec", "never"),
          (steps, fsync) => play(folder.file(`${round++}`), steps, codec, fsync),
        ),
        { numRuns: runs },
      );
    });
  }
}

async function play(path: string, steps: readonly Step[], codec: CodecName, fsync: FsyncPolicy): Promise<void> {
  const expected = new Map<string, TaskRecord>();
  await using checkpointer = new FileCheckpointer(path, { codec, fsync });
  for (const each of steps) {
    switch (each.do) {
      case "save":
        await checkpointer.save(each.records);
        for (const record of each.records) expected.set(record.id, record);
        break;
      case "delete":
        await checkpointer.delete(each.ids);
        for (const id of each.ids) expected.delete(id);
        break;
      case "reopen":
        await checkpointer[Symbol.asyncDispose]();
        break;
      case "grow":
        await grow(checkpointer, expected);
        break;
      case "load":
        assertEquals(await loadFrom(checkpointer), expected);
    }
  }
  assertEquals(await loadFrom(checkpointer), expected);
  await checkpointer[Symbol.asyncDispose]();
  assertEquals(await loadFrom(checkpointer), expected);
}

/** So many that the file is compacted meanwhile. */
async function grow(checkpointer: FileCheckpointer, expected: Map<string, TaskRecord>): Promise<void> {
  for (let version = 0; version < 4; version++) {
    const large = record("large", { attempts: version, value: "z".repeat(400_000) });
    await checkpointer.save([large]);
    expected.set(large.id, large);
  }
}
