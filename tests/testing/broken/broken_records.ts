// deno-lint-ignore-file require-await
import type { TaskRecord } from "../../../src/core/checkpointer.ts";
import { type Disk, SoundCheckpointer } from "./sound_checkpointer.ts";

export class LosesTheLast extends SoundCheckpointer {
  override save(records: readonly TaskRecord[]) {
    return super.save(records.length > 1 ? records.slice(0, -1) : records);
  }
}
export class Merges extends SoundCheckpointer {
  protected override encode(record: TaskRecord) {
    const old = this.records.get(record.id);
    return super.encode(old === undefined ? record : { ...this.decode(old), ...record });
  }
}
export class KeepsReferences extends SoundCheckpointer {
  static readonly kept = new WeakMap<Disk, Map<string, Map<string, TaskRecord>>>();
  get #records() {
    const stores = KeepsReferences.kept.getOrInsertComputed(this.disk, () => new Map());
    return stores.getOrInsertComputed(this.store, () => new Map());
  }
  override async *load() {
    yield* this.#records.values();
  }
  override async save(records: readonly TaskRecord[]) {
    for (const record of records) this.#records.set(record.id, record);
  }
  override async delete(ids: readonly string[]) {
    for (const id of ids) this.#records.delete(id);
  }
}
export class KeepsWhatItLoaded extends SoundCheckpointer {
  readonly #loaded = new Map<string, TaskRecord>();
  protected override decode(text: string) {
    return this.#loaded.getOrInsertComputed(text, () => super.decode(text));
  }
}
export class CopiesLate extends SoundCheckpointer {
  override async save(records: readonly TaskRecord[]) {
    await Promise.resolve();
    await super.save(records);
  }
}
export class CopiesLateAtFirst extends SoundCheckpointer {
  #opened = false;
  override async save(records: readonly TaskRecord[]) {
    if (!this.#opened) await Promise.resolve();
    this.#opened = true;
    await super.save(records);
  }
  override async *load() {
    this.#opened = true;
    yield* super.load();
  }
}
export class CopiesTheListOnly extends SoundCheckpointer {
  override async save(records: readonly TaskRecord[]) {
    const copies = [...records];
    await Promise.resolve();
    await super.save(copies);
  }
}
export class CopiesIdsLate extends SoundCheckpointer {
  override async delete(ids: readonly string[]) {
    await Promise.resolve();
    await super.delete(ids);
  }
}
export class ForgetsDeletes extends SoundCheckpointer {
  readonly #deleted = new Set<string>();
  override async *load() {
    for await (const record of super.load()) if (!this.#deleted.has(record.id)) yield record;
  }
  protected override remove(id: string) {
    this.#deleted.add(id);
  }
  protected override write(id: string, text: string) {
    this.#deleted.delete(id);
    super.write(id, text);
  }
}
export class DeletesForEver extends SoundCheckpointer {
  readonly #deleted = new Set<string>();
  protected override remove(id: string) {
    if (this.records.has(id)) this.#deleted.add(id);
    super.remove(id);
  }
  protected override write(id: string, text: string) {
    if (!this.#deleted.has(id)) super.write(id, text);
  }
}
export class DeletesByPrefix extends SoundCheckpointer {
  protected override remove(id: string) {
    for (const each of [...this.records.keys()]) if (each.startsWith(id)) super.remove(each);
  }
}
export class RefusesUnknownIds extends SoundCheckpointer {
  protected override remove(id: string) {
    if (!this.records.delete(id)) throw new Error(`no record ${id}`);
  }
}
export class JsonOnly extends SoundCheckpointer {
  protected override encode(record: TaskRecord) {
    return JSON.stringify(record, (_, value) => typeof value === "bigint" ? `${value}` : value);
  }
}
export class LosesOneThing extends SoundCheckpointer {
  protected lose(value: unknown): unknown {
    return value;
  }
  protected override encode(record: TaskRecord) {
    const { value, ...rest } = record;
    return super.encode(value === undefined ? rest : { ...rest, value: this.lose(value) });
  }
}
export class LosesMinusZero extends LosesOneThing {
  protected override lose(value: unknown) {
    return Object.is(value, -0) ? 0 : value;
  }
}
export class LosesUndefined extends LosesOneThing {
  protected override lose(value: unknown) {
    return typeof value === "object" && value !== null && "a" in value && value.a === undefined ? { b: 1 } : value;
  }
}
export class LosesMapOrder extends LosesOneThing {
  protected override lose(value: unknown) {
    return value instanceof Set ? new Set([...value].sort()) : value;
  }
}
export class LosesNull extends SoundCheckpointer {
  protected override encode({ value, ...rest }: TaskRecord) {
    return super.encode(value === null || value === undefined ? rest : { ...rest, value });
  }
}
export class AddsNull extends SoundCheckpointer {
  protected override encode(record: TaskRecord) {
    return super.encode({ ...record, value: record.value ?? null });
  }
}
export class LosesIdentity extends SoundCheckpointer {
  protected override decode(text: string) {
    const record = super.decode(text);
    return { ...record, args: record.args.map((each) => structuredClone(each)) };
  }
}
export class LosesStacks extends SoundCheckpointer {
  protected override encode(record: TaskRecord) {
    if (record.error === undefined || !("error" in record.error)) return super.encode(record);
    const { stack: _, ...error } = record.error.error;
    return super.encode({ ...record, error: { error } });
  }
}
export class LosesRefs extends SoundCheckpointer {
  protected override encode({ refs: _, ...record }: TaskRecord) {
    return super.encode(record);
  }
}
export class RoundsTimes extends SoundCheckpointer {
  protected override encode(record: TaskRecord) {
    return super.encode(
      record.startedAt === undefined ? record : { ...record, startedAt: Math.round(record.startedAt) },
    );
  }
}
