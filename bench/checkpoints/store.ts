/**
 * What keeps records, ours and the others'.
 *
 * @module
 */

import type { TaskRecord } from "../../mod.ts";

/** Something that records are saved to. */
export interface Store {
  /** Saves records that completed together; they are as safe as it gets once it has returned, or has resolved. */
  save(records: readonly TaskRecord[]): Promise<void> | void;
  close(): PromiseLike<void> | void;
}

/** A way of keeping records. */
export interface StoreKind {
  readonly name: string;
  /** Opens a new one in an empty folder. */
  open(folder: string): Promise<Store> | Store;
  /** How many records it holds at most, if it is not all of them. */
  readonly holds?: number;
}
