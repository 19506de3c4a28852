// deno-lint-ignore-file require-await
import { CheckpointError } from "../../../src/core/errors.ts";
import type { CodecName, TaskRecord } from "../../../src/core/checkpointer.ts";
import { type Disk, SoundCheckpointer } from "./sound_checkpointer.ts";

export class SwallowsErrors extends SoundCheckpointer {
  override save(records: readonly TaskRecord[]) {
    return super.save(records).catch(() => {});
  }
}
export class NamesNoRecord extends SoundCheckpointer {
  override save(records: readonly TaskRecord[]) {
    return super.save(records).catch((cause) => {
      throw new Error("cannot save", { cause });
    });
  }
}
export class NamesAllRecords extends SoundCheckpointer {
  override save(records: readonly TaskRecord[]) {
    return super.save(records).catch(() => {
      throw new CheckpointError("cannot save", { unsavable: records.map(({ id }) => id) });
    });
  }
}
export class WritesHalf extends SoundCheckpointer {
  override async save(records: readonly TaskRecord[]) {
    for (const record of records) this.write(record.id, this.encode(record));
  }
}
export class IsBrokenByAnError extends SoundCheckpointer {
  #error: unknown;
  override async save(records: readonly TaskRecord[]) {
    if (this.#error !== undefined) throw this.#error;
    await super.save(records).catch((error) => {
      this.#error = error;
      throw error;
    });
  }
}
export class OpensOnce extends SoundCheckpointer {
  #disposed = false;
  protected override get records() {
    if (this.#disposed) throw new Error("closed");
    return super.records;
  }
  override async [Symbol.asyncDispose]() {
    this.#disposed = true;
  }
}
export class ForgetsOnReopening extends SoundCheckpointer {
  override async [Symbol.asyncDispose]() {
    this.records.clear();
  }
}
export class DisposesOnce extends SoundCheckpointer {
  #disposed = false;
  override async [Symbol.asyncDispose]() {
    if (this.#disposed) throw new Error("already closed");
    this.#disposed = true;
  }
}
export class DisposesWhatIsOpen extends SoundCheckpointer {
  #used = false;
  protected override get records() {
    this.#used = true;
    return super.records;
  }
  override async [Symbol.asyncDispose]() {
    if (!this.#used) throw new Error("not open");
  }
}
export class KeepsTheLock extends SoundCheckpointer {
  static readonly owners = new WeakMap<Disk, Map<string, KeepsTheLock>>();
  protected override get records() {
    const owners = KeepsTheLock.owners.getOrInsertComputed(this.disk, () => new Map());
    if (owners.getOrInsert(this.store, this) !== this) throw new Error("locked");
    return super.records;
  }
}
export class IsBusyWhileLoading extends SoundCheckpointer {
  #loading = 0;
  override async *load() {
    this.#loading++;
    yield* super.load();
    this.#loading--;
  }
  override async save(records: readonly TaskRecord[]) {
    if (this.#loading > 0) throw new Error("busy");
    await super.save(records);
  }
}
export class RefusesWithoutReason extends SoundCheckpointer {
  #loading = 0;
  override async *load() {
    this.#loading++;
    try {
      yield* super.load();
    } finally {
      this.#loading--;
    }
  }
  override save(records: readonly TaskRecord[]) {
    return this.#loading > 0 ? Promise.reject("busy") : super.save(records);
  }
}
export class SavesAndRefuses extends RefusesWithoutReason {
  override async save(records: readonly TaskRecord[]) {
    await super.save(records).catch(async () => {
      await SoundCheckpointer.prototype.save.call(this, records);
      throw new Error("busy");
    });
  }
}
export class CannotBeLeftEarly extends SoundCheckpointer {
  override async *load() {
    let whole = false;
    try {
      yield* super.load();
      whole = true;
    } finally {
      // deno-lint-ignore no-unsafe-finally
      if (!whole) throw new Error("not read to the end");
    }
  }
}
export class LoadsOnce extends SoundCheckpointer {
  #loaded = false;
  override async *load() {
    if (!this.#loaded) yield* super.load();
    this.#loaded = true;
  }
}
export class LoadsEveryVersion extends SoundCheckpointer {
  #count = 0;
  protected override write(id: string, text: string) {
    super.write(this.records.has(id) ? `${id} ${this.#count++}` : id, text);
  }
}
export class NeverEndsToLoad extends SoundCheckpointer {
  override async *load() {
    while (this.records.size > 0) {
      for await (const record of super.load()) yield { ...record, id: `${record.id}${Math.random()}` };
    }
  }
}
export class KeepsTheFirst extends SoundCheckpointer {
  override save(records: readonly TaskRecord[]) {
    return super.save(records.toReversed());
  }
}
export class ClearsOnEmpty extends SoundCheckpointer {
  override async save(records: readonly TaskRecord[]) {
    if (records.length === 0) this.records.clear();
    await super.save(records);
  }
}
export class WritesSnapshots extends SoundCheckpointer {
  #read = false;
  override async *load() {
    this.#read = true;
    yield* super.load();
  }
  override async save(records: readonly TaskRecord[]) {
    if (!this.#read) this.records.clear();
    this.#read = true;
    await super.save(records);
  }
}
export class ChangesIds extends SoundCheckpointer {
  protected change(id: string): string {
    return id;
  }
  protected override write(id: string, text: string) {
    const record = this.decode(text);
    super.write(this.change(id), super.encode({ ...record, id: this.change(id) }));
  }
  protected override remove(id: string) {
    super.remove(this.change(id));
  }
}
export class TrimsIds extends ChangesIds {
  protected override change(id: string) {
    return id.trim() || "empty";
  }
}
export class NormalizesIds extends ChangesIds {
  protected override change(id: string) {
    return id.normalize("NFC");
  }
}
export class IgnoresCase extends ChangesIds {
  protected override change(id: string) {
    return id.toLowerCase();
  }
}
export class CutsLongIds extends ChangesIds {
  protected override change(id: string) {
    return id.slice(0, 255);
  }
}
export class EndsIdsAtNul extends ChangesIds {
  protected override change(id: string) {
    return id.split("\0")[0] || "empty";
  }
}
export class StripsByteOrderMarks extends ChangesIds {
  protected override change(id: string) {
    return new TextDecoder().decode(new TextEncoder().encode(id)) || "empty";
  }
}
export class TakesInheritedForOwn extends SoundCheckpointer {
  protected override write(id: string, text: string) {
    if (!(id in {})) super.write(id, text);
  }
}
export class ScansByPrefix extends SoundCheckpointer {
  override async *load() {
    for (const [store, strings] of this.disk) {
      if (store.startsWith(this.store)) { for (const text of [...strings.values()]) yield this.decode(text); }
    }
  }
}
export class SharesOneStore extends SoundCheckpointer {
  protected override get records() {
    return this.disk.getOrInsertComputed("one", () => new Map());
  }
}
export class SplitsLines extends SoundCheckpointer {
  protected override decode(text: string) {
    return super.decode(text.split(/[\n\u2028]/)[0]!);
  }
}
export class LimitsBatches extends SoundCheckpointer {
  override save(records: readonly TaskRecord[]) {
    return super.save(records.slice(0, 256));
  }
}
export class LimitsDeletes extends SoundCheckpointer {
  override delete(ids: readonly string[]) {
    return super.delete(ids.slice(0, 256));
  }
}
export class CutsLargeValues extends SoundCheckpointer {
  protected override encode(record: TaskRecord) {
    const { value } = record;
    return super.encode(typeof value === "string" ? { ...record, value: value.slice(0, 150_000) } : record);
  }
}
export class RefusesLargeRecords extends SoundCheckpointer {
  protected override encode(record: TaskRecord) {
    const text = super.encode(record);
    if (text.length > 65_536) throw new RangeError("too large");
    return text;
  }
}
export class LeavesChunks extends SoundCheckpointer {
  protected override write(id: string, text: string) {
    const old = this.records.get(id) ?? "";
    super.write(id, old.length > 65_536 ? text + old.slice(text.length) : text);
  }
}
export class ChangesWhatItIsGiven extends SoundCheckpointer {
  protected override encode(record: TaskRecord) {
    if (!Object.isFrozen(record)) Reflect.set(record, "savedAt", 1);
    const { savedAt: _, ...rest } = record as TaskRecord & { savedAt?: number };
    return super.encode(rest);
  }
}
export class HasNoCodec extends SoundCheckpointer {
  constructor(disk: Disk, store: string) {
    super(disk, store, "v8" as CodecName);
  }
}
export class FindsAll extends SoundCheckpointer {
  override find() {
    return this.load();
  }
}
export class FindsOldVersions extends SoundCheckpointer {
  readonly #first = new Map<string, string>();

  override async *find(ids: readonly string[]) {
    for (const id of ids) {
      const text = this.#first.getOrInsertComputed(id, () => this.records.get(id) ?? "");
      if (text !== "") yield this.decode(text);
    }
  }
}
export class FindsAFewOnly extends SoundCheckpointer {
  override find(ids: readonly string[]) {
    return super.find(ids.slice(0, 100));
  }
}
