/**
 * A checkpointer that keeps records in memory.
 *
 * @module
 */

import type { Checkpointer, CodecName, TaskRecord, ValueEncoding } from "../core/checkpointer.ts";
import { refuseUnknown } from "../core/checks.ts";
import { encodeRecords } from "./encode_records.ts";
import { type ByteCodec, resolveCodec } from "./byte_codec.ts";
import type { RecordCodec } from "./record_codec.ts";

/** Options of a {@linkcode MemoryCheckpointer}. */
export interface MemoryCheckpointerOptions {
  /** Which values can be stored, or a {@linkcode ByteCodec} around that; default `"json"`. */
  readonly codec?: CodecName | ByteCodec | undefined;
}

/**
 * Keeps records in memory, as strings: for tests, and for runs that follow each other in one program.
 *
 * @example Continue a run in the same program
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { MemoryCheckpointer, task, TaskRunner } from "@workflowy/workflowy";
 *
 * let calls = 0;
 * const work = task({ name: "work" }, (x: number) => (calls++, 2 * x));
 * const checkpointer = new MemoryCheckpointer();
 * for (let round = 0; round < 2; round++) {
 *   await using runner = await TaskRunner.resume(checkpointer);
 *   assertEquals(await runner.submit(work, 21), 42);
 * }
 * assertEquals(calls, 1);
 * ```
 */
export class MemoryCheckpointer implements Checkpointer {
  readonly #codec: RecordCodec;
  readonly #records = new Map<string, string>();

  /**
   * Makes an empty checkpointer.
   *
   * @param options The codec; default `"json"`.
   * @throws {TypeError} If an option is unknown or of a wrong kind.
   * @throws {RangeError} If there is no such codec.
   */
  constructor(options: MemoryCheckpointerOptions = {}) {
    refuseUnknown(options, ["codec"], "of a MemoryCheckpointer");
    const { codec = "json" } = options;
    this.#codec = resolveCodec(codec, "codec of a MemoryCheckpointer");
  }

  /** Which values can be stored. */
  get codec(): CodecName {
    return this.#codec.name;
  }

  /**
   * Reads all records.
   *
   * @returns The records, in any order.
   *
   * @example Look at what is stored
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { MemoryCheckpointer } from "@workflowy/workflowy";
   *
   * const checkpointer = new MemoryCheckpointer();
   * for await (const { id, status } of checkpointer.load()) console.log(id, status);
   * assertEquals(await Array.fromAsync(checkpointer.load()), []);
   * ```
   */
  async *load(): AsyncGenerator<TaskRecord> {
    for (const record of [...this.#records.values()]) yield this.#codec.decode(record);
  }

  /**
   * For runners: reads some of the records.
   *
   * @param ids The ids of the records. Unknown ids are ignored.
   * @returns The records, in any order.
   * @internal
   */
  async *find(ids: readonly string[]): AsyncGenerator<TaskRecord> {
    for (const id of ids) {
      const record = this.#records.get(id);
      if (record !== undefined) yield this.#codec.decode(record);
    }
  }

  /**
   * Writes records, all or none. Records of the same ids are replaced.
   *
   * @param records The records.
   * @param encodings How the values of each can be written; by default this is found out.
   * @throws {CheckpointError} If some of them cannot be encoded; `unsavable` has their ids.
   *
   * @example Save a record
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { MemoryCheckpointer } from "@workflowy/workflowy";
   *
   * const checkpointer = new MemoryCheckpointer();
   * await checkpointer.save([{ id: "a", name: "work", status: "pending", attempts: 0, args: [1], dependsOn: [] }]);
   * assertEquals((await Array.fromAsync(checkpointer.load())).map(({ id }) => id), ["a"]);
   * ```
   */
  save(records: readonly TaskRecord[], encodings?: readonly (ValueEncoding | undefined)[]): Promise<void> {
    return Promise.try(() => {
      const strings = encodeRecords(this.#codec, records, encodings);
      for (const [index, { id }] of records.entries()) this.#records.set(id, strings[index]!);
    });
  }

  /**
   * Removes records.
   *
   * @param ids The ids of the records. Unknown ids are ignored.
   *
   * @example Remove a record
   * ```ts
   * import { assertEquals } from "@std/assert";
   * import { MemoryCheckpointer } from "@workflowy/workflowy";
   *
   * const checkpointer = new MemoryCheckpointer();
   * await checkpointer.save([{ id: "a", name: "work", status: "pending", attempts: 0, args: [1], dependsOn: [] }]);
   * await checkpointer.delete(["a", "unknown"]);
   * assertEquals(await Array.fromAsync(checkpointer.load()), []);
   * ```
   */
  delete(ids: readonly string[]): Promise<void> {
    return Promise.try(() => ids.forEach((id) => this.#records.delete(id)));
  }

  /** Does nothing: the records stay as long as the checkpointer is reachable. */
  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
