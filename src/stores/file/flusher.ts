/**
 * When a file is synchronised with the disk.
 *
 * @module
 */

import { runDetached } from "../../core/run_detached.ts";
import type { LockedFile } from "./locked_file.ts";

/**
 * When a file is synchronised with the disk, so that it survives a loss of power: before each `save()` resolves, at most
 * once a second in the background, or when the system does it.
 */
export type FsyncPolicy = "always" | "everysec" | "never";

/** The most that a loss of power may cost with `"everysec"`, as with an append-only file of Redis. */
const INTERVAL_MS = 1_000;

/** Synchronises one file. */
export class Flusher {
  readonly #file: LockedFile;
  readonly #policy: FsyncPolicy;
  /** The entry of the file in its folder may not be stored yet, if the program that created it was killed. */
  #isFolderDue = true;
  #isDue = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<void> | undefined;
  #failure: unknown;
  #isFailureReported = false;

  constructor(file: LockedFile, policy: FsyncPolicy) {
    this.#file = file;
    this.#policy = policy;
  }

  /**
   * Call after every write. Any immediate sync has started when it returns.
   *
   * @throws {CheckpointError} If it cannot be stored.
   */
  async wrote(): Promise<void> {
    if (this.#policy === "never") return;
    this.#isDue = true;
    if (this.#policy === "everysec") {
      this.#timer ??= runDetached(() => this.#later());
    } else {
      await this.#sync();
      this.check();
    }
  }

  /**
   * Throws what failed in the background. After that it is not known what is on the disk: the system may have given up on
   * what it could not write, and not say so again.
   */
  check(): void {
    if (this.#failure === undefined) return;
    this.#isFailureReported = true;
    throw this.#failure;
  }

  /** Syncs what is not synced yet, unless that is left to the system. */
  async flush(): Promise<void> {
    await this.#syncAll();
    this.check();
  }

  /** Syncs for the last time. A failure that was thrown before is not thrown again. */
  async close(): Promise<void> {
    await this.#syncAll();
    if (!this.#isFailureReported) this.check();
  }

  /** Syncs all that is not synced, whatever a timer has begun. */
  async #syncAll(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (this.#running !== undefined || (this.#isDue && this.#failure === undefined)) {
      await (this.#running ?? this.#sync());
    }
  }

  /** Syncs what is due now; what is written from now on is due in a second. */
  async #syncDue(): Promise<void> {
    this.#timer = undefined;
    await this.#running;
    if (this.#isDue && this.#failure === undefined) await this.#sync();
  }

  /** Does not keep the program alive: the system has what was written, and stores it in the end. */
  #later(): ReturnType<typeof setTimeout> {
    const timer = setTimeout(() => void this.#syncDue(), INTERVAL_MS);
    // Despite its type it takes the object that setTimeout() returns, and ignores the number of that.
    Deno.unrefTimer(timer as unknown as number);
    return timer;
  }

  #sync(): Promise<void> {
    return this.#running ??= this.#syncOnce().finally(() => this.#running = undefined);
  }

  /** Keeps a failure for the next caller. */
  async #syncOnce(): Promise<void> {
    this.#isDue = false;
    try {
      await this.#file.sync();
      if (!this.#isFolderDue) return;
      await this.#file.syncFolder();
      this.#isFolderDue = false;
    } catch (error) {
      this.#failure ??= error;
    }
  }
}
