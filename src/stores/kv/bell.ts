/**
 * Noticing that another program has changed something: at once where the database tells, and otherwise each second.
 *
 * @module
 */

import { runDetached } from "../../core/run_detached.ts";
import type { KvKey, OpenDatabase } from "./database.ts";

/** Deno does not notify of what other processes write to a file. */
const POLL_MS = 1_000;

/** Calls a function when a key was changed, and each second. */
export class Bell {
  readonly #rung: () => void;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #reader: ReadableStreamDefaultReader<unknown> | undefined;

  /** @param rung What is called; often for nothing. */
  constructor(db: OpenDatabase, key: KvKey, rung: () => void) {
    this.#rung = rung;
    this.#timer = runDetached(() => setInterval(rung, POLL_MS));
    Deno.unrefTimer?.(this.#timer as unknown as number);
    this.#reader = db.watch?.([key]).getReader();
    void this.#listen();
  }

  /** Calls it no more. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#reader?.cancel().catch(() => {}); // the database may be closed
  }

  async #listen(): Promise<void> {
    try {
      while (this.#reader !== undefined && !(await this.#reader.read()).done) this.#rung();
    } catch {
      // What is not told is found each second.
    }
  }
}
