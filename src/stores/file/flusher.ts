/**
 * When what was written is stored on the disk for good.
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

const INTERVAL_MS = 1_000;

/** Synchronises one file. */
export class Flusher {
  readonly #file: LockedFile;
  readonly #policy: FsyncPolicy;
  /** A file can be there that its folder does not know for good, if whoever created it was killed. */
  #isFolderDue = true;
  #isDue = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<void> | undefined;
  #failure: unknown;
  #isFailureTold = false;

  constructor(file: LockedFile, policy: FsyncPolicy) {
    this.#file = file;
    this.#policy = policy;
  }

  /**
   * To be told after each time that something was written. Has begun with what is to be done at once when it returns.
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
   * Throws what went wrong in the background. After that nobody knows what is on the disk: the system may have given up on
   * what it could not write, and not say so again.
   */
  check(): void {
    if (this.#failure === undefined) return;
    this.#isFailureTold = true;
    throw this.#failure;
  }

  /** Stores what is not stored yet, unless that is left to the system. */
  async flush(): Promise<void> {
    await this.#catchUp();
    this.check();
  }

  /** Does so for the last time. A failure that was thrown before is not thrown again. */
  async close(): Promise<void> {
    await this.#catchUp();
    if (!this.#isFailureTold) this.check();
  }

  async #catchUp(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#running;
    if (this.#isDue && this.#failure === undefined) await this.#sync();
  }

  /** Does not keep the program alive: what was written is with the system, which stores it by and by. */
  #later(): ReturnType<typeof setTimeout> {
    const timer = setTimeout(() => void this.#catchUp(), INTERVAL_MS);
    // Despite its type it takes the object that setTimeout() returns; with the number of that it does nothing.
    Deno.unrefTimer(timer as unknown as number);
    return timer;
  }

  #sync(): Promise<void> {
    return this.#running ??= this.#syncOnce().finally(() => this.#running = undefined);
  }

  /** Keeps what goes wrong for whoever asks next. */
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
