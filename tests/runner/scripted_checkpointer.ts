/**
 * A checkpointer that tests can hold up, let fail, and look into.
 *
 * @module
 */

import {
  type Checkpointer,
  type CodecName,
  MemoryCheckpointer,
  type TaskRecord,
  TaskRunner,
  type TaskRunnerOptions,
} from "../../mod.ts";
import { recordingLogger } from "../support.ts";

/** One call of a method. */
export type Call =
  | { readonly method: "save"; readonly records: readonly TaskRecord[] }
  | { readonly method: "delete"; readonly ids: readonly string[] }
  | { readonly method: "load" | "dispose" };

/** Keeps records in memory, and each call. */
export class ScriptedCheckpointer implements Checkpointer {
  readonly calls: Call[] = [];
  /** How many calls of `save()` and `delete()` are under way, and the most there ever were. */
  underWay = 0;
  most = 0;
  /** Asked at each call what it is to throw, if anything; the number of the save counts from 1. */
  fault: (call: Call, save: number) => unknown = () => undefined;
  readonly #memory: MemoryCheckpointer;
  #gate: PromiseWithResolvers<void> | undefined;

  constructor(codec: CodecName = "json") {
    this.#memory = new MemoryCheckpointer({ codec });
  }

  get codec(): CodecName {
    return this.#memory.codec;
  }

  /** The records of each `save()`. */
  get saves(): readonly (readonly TaskRecord[])[] {
    return this.calls.flatMap((call) => call.method === "save" ? [call.records] : []);
  }

  /** How often a method was called. */
  count(method: Call["method"]): number {
    return this.calls.filter((call) => call.method === method).length;
  }

  /** What is on record, by id. */
  async records(): Promise<Map<string, TaskRecord>> {
    return new Map((await Array.fromAsync(this.#memory.load())).map((record) => [record.id, record]));
  }

  /** The statuses on record, by id. */
  async statuses(): Promise<Record<string, string>> {
    return Object.fromEntries((await this.records()).values().map(({ id, status }) => [id, status]));
  }

  /** Lets saves take until `release()`. */
  hold(): void {
    this.#gate = Promise.withResolvers();
  }

  release(): void {
    this.#gate?.resolve();
    this.#gate = undefined;
  }

  async *load(): AsyncGenerator<TaskRecord> {
    this.#enter({ method: "load" });
    yield* this.#memory.load();
  }

  async save(records: readonly TaskRecord[]): Promise<void> {
    const copies = new MemoryCheckpointer({ codec: this.codec });
    await this.#work({ method: "save", records }, () => copies.save(records), async () => {
      await this.#memory.save(await Array.fromAsync(copies.load()));
    });
  }

  async delete(ids: readonly string[]): Promise<void> {
    await this.#work({ method: "delete", ids }, () => Promise.resolve(), () => this.#memory.delete(ids));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.try(() => this.#enter({ method: "dispose" }));
  }

  async #work(call: Call, begin: () => Promise<void>, end: () => Promise<void>): Promise<void> {
    this.most = Math.max(this.most, ++this.underWay);
    try {
      const begun = begin();
      this.#enter(call);
      await begun;
      await this.#gate?.promise;
      await end();
    } finally {
      this.underWay--;
    }
  }

  #enter(call: Call): void {
    this.calls.push(call.method === "save" ? { method: "save", records: structuredClone(call.records) } : call);
    const error = this.fault(call, this.count("save"));
    if (error !== undefined) throw error;
  }
}

/** A runner with a checkpointer, which keeps quiet. */
export function runnerOn(checkpointer: Checkpointer, options: TaskRunnerOptions = {}): TaskRunner {
  return new TaskRunner({ checkpointer, logger: recordingLogger(), ...options });
}

/** Saves all that a runner has not saved yet. */
export async function flush(runner: TaskRunner): Promise<void> {
  await runner.flush();
}
