/**
 * Saving records without a runner: as many together as tasks complete while the last ones are being saved.
 *
 * @module
 */

import { median, time } from "../harness.ts";
import { bytesWritten, sizeOf, type WorkFolder } from "./disk.ts";
import { recordsFrom } from "./records.ts";
import type { Store, StoreKind } from "./store.ts";
import { type StoreTiming, takeTurns } from "./turns.ts";

/** How stores are compared. */
export interface SaveComparison {
  /** How many records are saved together. */
  readonly together: number;
  /** How long a turn is: short on a disk, which others slow down now and then. */
  readonly turnMs: number;
  /** How often each has its turn in a heat. */
  readonly rounds: number;
  /** How often all begin with new stores: where on the disk a file comes to lie makes it faster or slower. */
  readonly heats: number;
}

/** How long one save has to take at least, until V8 has compiled it and its pace is known. */
const WARM_UP_MS = 20;

/** Lets stores save in turns. */
export async function race(
  kinds: readonly StoreKind[],
  { together, turnMs, rounds, heats }: SaveComparison,
  work: WorkFolder,
): Promise<StoreTiming[]> {
  const savers = kinds.map((kind) => new Saver(kind, together, turnMs));
  for (let heat = 0; heat < heats; heat++) {
    for (const saver of savers) await saver.open(await work.folder());
    await takeTurns(savers, rounds);
    for (const saver of savers) await saver.close();
  }
  return savers.map((saver) => saver.timing());
}

/** Saves to one kind of store. */
class Saver {
  readonly #kind: StoreKind;
  readonly #together: number;
  readonly #turnMs: number;
  readonly #micros: number[] = [];
  readonly #written: number[] = [];
  readonly #kept: number[] = [];
  #folder = "";
  #store: Store | undefined;
  /** How many groups fit into a turn; 0 before that was found out. */
  #groups = 0;
  /** How many records are in the store. */
  #count = 0;

  constructor(kind: StoreKind, together: number, turnMs: number) {
    this.#kind = kind;
    this.#together = together;
    this.#turnMs = turnMs;
  }

  async open(folder: string): Promise<void> {
    this.#folder = folder;
    this.#store = await this.#kind.open(folder);
    this.#count = 0;
    await this.#save(1);
    if (this.#groups === 0) await this.#warmUp();
  }

  async turn(): Promise<void> {
    const before = bytesWritten();
    this.#micros.push(await this.#save(this.#groups));
    if (before !== undefined) this.#written.push((bytesWritten()! - before) / (this.#groups * this.#together));
  }

  async close(): Promise<void> {
    await this.#store!.close();
    this.#kept.push(sizeOf(this.#folder) / (this.#kind.holds ?? this.#count));
    await Deno.remove(this.#folder, { recursive: true });
  }

  timing(): StoreTiming {
    const written = this.#written.length > 0 ? median(this.#written) : undefined;
    return { name: this.#kind.name, micros: this.#micros, kept: median(this.#kept), written };
  }

  /** Finds out how many groups fit into a turn, by saving more and more of them in one go; the first save has opened it. */
  async #warmUp(): Promise<void> {
    for (let groups = 1; this.#groups === 0; groups *= 2) {
      const taken = await this.#save(groups) * groups * this.#together / 1000;
      if (taken >= WARM_UP_MS) this.#groups = Math.max(1, Math.round(groups * this.#turnMs / taken));
    }
  }

  /** Saves the next records. Returns microseconds for each. */
  async #save(count: number): Promise<number> {
    const first = this.#count;
    const groups = Array.from({ length: count }, (_, group) => {
      return recordsFrom(first + group * this.#together, this.#together);
    });
    this.#count += count * this.#together;
    return await time(async () => {
      for (const records of groups) {
        const saving = this.#store!.save(records);
        if (saving !== undefined) await saving;
      }
    }, count * this.#together);
  }
}
