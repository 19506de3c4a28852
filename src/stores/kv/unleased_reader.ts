/**
 * Reading a checkpoint in Deno KV without its lease, while another program may write it.
 *
 * @module
 */

import type { TaskRecord } from "../../core/checkpointer.ts";
import { CheckpointError } from "../../core/errors.ts";
import type { RecordCodec } from "../record_codec.ts";
import type { KvEntry, OpenDatabase } from "./database.ts";
import { readAll, readEntry } from "./entries.ts";
import { CorruptEntry, corruptionError, describePlace, type Place, readAs } from "./errors.ts";
import { assemble, checkId, PAGE } from "./reading.ts";
import { type IdPart, keyOfPart, KeySpace } from "./keys.ts";
import { isIdPart, type Manifest, stringOfRow, toManifest } from "./stored_values.ts";

/**
 * Reads the records under a prefix: each once, as it is at one moment while this reads.
 *
 * @param codecFor The codec for a checkpoint, from its header.
 * @throws {CheckpointError} If there is no checkpoint, or it is damaged.
 */
export async function* readUnleased(
  db: OpenDatabase,
  place: Place,
  codecFor: (header: KvEntry) => RecordCodec,
): AsyncGenerator<TaskRecord> {
  const keys = new KeySpace(place.prefix);
  const header = await readEntry(db, keys.header.key);
  if (header.versionstamp === null) {
    throw new CheckpointError(`There is no such checkpoint as ${describePlace(place)}; check the path and the prefix`, {
      reason: "unavailable",
    });
  }
  try {
    yield* new UnleasedReader(db, keys, codecFor(header)).records();
  } catch (error) {
    if (!(error instanceof CorruptEntry)) throw error;
    throw corruptionError(place, error.key, error.message, error.cause);
  }
}

/**
 * Reads one record, as it is at one moment.
 *
 * @returns `undefined` if there is none.
 * @throws {CheckpointError} If it is damaged.
 */
export async function readOne(
  db: OpenDatabase,
  place: Place,
  codec: RecordCodec,
  id: IdPart,
): Promise<TaskRecord | undefined> {
  try {
    return await new UnleasedReader(db, new KeySpace(place.prefix), codec).current(id);
  } catch (error) {
    if (!(error instanceof CorruptEntry)) throw error;
    throw corruptionError(place, error.key, error.message, error.cause);
  }
}

class UnleasedReader {
  readonly #db: OpenDatabase;
  readonly #keys: KeySpace;
  readonly #codec: RecordCodec;

  constructor(db: OpenDatabase, keys: KeySpace, codec: RecordCodec) {
    this.#db = db;
    this.#keys = keys;
    this.#codec = codec;
  }

  /**
   * A record that becomes large while rows are read is found among the large ones afterwards. One that no longer is large by
   * then has a row, which is read by its id.
   */
  async *records(): AsyncGenerator<TaskRecord> {
    const seen = new Set<string>();
    const before = await this.#large();
    for await (const { key, value } of readAll(this.#db, this.#keys.all("row"), PAGE)) {
      const id = this.#idOf(key);
      seen.add(keyOfPart(id));
      yield await this.#decode(key, id, () => stringOfRow(value));
    }
    for (const [name, id] of new Map([...before, ...await this.#large()])) {
      if (seen.has(name)) continue;
      const record = await this.current(id);
      if (record !== undefined) yield record;
    }
  }

  /** The ids of large records, by what stands for them in keys. */
  async #large(): Promise<Map<string, IdPart>> {
    const large = new Map<string, IdPart>();
    for await (const { key } of readAll(this.#db, this.#keys.all("large"), PAGE)) {
      const id = this.#idOf(key);
      large.set(keyOfPart(id), id);
    }
    return large;
  }

  /** A record as it is now, large or not; `undefined` if it was removed. */
  async current(id: IdPart): Promise<TaskRecord | undefined> {
    for (;;) {
      const large = await readEntry(this.#db, this.#keys.large(id).key);
      if (large.versionstamp === null) {
        const { key, value, versionstamp } = await readEntry(this.#db, this.#keys.row(id).key);
        return versionstamp === null ? undefined : await this.#decode(key, id, () => stringOfRow(value));
      }
      try {
        return await this.#assemble(id, large.key, readAs(large.key, () => toManifest(large.value)));
      } catch (error) {
        // Its parts may be those of a version that was replaced meanwhile.
        const { versionstamp } = await readEntry(this.#db, this.#keys.large(id).key);
        if (versionstamp === large.versionstamp) throw error;
      }
    }
  }

  async #assemble(id: IdPart, key: readonly unknown[], manifest: Manifest): Promise<TaskRecord> {
    const assembly = await assemble(this.#db, this.#keys, id, manifest);
    return await this.#decode(key, id, () => assembly.text());
  }

  async #decode(key: readonly unknown[], id: IdPart, text: () => string): Promise<TaskRecord> {
    const record = readAs(key, () => this.#codec.decode(text()));
    await checkId(key, record, keyOfPart(id));
    return record;
  }

  #idOf(key: readonly unknown[]): IdPart {
    const id = this.#keys.lastOf(key);
    if (!isIdPart(id)) throw new CorruptEntry(key, "it is not a key of a record");
    return id;
  }
}
