/**
 * Reading the records of a checkpoint.
 *
 * @module
 */

import type { TaskRecord } from "../../core/checkpointer.ts";
import { describeValue } from "../../core/describe.ts";
import type { RecordCodec } from "../record_codec.ts";
import { PARTS_AT_ONCE, readAll, readEntry, readPage } from "./entries.ts";
import { type IdPart, idPartOf, shortPart, textOfPart } from "./keys.ts";
import type { LargeRecord, LargeRecords, Shelf } from "./shelf.ts";
import { examine, StrangeEntry } from "./trouble.ts";
import { Assembly, isIdPart, textOfRow } from "./values.ts";

/** Some records, and where to go on; `""`: there are no more. */
export interface RecordPage {
  readonly records: readonly TaskRecord[];
  readonly cursor: string;
}

const PAGE = 500;

/** Reads records, some at a time: between, others may be saved. */
export class Reading {
  readonly #shelf: Shelf;
  readonly #codec: RecordCodec;
  /** What is large when it begins; that is read last, each as it is by then. */
  readonly #large: LargeRecords;

  private constructor(shelf: Shelf, codec: RecordCodec, large: LargeRecords) {
    this.#shelf = shelf;
    this.#codec = codec;
    this.#large = large;
  }

  static async begin(shelf: Shelf, codec: RecordCodec): Promise<Reading> {
    return new Reading(shelf, codec, new Map(await shelf.large()));
  }

  /** The large records. */
  large(): IteratorObject<LargeRecord> {
    return this.#large.values();
  }

  /** The next records of those that are not large. */
  page(from: string): Promise<RecordPage> {
    return this.#shelf.inspect(async () => {
      const { db, keys } = this.#shelf;
      const large = await this.#shelf.large();
      const { entries, cursor } = await readPage(db, keys.all("row"), PAGE, from);
      const records: TaskRecord[] = [];
      for (const { key, value } of entries) {
        const id = keys.lastOf(key);
        if (!isIdPart(id)) throw new StrangeEntry(key, "it is no key of a record");
        const name = textOfPart(id);
        if (large.has(name)) throw new StrangeEntry(key, "the record is there twice, in parts as well");
        if (this.#large.has(name)) continue;
        const record = this.#decode(key, () => textOfRow(value));
        if (shortPart(record.id) !== id) await checkId(key, record, name);
        records.push(record);
      }
      return { records, cursor };
    });
  }

  /** A record that was large, as it is now; `undefined` if it is no longer there. */
  current({ id }: LargeRecord): Promise<TaskRecord | undefined> {
    return this.#shelf.inspect(async () => {
      const name = textOfPart(id);
      const large = (await this.#shelf.large()).get(name);
      const record = large === undefined ? await this.#row(id) : await this.#assemble(large);
      if (record !== undefined) await checkId(this.#shelf.keys.large(id).key, record, name);
      return record;
    });
  }

  /** Makes sure that nobody else changed something meanwhile. */
  end(): Promise<void> {
    return this.#shelf.lease.verify();
  }

  async #row(id: IdPart): Promise<TaskRecord | undefined> {
    const { db, keys } = this.#shelf;
    const { key, value, versionstamp } = await readEntry(db, keys.row(id).key);
    return versionstamp === null ? undefined : this.#decode(key, () => textOfRow(value));
  }

  async #assemble({ id, manifest }: LargeRecord): Promise<TaskRecord> {
    const { db, keys } = this.#shelf;
    const { key } = keys.large(id);
    const parts = keys.parts(id, manifest.generation).key;
    const assembly = new Assembly(manifest);
    for await (const part of readAll(db, parts, PARTS_AT_ONCE)) {
      const index = part.key.length === parts.length + 1 ? part.key.at(-1) : undefined;
      examine(key, () => assembly.add(index, part.value));
    }
    return this.#decode(key, () => assembly.text());
  }

  #decode(key: readonly unknown[], text: () => string): TaskRecord {
    return examine(key, () => this.#codec.decode(text()));
  }
}

/** Makes sure that a record is the one that its key says. */
async function checkId(key: readonly unknown[], { id }: TaskRecord, name: string): Promise<void> {
  if (textOfPart(await idPartOf(id)) === name) return;
  throw new StrangeEntry(key, `the record there is that of ${describeValue(id)}`);
}
