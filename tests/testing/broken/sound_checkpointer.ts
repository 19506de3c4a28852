import { encodeRecords } from "../../../src/stores/encode_records.ts";
import { codecNamed } from "../../../src/stores/record_codec.ts";
import type { Checkpointer, CodecName, TaskRecord } from "../../../src/core/checkpointer.ts";

/** What outlives checkpointers: for each store, its records as strings. */
export type Disk = Map<string, Map<string, string>>;

/** A checkpointer that keeps all rules, as long as no subclass overrides a part of it. */
export class SoundCheckpointer implements Checkpointer {
  protected readonly disk: Disk;
  protected readonly store: string;
  readonly codec: CodecName;

  constructor(disk: Disk, store: string, codec: CodecName) {
    this.disk = disk;
    this.store = store;
    this.codec = codec;
  }

  async *load(): AsyncGenerator<TaskRecord> {
    for (const text of [...this.records.values()]) yield this.decode(text);
  }

  async *find(ids: readonly string[]): AsyncGenerator<TaskRecord> {
    for (const id of ids) {
      const text = this.records.get(id);
      if (text !== undefined) yield this.decode(text);
    }
  }

  save(records: readonly TaskRecord[]): Promise<void> {
    return Promise.try(() => {
      const codec = { name: this.codec, encode: (record: TaskRecord) => this.encode(record) };
      const strings = encodeRecords(codec, records, undefined);
      for (const [index, { id }] of records.entries()) this.write(id, strings[index]!);
    });
  }

  delete(ids: readonly string[]): Promise<void> {
    return Promise.try(() => ids.forEach((id) => this.remove(id)));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  protected get records(): Map<string, string> {
    return this.disk.getOrInsertComputed(this.store, () => new Map());
  }

  protected write(id: string, text: string): void {
    this.records.set(id, text);
  }

  protected remove(id: string): void {
    this.records.delete(id);
  }

  protected encode(record: TaskRecord): string {
    return codecNamed(this.codec).encode(record);
  }

  protected decode(text: string): TaskRecord {
    return codecNamed(this.codec).decode(text);
  }
}
