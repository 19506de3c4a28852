/**
 * Writing the records of a checkpoint.
 *
 * @module
 */

import { type IdPart, idPartOf, keyOfPart, shortPart } from "./keys.ts";
import { drop, fitTogether, type Mutation, packed, put, type Unit } from "./mutations.ts";
import type { LargeRecord, LargeRecords, RecordSpace } from "./record_space.ts";
import { type Manifest, toWritten } from "./stored_values.ts";

/** Up to so many parts are removed together with what replaces them; more are marked as stale, and removed later. */
const MAX_PARTS_AT_ONCE = 50;

/** What is to be written for one record. */
interface Change extends Unit {
  readonly mutations: Mutation[];
  /** Its parts, if it is large. */
  readonly draft?: Draft;
}

/** What is told together with a save. */
export interface Told {
  /** The ids of requests that are done with it. */
  readonly requests: ReadonlySet<string>;
  /** Whether a task has ended for which another program may wait. */
  readonly hasEnds: boolean;
}

const NOTHING_TOLD: Told = { requests: new Set(), hasEnds: false };

interface Draft {
  readonly id: IdPart;
  readonly manifest: Manifest;
  readonly parts: readonly Uint8Array[];
}

/**
 * Writes records; of several with the same id, the last one.
 *
 * What replaces what is there is written at once, all or none, if one atomic operation takes it; if not, record by record.
 * Parts of large records do not count for that: they are written before, where nothing leads to them yet.
 */
export async function saveRecords(
  space: RecordSpace,
  ids: readonly string[],
  strings: readonly string[],
  { requests, hasEnds }: Told = NOTHING_TOLD,
): Promise<void> {
  await space.change(async (large) => {
    const saving = new Saving(space, large);
    for (const [id, string] of new Map(ids.map((id, index) => [id, strings[index]!]))) {
      const part = shortPart(id) ?? await idPartOf(id);
      saving.add(part, string, requests.has(id) ? [drop(space.keys.request(part))] : []);
    }
    if (hasEnds) saving.ring();
    await saving.write();
  });
}

/** Removes requests. */
export async function deleteRequests(space: RecordSpace, ids: readonly string[]): Promise<void> {
  await space.change(async (large) => {
    const saving = new Saving(space, large);
    for (const id of new Set(ids)) saving.removeRequest(await idPartOf(id));
    await saving.write();
  });
}

/** Removes records, at once or, if they are too many for that, one after the other. */
export async function deleteRecords(space: RecordSpace, ids: readonly string[]): Promise<void> {
  await space.change(async (large) => {
    const saving = new Saving(space, large);
    for (const id of new Set(ids)) saving.remove(await idPartOf(id));
    await saving.write();
  });
}

class Saving {
  readonly #space: RecordSpace;
  readonly #large: LargeRecords;
  readonly #changes: Change[] = [];
  /** Records whose old parts are too many to be removed with the rest. */
  readonly #leftOver: LargeRecord[] = [];

  constructor(space: RecordSpace, large: LargeRecords) {
    this.#space = space;
    this.#large = large;
  }

  /** @param more What is written together with the record. */
  add(id: IdPart, string: string, more: readonly Mutation[]): void {
    const { keys } = this.#space;
    const written = toWritten(string);
    if ("row" in written) return this.#add(id, [put(keys.row(id), written.row), ...more]);
    const draft = { id, ...written };
    const name = keyOfPart(id);
    this.#changes.push({
      mutations: [put(keys.large(id), draft.manifest), drop(keys.row(id)), ...this.#retire(name), ...more],
      draft,
      written: () => this.#large.set(name, { id, manifest: draft.manifest }), // and not its parts, which are large
    });
  }

  /** Lets other programs look for ends. */
  ring(): void {
    this.#changes.push({ mutations: [put(this.#space.keys.bell("end"), { rung: crypto.randomUUID() })] });
  }

  removeRequest(id: IdPart): void {
    this.#changes.push({ mutations: [drop(this.#space.keys.request(id))] });
  }

  remove(id: IdPart): void {
    this.#add(id, [drop(this.#space.keys.row(id))]);
  }

  async write(): Promise<void> {
    const parts = await this.#stage();
    await this.#write([...parts, ...this.#changes]);
    for (const { id, manifest } of this.#leftOver) await this.#space.sweep(id, manifest.generation);
  }

  /** Adds a change after which a record is not large. */
  #add(id: IdPart, mutations: Mutation[]): void {
    const name = keyOfPart(id);
    if (!this.#large.has(name)) return void this.#changes.push({ mutations });
    mutations.push(drop(this.#space.keys.large(id)), ...this.#retire(name));
    this.#changes.push({ mutations, written: () => this.#large.delete(name) });
  }

  /** What removes the parts of a record, or marks them as stale. */
  #retire(name: string): Mutation[] {
    const { keys } = this.#space;
    const old = this.#large.get(name);
    if (old === undefined) return [];
    const { id, manifest: { generation, count } } = old;
    if (count <= MAX_PARTS_AT_ONCE) {
      return Array.from({ length: count }, (_, index) => drop(keys.part(id, generation, index)));
    }
    this.#leftOver.push(old);
    return [put(keys.stale(generation), { id })];
  }

  /** Writes the parts of large records; those that can be written together with everything else are returned. */
  async #stage(): Promise<Unit[]> {
    const { keys } = this.#space;
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
      await this.#space.lease.write(portion.flatMap(({ mutations }) => mutations));
      for (const { written } of portion) written?.();
    }
  }
}
