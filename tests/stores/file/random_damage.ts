/**
 * Files that were damaged, for a few of which there is time in every test run, and for many in the long one.
 *
 * @module
 */

import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import fc from "fast-check";
import type { TaskRecord } from "../../../src/core/checkpointer.ts";
import { CheckpointError } from "../../../src/core/errors.ts";
import { joined, load, loadFrom, record, save, using } from "./support.ts";
import { errorOf, tempFolder } from "../../support.ts";

/** What the files hold, a line each. */
export const RECORDS = [record("a", { value: "eins" }), record("b"), record("c", { value: [1, 2, 3] }), record("d")];

/** Registers a test that changes bits of every `stride`th byte. */
export function testChangedBytes(stride: number): void {
  Deno.test(`FileCheckpointer refuses a file with a changed byte before the last line break, every ${stride}th`, async () => {
    await using folder = await tempFolder();
    for (const each of RECORDS) await save(folder.file(), [each]);
    const whole = Deno.readFileSync(folder.file());
    for (let at = 0; at < whole.length - 1; at += stride) {
      for (const bit of [0, 5, 7]) {
        const changed = Uint8Array.from(whole);
        changed[at]! ^= 1 << bit;
        Deno.writeFileSync(folder.file(), changed);
        const error = await errorOf(() => load(folder.file()));
        assertInstanceOf(error, CheckpointError, `bit ${bit} of byte ${at} is not missed`);
        assertEquals(Deno.readFileSync(folder.file()), changed);
      }
    }
  });
}

/** Registers a test that damages files at random, so many times. */
export function testRandomDamage(runs: number): void {
  Deno.test(`FileCheckpointer.load() of a file with random damage yields what was once there, or refuses it: ${runs} times`, async () => {
    await using folder = await tempFolder();
    const { bytes, states } = await history(folder.file("history"));
    const outcomes = { prefix: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(damage(), { minLength: 1, maxLength: 3 }), async (damages) => {
        const damaged = damages.reduce<Uint8Array>((now, inflict) => inflict(now), bytes);
        Deno.writeFileSync(folder.file(), damaged);
        let found: Map<string, TaskRecord>;
        try {
          found = await load(folder.file());
        } catch (error) {
          assertInstanceOf(error, CheckpointError);
          outcomes.refused++;
          return assertEquals(Deno.readFileSync(folder.file()), damaged);
        }
        outcomes.prefix++;
        assertEquals(Deno.readFileSync(folder.file()), damaged);
        const text = textOf(found);
        assert(states.has(text), `never saved: ${text}`);
        await save(folder.file(), [record("new")]);
        assertEquals(textOf(await load(folder.file())), textOf(found.set("new", record("new"))));
      }),
      { numRuns: runs },
    );
    assert(outcomes.prefix > runs / 30 && outcomes.refused > runs / 30, Deno.inspect(outcomes));
  });
}

/** Saves and deletes this and that. Returns the file, and all that it ever held. */
async function history(path: string): Promise<{ readonly bytes: Uint8Array; readonly states: Set<string> }> {
  const states = new Set([textOf(new Map())]);
  await using(path, async (checkpointer) => {
    for (let step = 0; step < 12; step++) {
      const each = (index: number) =>
        record(`id ${(step * index) % 7}`, { attempts: step, value: "é".repeat(index * 9) });
      if (step % 4 === 3) await checkpointer.delete([`id ${step % 7}`, "id 0"]);
      else await checkpointer.save(Array.from({ length: 1 + step % 3 }, (_, index) => each(index)));
      states.add(textOf(await loadFrom(checkpointer)));
    }
  });
  return { bytes: Deno.readFileSync(path), states };
}

function textOf(records: ReadonlyMap<string, TaskRecord>): string {
  return JSON.stringify([...records.values()].sort((a, b) => a.id < b.id ? -1 : 1));
}

type Damage = (bytes: Uint8Array) => Uint8Array;

/** What happens to files. Where it does is counted from the end as often as from the beginning. */
function damage(): fc.Arbitrary<Damage> {
  const place = fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0.9, max: 1, noNaN: true }));
  const at = (bytes: Uint8Array, where: number) => Math.floor(where * bytes.length);
  const line = (bytes: Uint8Array, where: number) => {
    const lines = linesOf(bytes);
    return { lines, index: Math.min(Math.floor(where * lines.length), Math.max(lines.length - 1, 0)) };
  };
  return fc.oneof(
    fc.tuple(place, fc.integer({ min: 0, max: 7 })).map(([where, bit]): Damage => (bytes) => {
      const changed = Uint8Array.from(bytes);
      if (changed.length > 0) changed[Math.min(at(bytes, where), bytes.length - 1)]! ^= 1 << bit;
      return changed;
    }),
    place.map((where): Damage => (bytes) => bytes.slice(0, at(bytes, where))),
    fc.tuple(place, fc.integer({ min: 1, max: 40 })).map(([where, length]): Damage => (bytes) =>
      joined(bytes.subarray(0, at(bytes, where)), bytes.subarray(at(bytes, where) + length))
    ),
    fc.tuple(place, fc.uint8Array({ minLength: 1, maxLength: 9 })).map(([where, more]): Damage => (bytes) =>
      joined(bytes.subarray(0, at(bytes, where)), more, bytes.subarray(at(bytes, where)))
    ),
    place.map((where): Damage => (bytes) => Uint8Array.from(bytes).fill(0, at(bytes, where))),
    fc.integer({ min: 1, max: 5_000 }).map((length): Damage => (bytes) => joined(bytes, new Uint8Array(length))),
    place.map((where): Damage => (bytes) => {
      const { lines, index } = line(bytes, where);
      return joined(...lines.toSpliced(index, 1));
    }),
    place.map((where): Damage => (bytes) => {
      const { lines, index } = line(bytes, where);
      return joined(...lines.toSpliced(index, 0, lines[index] ?? new Uint8Array()));
    }),
    fc.tuple(place, place).map(([where, there]): Damage => (bytes) => {
      const { lines, index } = line(bytes, where);
      const other = line(bytes, there).index;
      const [one, two] = [lines[index], lines[other]];
      return one === undefined || two === undefined ? bytes : joined(...lines.with(index, two).with(other, one));
    }),
  );
}

/** The lines with their line breaks. */
function linesOf(bytes: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(0x0a, start);
    lines.push(bytes.subarray(start, end === -1 ? bytes.length : end + 1));
    start += lines.at(-1)!.length;
  }
  return lines;
}
