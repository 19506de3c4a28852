/**
 * Random sequences of calls: few in every test run, many in the long one.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { CodecName, TaskRecord } from "../../../src/core/checkpointer.ts";
import { KvCheckpointer } from "../../../src/stores/kv_checkpointer.ts";
import { keysUnder, noise, record } from "./wrapped_kv.ts";

const IDS = ["a", "b", "c", "", "long".repeat(200), "\ud800", "\udc00", "\0", "header"].map((id) => id || "d");
const PREFIXES: readonly Deno.KvKey[] = [["p"], ["p", "q"]];

type Step =
  | { readonly kind: "save"; readonly records: readonly { readonly id: string; readonly size: number }[] }
  | { readonly kind: "delete"; readonly ids: readonly string[] }
  | { readonly kind: "reopen" }
  | { readonly kind: "load" };

const id = fc.constantFrom(...IDS);
const size = fc.oneof(fc.nat(100), fc.integer({ min: 60_000, max: 64_000 }), fc.nat(1_000_000), fc.constant(4_000_000));
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("save" as const), records: fc.array(fc.record({ id, size }), { maxLength: 6 }) }),
  fc.record({ kind: fc.constant("delete" as const), ids: fc.array(id, { maxLength: 4 }) }),
  fc.record({ kind: fc.constant("reopen" as const) }),
  fc.record({ kind: fc.constant("load" as const) }),
);

/** Registers tests that do random things with checkpointers and with Maps, so many times for each codec. */
export function testSequences(runs: number): void {
  for (const codec of ["json", "structured"] satisfies CodecName[]) {
    Deno.test(`KvCheckpointer (${codec}) holds what a Map would, after any steps in two prefixes of one database: ${runs} times`, async () => {
      const steps = fc.array(fc.record({ at: fc.nat(PREFIXES.length - 1), step }), { maxLength: 12 });
      await fc.assert(
        fc.asyncProperty(steps, async (all) => {
          using kv = await Deno.openKv(":memory:");
          const open = (prefix: Deno.KvKey) => new KvCheckpointer({ kv, prefix: [...prefix] as string[], codec });
          const stores = PREFIXES.map((prefix) => ({
            prefix,
            checkpointer: open(prefix),
            map: new Map<string, TaskRecord>(),
          }));
          let count = 0;
          for (const { at, step } of all) {
            const store = stores[at]!;
            if (step.kind === "save") {
              const records = step.records.map(({ id, size }) => record(id, noise(size, ++count)));
              await store.checkpointer.save(records);
              for (const each of records) store.map.set(each.id, each);
            } else if (step.kind === "delete") {
              await store.checkpointer.delete(step.ids);
              for (const each of step.ids) store.map.delete(each);
            } else if (step.kind === "reopen") {
              await store.checkpointer[Symbol.asyncDispose]();
              store.checkpointer = open(store.prefix);
            } else {
              await expectSame(store.checkpointer, store.map);
            }
          }
          for (const { prefix, checkpointer, map } of stores) {
            await expectSame(checkpointer, map);
            const large = kv.list<{ count: number }>({ prefix: [...prefix, "large"] });
            const parts = await Array.fromAsync(large, ({ value }) => value.count);
            assertEquals((await keysUnder(kv, [...prefix, "part"])).length, parts.reduce((sum, each) => sum + each, 0));
            assertEquals(await keysUnder(kv, [...prefix, "stale"]), []);
            await checkpointer[Symbol.asyncDispose]();
          }
        }),
        { numRuns: runs },
      );
    });
  }
}

async function expectSame(checkpointer: KvCheckpointer, map: ReadonlyMap<string, TaskRecord>): Promise<void> {
  const found = await Array.fromAsync(checkpointer.load());
  assertEquals(found.length, map.size);
  for (const each of found) assertEquals(each, map.get(each.id));
}
