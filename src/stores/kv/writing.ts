/**
 * Writing the records of a checkpoint.
 *
 * @module
 */

import { type IdPart, idPartOf, shortPart, textOfPart } from "./keys.ts";
import { drop, fitTogether, type Mutation, packed, put, type Unit } from "./mutations.ts";
import type { LargeRecord, LargeRecords, Shelf } from "./shelf.ts";
import { type Manifest, toWritten } from "./values.ts";

/** A record as text. */
export interface RecordText {
  readonly id: string;
  readonly text: string;
}

/** As many parts are removed together with what replaces them; more are marked as stale, and removed later. */
const MOST_PARTS_AT_ONCE = 50;

/** What makes a record be what it is to be. */
interface Change extends Unit {
  readonly mutations: Mutation[];
  /** Its parts, if it is large. */
  readonly draft?: Draft;
}

interface Draft {
  readonly id: IdPart;
  readonly manifest: Manifest;
  readonly parts: readonly Uint8Array[];
}

/**
 * Writes records, of each id the last one.
 *
 * What replaces what is there is written at once, all or none, if one atomic operation takes it; if not, record by record.
 * Parts of large records do not count for that: they are written before, where nothing leads to them yet.
 */
export async function saveRecords(shelf: Shelf, records: readonly RecordText[]): Promise<void> {
  await shelf.change(async (large) => {
    const saving = new Saving(shelf, large);
    for (const [id, text] of new Map(records.map(({ id, text }) => [id, text]))) {
      saving.add(shortPart(id) ?? await idPartOf(id), text);
    }
    await saving.write();
  });
}

/** Removes records, at once or, if they are too many for that, one after the other. */
export async function deleteRecords(shelf: Shelf, ids: readonly string[]): Promise<void> {
  await shelf.change(async (large) => {
    const saving = new Saving(shelf, large);
    for (const id of new Set(ids)) saving.remove(await idPartOf(id));
    await saving.write();
  });
}

class Saving {
  readonly #shelf: Shelf;
  readonly #large: LargeRecords;
  readonly #changes: Change[] = [];
  /** Whose parts are left over, and too many to be removed with the rest. */
  readonly #leftOver: LargeRecord[] = [];

  constructor(shelf: Shelf, large: LargeRecords) {
    this.#shelf = shelf;
    this.#large = large;
  }

  add(id: IdPart, text: string): void {
    const { keys } = this.#shelf;
    const written = toWritten(text);
    if ("row" in written) return this.#add(id, [put(keys.row(id), written.row)]);
    const draft = { id, ...written };
    const name = textOfPart(id);
    this.#changes.push({
      mutations: [put(keys.large(id), draft.manifest), drop(keys.row(id)), ...this.#retire(name)],
      draft,
      written: () => this.#large.set(name, draft),
    });
  }

  remove(id: IdPart): void {
    this.#add(id, [drop(this.#shelf.keys.row(id))]);
  }

  async write(): Promise<void> {
    const parts = await this.#stage();
    await this.#write([...parts, ...this.#changes]);
    for (const { id, manifest } of this.#leftOver) await this.#shelf.sweep(id, manifest.generation);
  }

  /** Adds a change after which a record is not large. */
  #add(id: IdPart, mutations: Mutation[]): void {
    const name = textOfPart(id);
    if (!this.#large.has(name)) return void this.#changes.push({ mutations });
    mutations.push(drop(this.#shelf.keys.large(id)), ...this.#retire(name));
    this.#changes.push({ mutations, written: () => this.#large.delete(name) });
  }

  /** What removes the parts of a record, or marks them as stale. */
  #retire(name: string): Mutation[] {
    const { keys } = this.#shelf;
    const old = this.#large.get(name);
    if (old === undefined) return [];
    const { id, manifest: { generation, count } } = old;
    if (count <= MOST_PARTS_AT_ONCE) {
      return Array.from({ length: count }, (_, index) => drop(keys.part(id, generation, index)));
    }
    this.#leftOver.push(old);
    return [put(keys.stale(generation), { id })];
  }

  /** Writes the parts of large records; those that can be written together with everything else are returned. */
  async #stage(): Promise<Unit[]> {
    const { keys } = this.#shelf;
    const changes = this.#changes.filter(({ draft }) => draft !== undefined);
    if (changes.length === 0) return [];
    const marks: Unit[] = [];
    const parts: Unit[] = [];
    for (const { draft } of changes) {
      const { id, manifest: { generation }, parts: bytes } = draft!;
      marks.push({ mutations: [put(keys.stale(generation), { id })] });
      for (const [index, part] of bytes.entries()) {
        parts.push({ mutations: [put(keys.part(id, generation, index), part)] });
      }
    }
    if (fitTogether([...parts, ...this.#changes])) return parts;
    // Marked as stale for as long as nothing leads to them, so that they do not stay if that never comes.
    await this.#write([...marks, ...parts]);
    for (const { draft, mutations } of changes) mutations.push(drop(keys.stale(draft!.manifest.generation)));
    return [];
  }

  async #write(units: readonly Unit[]): Promise<void> {
    for (const portion of packed(units)) {
      await this.#shelf.lease.write(portion.flatMap(({ mutations }) => mutations));
      for (const { written } of portion) written?.();
    }
  }
}
