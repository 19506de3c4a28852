/**
 * Databases that were damaged at random: few in every test run, many in the long one.
 *
 * @module
 */

import { assert, assertEquals, assertGreater } from "@std/assert";
import fc from "fast-check";
import type { TaskRecord } from "../../../src/core/checkpointer.ts";
import { CheckpointError } from "../../../src/core/errors.ts";
import { KvCheckpointer } from "../../../src/stores/kv_checkpointer.ts";
import { noise, record } from "./wrapped_kv.ts";

/** The prefix of the checkpoint. */
export const P = "workflowy";
/** What the databases hold. */
export const RECORDS = [
  record("a", 1),
  record("b", "two"),
  record("large", noise(150_000)),
  record("y".repeat(600), 4),
];

/** What a database holds. */
export function entriesOf(kv: Deno.Kv): Promise<Deno.KvEntry<unknown>[]> {
  return Array.fromAsync(kv.list({ prefix: [P] }, { batchSize: 20 }));
}

/** A database with records, closed properly. */
export async function filled(): Promise<Deno.Kv> {
  const kv = await Deno.openKv(":memory:");
  await using checkpointer = new KvCheckpointer({ kv });
  await checkpointer.save(RECORDS);
  return kv;
}

/** Damage of one entry. */
type Damage = { readonly at: number; readonly to: unknown; readonly how: "flip" | "cut" | "set" | "copy" | "delete" };

/** Registers a test that damages databases at random, so many times. */
export function testRandomDamage(runs: number): void {
  Deno.test(`KvCheckpointer.load() of what was damaged at random rejects, or yields what was saved: ${runs} times`, async () => {
    const values = fc.oneof(
      fc.constantFrom(null, undefined, true, 0, NaN, "", "x", 1n, new Date(0)),
      fc.uint8Array(),
      fc.object({ maxDepth: 1 }),
      fc.record({ generation: fc.string(), count: fc.nat(), length: fc.nat(), crc: fc.nat() }, { requiredKeys: [] }),
      fc.record({ owner: fc.string(), until: fc.nat() }),
    );
    const how = fc.constantFrom("flip", "cut", "set", "copy", "delete");
    const damages = fc.array(fc.record({ at: fc.nat(), to: values, how }), { minLength: 1, maxLength: 3 });
    let rejected = 0;
    const originals = new Map(RECORDS.map((each) => [each.id, JSON.stringify(each)]));
    await fc.assert(
      fc.asyncProperty(damages, async (all) => {
        using kv = await filled();
        let deletions = 0;
        let isRejected = false;
        for (const damage of all) deletions += await apply(kv, damage as Damage);
        const found: TaskRecord[] = [];
        await using checkpointer = new KvCheckpointer({ kv });
        try {
          for await (const each of checkpointer.load()) found.push(each);
        } catch (error) {
          assert(error instanceof CheckpointError, Deno.inspect(error));
          isRejected = true;
          rejected++;
        }
        // What was yielded by then was saved, each once; nothing else can tell that an entry is gone that led to a record.
        for (const each of found) assertEquals(JSON.stringify(each), originals.get(each.id));
        assertEquals(new Set(found.map(({ id }) => id)).size, found.length);
        if (deletions === 0 && !isRejected) assertEquals(found.length, RECORDS.length);
      }),
      { numRuns: runs },
    );
    assertGreater(rejected, runs / 3);
  });
}

/** Returns how many entries it removed. */
async function apply(kv: Deno.Kv, { at, to, how }: Damage): Promise<number> {
  const entries = await entriesOf(kv);
  const entry = entries[at % entries.length];
  if (entry === undefined) return 0;
  const { key, value } = entry;
  if (how === "delete") {
    await kv.delete(key);
    return 1;
  }
  if (how === "copy") {
    await kv.set(key, entries[(at >> 8) % entries.length]!.value);
  } else if (how !== "set" && value instanceof Uint8Array && value.length > 0) {
    const place = (at >> 4) % value.length;
    await kv.set(key, how === "cut" ? value.slice(0, place) : value.with(place, value[place]! ^ (1 << (at & 7))));
  } else {
    await kv.set(key, to);
  }
  return 0;
}
