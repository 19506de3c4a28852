/**
 * The port through which a runner keeps the state of its tasks beyond the life of the program.
 *
 * @module
 */

import type { ThrownEnvelope } from "./error_envelope.ts";
import type { TaskStatus } from "./status.ts";

/** Which values come back equal: those of JSON, or all that structured clone takes (and errors). */
export type CodecName = "json" | "structured";

/** A handle among the arguments of a task. */
export interface HandleRef {
  /** Where it stands: the index of the argument and, one level down, its index or key there. */
  readonly at: readonly [index: number] | readonly [index: number, key: number | string];
  /** The handle's id. */
  readonly id: string;
}

/**
 * One task, as plain data that a {@linkcode Checkpointer} keeps.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { MemoryCheckpointer, task, TaskRunner } from "@workflowy/workflowy";
 *
 * const checkpointer = new MemoryCheckpointer();
 * {
 *   await using runner = new TaskRunner({ checkpointer });
 *   runner.submit(task({ name: "add" }, (a: number, b: number) => a + b), 1, 2);
 *   await runner.run();
 * }
 * const [record] = await Array.fromAsync(checkpointer.load());
 * assertEquals([record?.name, record?.args, record?.status, record?.value], ["add", [1, 2], "completed", 3]);
 * ```
 */
export interface TaskRecord {
  /** The id of the task's handle, by which a later run finds the record again. */
  readonly id: string;
  /** The task's name. */
  readonly name: string;
  /** The name under which its module defines it, if that is another one. */
  readonly definedAs?: string;
  /** URL of the module that defines the task, which with the name leads to its body. */
  readonly module?: string;
  /** `TaskOptions.version`. */
  readonly version?: string;
  /** Where the task was in its life. */
  readonly status: TaskStatus;
  /** How many attempts were started. */
  readonly attempts: number;
  /** The arguments, with `null` in place of handles. */
  readonly args: readonly unknown[];
  /** The handles among the arguments, if there are any. */
  readonly refs?: readonly HandleRef[];
  /** The ids of the handles it depends on, those among the arguments included. */
  readonly dependsOn: readonly string[];
  /** The id of the task whose body submitted it, if one did. */
  readonly parent?: string;
  /** Whether it was not over when the body of that task was, which thus left it to itself. */
  readonly outlives?: true;
  /** When the last attempt started, in milliseconds since the epoch. */
  readonly startedAt?: number;
  /** When the task was over, in milliseconds since the epoch. */
  readonly finishedAt?: number;
  /** What it returned, if it completed and that was not `undefined`. */
  readonly value?: unknown;
  /** What it ended with, if it failed or was skipped: an error as plain data. Nothing if `undefined` was thrown. */
  readonly error?: ThrownEnvelope;
}

/**
 * Keeps records: rows that are written one by one, not snapshots of everything.
 *
 * The runner calls one method at a time. It has made sure that what it saves is what `codec` can keep. What records hold
 * may change as soon as `save()` has returned its promise: whatever is to be kept has to be copied, or written, by then.
 *
 * An implementation opens what it needs when it is first used. `[Symbol.asyncDispose]()` closes it, so that another
 * runner, or another program, can go on; used again, it opens again. `checkpointerCases()` tests an implementation.
 *
 * @example A checkpointer on `sessionStorage`; `localStorage` outlives the program.
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { type Checkpointer, task, type TaskRecord, TaskRunner } from "@workflowy/workflowy";
 *
 * class StorageCheckpointer implements Checkpointer {
 *   readonly codec = "json";
 *   async *load() {
 *     yield* this.#read().values();
 *   }
 *   async save(records: readonly TaskRecord[]) {
 *     const all = this.#read();
 *     for (const record of records) all.set(record.id, record);
 *     this.#write(all);
 *   }
 *   async delete(ids: readonly string[]) {
 *     const all = this.#read();
 *     for (const id of ids) all.delete(id);
 *     this.#write(all);
 *   }
 *   async [Symbol.asyncDispose]() {}
 *   #read(): Map<string, TaskRecord> {
 *     return new Map(JSON.parse(sessionStorage.getItem("tasks") ?? "[]"));
 *   }
 *   #write(records: Map<string, TaskRecord>) {
 *     sessionStorage.setItem("tasks", JSON.stringify([...records])); // one item: all or none
 *   }
 * }
 *
 * const square = task({ name: "square" }, (x: number) => x * x);
 * await using runner = new TaskRunner({ checkpointer: new StorageCheckpointer() });
 * assertEquals(await runner.submit(square, 3), 9);
 * assertEquals(sessionStorage.length, 1);
 * ```
 */
export interface Checkpointer extends AsyncDisposable {
  /** Which values come back equal. */
  readonly codec: CodecName;
  /**
   * All records, each once, in any order.
   *
   * @throws {CheckpointError} If what was saved cannot be read. It is left as it is.
   */
  load(): AsyncIterable<TaskRecord>;
  /**
   * Writes records or replaces those of the same ids, all or none; they are durable once it resolves.
   *
   * @throws {CheckpointError} If they cannot be saved.
   */
  save(records: readonly TaskRecord[]): Promise<void>;
  /**
   * Removes records; ids that are not there are passed over.
   *
   * @throws {CheckpointError} If they cannot be removed.
   */
  delete(ids: readonly string[]): Promise<void>;
}
