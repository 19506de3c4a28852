/**
 * The batches of outcomes that an engine keeps for a run, until no program of the run can need them.
 *
 * @module
 */

/** A batch, with the tasks and attempts that it is still kept for. */
export interface KeptBatch {
  readonly key: string;
  /** The keys of results in it that are kept apart. */
  readonly apart: readonly string[];
  /**
   * Ids of tasks whose end is not on record, and tokens of attempts that were not executed again yet; and its own key until it
   * is read to its end.
   */
  readonly openFor: Set<string>;
}

/** Tells when a batch is of no more use. */
export class KeptOutcomes {
  readonly #forget: (batch: KeptBatch) => void;
  /** By the id of a task, or by a token. */
  readonly #batches = new Map<string, KeptBatch[]>();
  /** The keys of batches that were read: they may come again. */
  readonly #read = new Set<string>();

  constructor(forget: (batch: KeptBatch) => void) {
    this.#forget = forget;
  }

  /** Whether a batch was read before, and is still kept. */
  has(key: string): boolean {
    return this.#read.has(key);
  }

  /** Notes that a batch is kept for a task or an attempt. The end of a task may be on record as soon as its outcome is read. */
  keep(batch: KeptBatch, idOrToken: string): void {
    this.#read.add(batch.key);
    batch.openFor.add(idOrToken);
    const batches = this.#batches.get(idOrToken);
    if (batches === undefined) this.#batches.set(idOrToken, [batch]);
    else batches.push(batch);
  }

  /** An attempt is executed again: from now on its outcome is kept for its task. */
  claim(token: string, id: string): void {
    const batches = this.#batches.get(token);
    if (batches === undefined) return;
    this.#batches.delete(token);
    for (const batch of batches) {
      batch.openFor.delete(token);
      batch.openFor.add(id);
    }
    this.#batches.set(id, [...this.#batches.get(id) ?? [], ...batches]);
  }

  /** It need not be kept any more for a task, whose end is on record; or for what else it was kept. */
  settled(id: string): void {
    const batches = this.#batches.get(id);
    if (batches === undefined) return;
    this.#batches.delete(id);
    for (const batch of batches) {
      batch.openFor.delete(id);
      if (batch.openFor.size === 0 && this.#read.delete(batch.key)) this.#forget(batch);
    }
  }
}
