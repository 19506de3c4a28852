/**
 * Kills its own program at a certain moment of its work on a checkpoint.
 *
 * @module
 */

import type { Checkpointer, TaskRecord } from "../../../mod.ts";
import type { Strike } from "../order.ts";

/** Ends the program at once, as `kill -9` does. */
export function killMyself(): never {
  Deno.kill(Deno.pid, "SIGKILL");
  throw new Error("The program outlived SIGKILL");
}

/** Counts what is done to a checkpoint, and strikes. */
export class Saboteur {
  readonly #strike: Strike | undefined;
  #saves = 0;
  #operations = 0;

  constructor(strike: Strike | undefined) {
    this.#strike = strike;
  }

  get saves(): number {
    return this.#saves;
  }

  get fileOperations(): number {
    return this.#operations;
  }

  /** The same checkpointer, with a strike at a `save()`. */
  watch(inner: Checkpointer): Checkpointer {
    return {
      codec: inner.codec,
      load: () => inner.load(),
      save: (records) => this.#save(inner, records),
      delete: (ids) => inner.delete(ids),
      ...(inner.attend !== undefined && { attend: (attendant) => inner.attend!(attendant) }),
      ...(inner.confirm !== undefined && { confirm: () => inner.confirm!() }),
      [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
    };
  }

  async #save(inner: Checkpointer, records: readonly TaskRecord[]): Promise<void> {
    this.#saves++;
    const moment = this.#strike?.at === "save" && this.#strike.count === this.#saves ? this.#strike.moment : undefined;
    if (moment === "before") killMyself();
    const saving = inner.save(records);
    if (moment === "during") killMyself();
    await saving;
    if (moment === "after") killMyself();
  }

  /**
   * Puts itself between this program and the files whose paths begin with `path`, and notes in `<path>.synced` what a loss
   * of power would leave of them.
   */
  standBetween(path: string): void {
    const { open, renameSync, remove } = Deno;
    const files = new WeakSet<Deno.FsFile>();
    const isMine = (name: string | URL) => String(name).startsWith(path);
    Deno.open = async (name, options) => {
      if (isMine(name)) await this.#around(() => Promise.resolve());
      const file = await open(name, options);
      if (isMine(name)) files.add(file);
      return file;
    };
    Deno.renameSync = (from, to) => {
      const isTime = isMine(from) && this.#isTime();
      if (isTime && this.#strikesBefore) killMyself();
      renameSync(from, to);
      if (isTime) killMyself();
    };
    Deno.remove = (name, options) => isMine(name) ? this.#around(() => remove(name, options)) : remove(name, options);
    this.#patchFiles((file) => files.has(file), `${path}.synced`);
  }

  #patchFiles(isMine: (file: Deno.FsFile) => boolean, notes: string): void {
    // deno-lint-ignore no-this-alias
    const saboteur = this;
    const files = Deno.FsFile.prototype;
    const { writeSync, truncateSync, sync, syncData } = files;
    files.writeSync = function (bytes) {
      if (isMine(this)) saboteur.#write(bytes, (some) => writeSync.call(this, some));
      else return writeSync.call(this, bytes);
      return bytes.length;
    };
    files.truncateSync = function (length) {
      if (isMine(this) && saboteur.#isTime()) killMyself();
      truncateSync.call(this, length);
    };
    const synchronise = async (file: Deno.FsFile, operation: () => Promise<void>) => {
      if (!isMine(file)) return await operation();
      const { ino, size } = file.statSync();
      await this.#around(operation, () => Deno.writeTextFileSync(notes, `${ino} ${size}\n`, { append: true }));
    };
    files.sync = function () {
      return synchronise(this, () => sync.call(this));
    };
    files.syncData = function () {
      return synchronise(this, () => syncData.call(this));
    };
  }

  /** Whether this is the operation at which it is to strike. */
  #isTime(): boolean {
    this.#operations++;
    return this.#strike?.at === "file" && this.#strike.count === this.#operations;
  }

  get #strikesBefore(): boolean {
    return this.#strike?.at === "file" && this.#strike.share < 0.5;
  }

  #write(bytes: Uint8Array, write: (bytes: Uint8Array) => number): void {
    const isTime = this.#isTime();
    const end = isTime && this.#strike?.at === "file" ? Math.floor(this.#strike.share * bytes.length) : bytes.length;
    for (let at = 0; at < end;) at += write(bytes.subarray(at, end));
    if (isTime) killMyself();
  }

  /** Strikes before an operation, or after it and what it is followed by. */
  async #around(operation: () => Promise<void>, then: () => void = () => {}): Promise<void> {
    const isTime = this.#isTime();
    if (isTime && this.#strikesBefore) killMyself();
    await operation();
    then();
    if (isTime) killMyself();
  }
}
