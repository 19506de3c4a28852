/**
 * The port through which a runner keeps the state of its tasks after the program has ended.
 *
 * @module
 */

import type { ThrownEnvelope } from "./error_envelope.ts";
import type { CheckpointError } from "./errors.ts";
import type { TaskStatus } from "./status.ts";

/** Which values can be stored: those of JSON (`"json"`), or all that structured clone supports, and errors (`"structured"`). */
export type CodecName = "json" | "structured";

/**
 * How the values of a record can be written so that they come back equal:
 *
 * - `"json"`: as JSON.
 * - `"clone"`: by structured clone.
 * - `"packed"`: by structured clone, once what it loses much of, errors, stands in envelopes.
 */
export type ValueEncoding = "json" | "clone" | "packed";

/** A handle among the arguments of a task. */
export interface HandleRef {
  /** Where it is: the index of the argument and, for a handle inside an array or object, its index or key there. */
  readonly at: readonly [index: number] | readonly [index: number, key: number | string];
  /** The handle's id. */
  readonly id: string;
}

/** An attempt that ended and was followed by another one, in a {@linkcode TaskRecord}. */
export interface PastAttemptRecord {
  /** From 1. */
  readonly number: number;
  /** When it started, in milliseconds since the epoch. */
  readonly startedAt: number;
  /** When it ended, in milliseconds since the epoch. Absent if it ended with its program. */
  readonly finishedAt?: number;
  /** Whether it does not count, as it ended with its program, or made way for the end of its runner. */
  readonly interrupted?: true;
  /** The thread or subprocess where it ran. */
  readonly worker?: string;
  /** What it failed with, in a few words. */
  readonly error: string;
}

/**
 * One task, as plain data that a {@linkcode Checkpointer} stores.
 *
 * @example What is stored of a task
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
  /** The id of the task's handle, by which a later run finds the record. */
  readonly id: string;
  /** The task's name. */
  readonly name: string;
  /** The name under which its module defines it, if `.with({ name })` has changed the name. */
  readonly definedAs?: string;
  /** The URL of the module that defines the task. Module and name together identify the body. */
  readonly module?: string;
  /** `TaskOptions.version`. */
  readonly version?: string;
  /** The status of the task. */
  readonly status: TaskStatus;
  /** How many attempts have started. */
  readonly attempts: number;
  /** How often it had ended before, and was run again: by a retry, or since its end did not count. Default: 0. */
  readonly round?: number;
  /** The arguments, with `null` in place of handles. */
  readonly args: readonly unknown[];
  /** The handles among the arguments. Default: none. */
  readonly refs?: readonly HandleRef[];
  /** The ids of the handles that it depends on, including those among the arguments. */
  readonly dependsOn: readonly string[];
  /** The id of the task whose body submitted it: the scope that it belongs to. Default: none. */
  readonly parent?: string;
  /** Whether it had not finished when the body that submitted it returned: it is detached from that task. */
  readonly detached?: true;
  /**
   * Whether an equal submission before it may have been one of another function of the same name. Later runs cannot tell
   * which result belongs to which function, and run them again.
   */
  readonly ambiguous?: true;
  /** The key that it was submitted with, if any. */
  readonly key?: string;
  /** Its dedup key, if it has one. */
  readonly dedupKey?: string;
  /** Other ids that equal submissions with that dedup key would have had, while it was active. */
  readonly aliases?: readonly string[];
  /** What submitted it, if that is not `"manual"`. */
  readonly source?: string;
  /** What it is about, in words, once its arguments are known, if its options have a `label`. */
  readonly label?: string;
  /**
   * The arguments as they may be shown, if its options have `redact`: without items until its arguments are known. What shows
   * records to people shows these in place of `args`.
   */
  readonly shownArgs?: readonly unknown[];
  /** Its tags, if it has any. */
  readonly tags?: readonly string[];
  /** The options that `.with()` gave it, those that are plain data. Lengths of time are in milliseconds. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** How the dependencies ended that did not complete, by their ids, once the task has finished. */
  readonly lost?: Readonly<Record<string, TaskStatus>>;
  /** When it was submitted first, in milliseconds since the epoch. */
  readonly submittedAt?: number;
  /** When the last attempt started, in milliseconds since the epoch. */
  readonly startedAt?: number;
  /** The thread or subprocess of the last attempt. */
  readonly worker?: string;
  /** When the task finished, in milliseconds since the epoch. */
  readonly finishedAt?: number;
  /** When the next attempt starts at the earliest, in milliseconds since the epoch, while its status is `"retrying"`. */
  readonly retryAt?: number;
  /** When it starts at the earliest, ends (a sleep) or times out (a wait for a signal), in milliseconds since the epoch. */
  readonly dueAt?: number;
  /** When it must have finished, in milliseconds since the epoch, while it has not. */
  readonly deadline?: number;
  /** Of a running task: starting it again does not count as a recovery, as its body waits for handles or was told to end. */
  readonly uncounted?: true;
  /** How many of the attempts do not count for the task's retries: they ended with their program, or said so. */
  readonly interruptions?: number;
  /** How many of those followed each other without a child that was newly recorded in between. */
  readonly recoveries?: number;
  /** The last attempts before the current one, oldest first. */
  readonly history?: readonly PastAttemptRecord[];
  /** What it returned, if it completed. Absent for `undefined`. */
  readonly value?: unknown;
  /** The error with which it failed or was skipped, as plain data. Absent if `undefined` was thrown. */
  readonly error?: ThrownEnvelope;
}

/**
 * What another program asks of the runner that has a checkpoint:
 *
 * - `"submit"`: to submit a task, whose record has the id that its handle is to have, and is not finished.
 * - `"deliver"`: to deliver `value` for `key`; `id` is that of the record of the signal.
 * - `"cancel"`: to cancel the task with the id `task`.
 * - `"unreadable"`: what is stored is not a request, as another program has another codec, say.
 *
 * A request is done once a record with its `id` is saved, and that of `"cancel"` once it is answered.
 */
export type CheckpointRequest =
  | { readonly kind: "submit"; readonly id: string; readonly record: TaskRecord }
  | { readonly kind: "deliver"; readonly id: string; readonly key: string; readonly value: unknown }
  | { readonly kind: "cancel"; readonly id: string; readonly task: string }
  | { readonly kind: "unreadable"; readonly id: string; readonly why: string };

/** Is notified of what happens to a checkpoint outside of its runner's calls. */
export interface CheckpointAttendant {
  /**
   * Nothing more can be saved, as another runner has taken the checkpoint over, say. Calls reject with the same error. It need
   * not be called if a call has rejected with it.
   *
   * @param error Why.
   */
  lost(error: CheckpointError): void;
  /** There may be requests that `requests()` has not returned yet. */
  requested(): void;
}

/**
 * Stores records. Each record is a row of its own; there are no snapshots of everything.
 *
 * The runner calls one method at a time. It has checked that `codec` supports the values that it saves. The content of
 * records may change as soon as `save()` has returned its promise: an implementation must have copied or written it by then.
 *
 * An implementation opens what it needs at first use. `[Symbol.asyncDispose]()` closes it, so that another runner or another
 * program can open it. If it is used again, it opens again. `checkpointerCases()` of `@workflowy/workflowy/testing` tests an
 * implementation.
 *
 * @example A checkpointer on sessionStorage
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
  /** Which values can be stored. */
  readonly codec: CodecName;
  /**
   * Reads all records.
   *
   * @returns Each record once, in any order.
   * @throws {CheckpointError} If they cannot be read. What is stored stays unchanged.
   */
  load(): AsyncIterable<TaskRecord>;
  /**
   * Reads some of the records: those that are asked for again after they have left the memory. An implementation that would
   * have to read all of them for that leaves this out.
   *
   * @param ids At least one, and different ones. Unknown ids are ignored.
   * @returns Each record once, in any order.
   * @throws {CheckpointError} If they cannot be read. What is stored stays unchanged.
   */
  find?(ids: readonly string[]): AsyncIterable<TaskRecord>;
  /**
   * Makes sure that records can be saved, so that a program hears of it before it has done any work. Called after `load()` by
   * a runner that resumes. An implementation that cannot find it out without saving something leaves this out.
   *
   * @throws {CheckpointError} If they cannot be saved.
   */
  prepare?(): Promise<void>;
  /**
   * Writes records, all or none. Records of the same ids are replaced. When the promise resolves, they are durable.
   *
   * @param records At least one, with different ids.
   * @param encodings How the values of each can be written, as far as the runner knows, so that an implementation need not
   * find it out.
   * @throws {CheckpointError} If they cannot be written. If that is because of some of the records, as they are too large,
   * say, then `unsavable` has the ids of these: they cost their own tasks only, and the others are saved again.
   */
  save(records: readonly TaskRecord[], encodings?: readonly (ValueEncoding | undefined)[]): Promise<void>;
  /**
   * Removes records.
   *
   * @param ids The ids of the records. Unknown ids are ignored.
   * @throws {CheckpointError} If they cannot be removed.
   */
  delete(ids: readonly string[]): Promise<void>;
  /**
   * Sets what is notified of events outside of the calls; called once, before everything else. An implementation that cannot
   * lose what it has opened leaves this out.
   *
   * @param attendant What is notified.
   */
  attend?(attendant: CheckpointAttendant): void;
  /**
   * Makes sure that the checkpoint is still this runner's, before a body starts: another runner may have taken it over while
   * this program was suspended. An implementation that cannot lose what it has opened leaves this out.
   *
   * @returns `undefined` if that is certain; otherwise a promise that resolves once it is. If it is lost, the attendant is
   * notified before.
   * @throws {CheckpointError} If that cannot be found out: the run ends, and the body does not start.
   */
  confirm?(): Promise<void> | undefined;
  /**
   * What other programs have asked for and was not returned yet since the checkpoint was opened. From the first call on, the
   * attendant is notified when there is more. `save()` of a record with the id of a request removes the request together with
   * that. An implementation that other programs cannot reach leaves this and `answer()` out.
   *
   * @returns The requests, in the order in which they were made.
   * @throws {CheckpointError} If they cannot be read.
   */
  requests?(): Promise<readonly CheckpointRequest[]>;
  /**
   * Removes requests that need no record.
   *
   * @param ids Their ids. Unknown ids are ignored.
   * @throws {CheckpointError} If they cannot be removed.
   */
  answer?(ids: readonly string[]): Promise<void>;
}
