/**
 * Reading the records of a checkpoint.
 *
 * @module
 */

import type { TaskRecord } from "../../core/checkpointer.ts";
import { describeValue } from "../../core/describe.ts";
import type { RecordCodec } from "../record_codec.ts";
import { PARTS_AT_ONCE, readAll, readEntry, readPage } from "./entries.ts";
import type { OpenDatabase } from "./database.ts";
import { type IdPart, idPartOf, keyOfPart, type KeySpace, shortPart } from "./keys.ts";
import type { LargeRecord, LargeRecords, RecordSpace } from "./record_space.ts";
import { CorruptEntry, readAs } from "./errors.ts";
import { Assembly, isIdPart, type Manifest, stringOfRow } from "./stored_values.ts";

/** Some records, and where the next ones begin; `""` if there are no more. */
export interface RecordPage {
  readonly records: readonly TaskRecord[];
  readonly cursor: string;
}

/** How many rows are read at once: Deno KV's largest batch. */
export const PAGE = 500;

/** Reads records, some at a time; in between, records may be saved. */
export class Reading {
  readonly #space: RecordSpace;
  readonly #codec: RecordCodec;
  /** The records that are large when it begins; they are read last, each as it is by then. */
  readonly #large: LargeRecords;

  private constructor(space: RecordSpace, codec: RecordCodec, large: LargeRecords) {
    this.#space = space;
    this.#codec = codec;
    this.#large = large;
  }

  static async begin(space: RecordSpace, codec: RecordCodec): Promise<Reading> {
    return new Reading(space, codec, new Map(await space.large()));
  }

  /** The large records. */
  large(): IteratorObject<LargeRecord> {
    return this.#large.values();
  }

  /** The next records of those that are not large. */
  page(from: string): Promise<RecordPage> {
    return this.#space.inspect(async () => {
      const { db, keys } = this.#space;
      const large = await this.#space.large();
      const { entries, cursor } = await readPage(db, keys.all("row"), PAGE, from);
      const records: TaskRecord[] = [];
      for (const { key, value } of entries) {
        const id = keys.lastOf(key);
        if (!isIdPart(id)) throw new CorruptEntry(key, "it is not a key of a record");
        const name = keyOfPart(id);
        if (large.has(name)) throw new CorruptEntry(key, "the record is there twice, in parts as well");
        if (this.#large.has(name)) continue;
        const record = this.#decode(key, () => stringOfRow(value));
        if (shortPart(record.id) !== id) await checkId(key, record, name);
        records.push(record);
      }
      return { records, cursor };
    });
  }

  /** The record with an id, as it is now. */
  async find(id: string): Promise<TaskRecord | undefined> {
    return await this.current({ id: await idPartOf(id) });
  }

  /** A record that was large, as it is now; `undefined` if it is no longer there. */
  current({ id }: Pick<LargeRecord, "id">): Promise<TaskRecord | undefined> {
    return this.#space.inspect(async () => {
      const name = keyOfPart(id);
      const large = (await this.#space.large()).get(name);
      const record = large === undefined ? await this.#row(id) : await this.#assemble(large);
      if (record !== undefined) await checkId(this.#space.keys.large(id).key, record, name);
      return record;
    });
  }

  /** Makes sure that no other owner changed something meanwhile. */
  end(): Promise<void> {
    return this.#space.lease.verify();
  }

  async #row(id: IdPart): Promise<TaskRecord | undefined> {
    const { db, keys } = this.#space;
    const { key, value, versionstamp } = await readEntry(db, keys.row(id).key);
    return versionstamp === null ? undefined : this.#decode(key, () => stringOfRow(value));
  }

  async #assemble({ id, manifest }: LargeRecord): Promise<TaskRecord> {
    const { db, keys } = this.#space;
    const assembly = await assemble(db, keys, id, manifest);
    return this.#decode(keys.large(id).key, () => assembly.text());
  }

  #decode(key: readonly unknown[], text: () => string): TaskRecord {
    return readAs(key, () => this.#codec.decode(text()));
  }
}

/** Reads the parts of a large record. */
export async function assemble(db: OpenDatabase, keys: KeySpace, id: IdPart, manifest: Manifest): Promise<Assembly> {
  const { key } = keys.large(id);
  const parts = keys.parts(id, manifest.generation).key;
  const assembly = new Assembly(manifest);
  for await (const part of readAll(db, parts, PARTS_AT_ONCE)) {
    const index = part.key.length === parts.length + 1 ? part.key.at(-1) : undefined;
    readAs(key, () => assembly.add(index, part.value));
  }
  return assembly;
}

/** Makes sure that a record belongs to its key. */
export async function checkId(key: readonly unknown[], { id }: TaskRecord, name: string): Promise<void> {
  if (keyOfPart(await idPartOf(id)) === name) return;
  throw new CorruptEntry(key, `the record there is that of ${describeValue(id)}`);
}
