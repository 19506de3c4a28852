/**
 * An attempt at a task, in the worker that runs it.
 *
 * @module
 */

import { TaskCancelledError, TaskTimeoutError } from "../../core/errors.ts";
import type { LogLevel } from "../../core/logger.ts";
import { portability } from "../../core/portable.ts";
import type { Scope } from "../../tasks/ambient.ts";
import { Context, type ContextSource, type TaskContext } from "../../tasks/context.ts";
import type { TaskHandle } from "../../tasks/task_handle.ts";
import type { TaskSpec } from "../../tasks/spec.ts";
import { SUBMIT, type Submitter } from "../../tasks/submitter.ts";
import type { Abort } from "../protocol/ring.ts";
import { now } from "./clock.ts";
import type { Outbox } from "./outbox.ts";

/** What the pool says of a task. */
export type TaskFacts = Pick<
  WorkerTask,
  "seq" | "id" | "name" | "number" | "startedAt" | "timeout" | "args" | "body"
>;

/** What is in force while the body runs, and what it finds as `currentTask()`. */
export class WorkerTask implements Scope, ContextSource, Submitter {
  readonly seq: number;
  readonly id: string;
  readonly name: string;
  readonly number: number;
  readonly outer = undefined;
  /** Whether it takes submissions, of which it then says why it cannot. */
  readonly open = true;
  /** `undefined` until its module is imported. */
  body: ((...args: readonly unknown[]) => unknown) | undefined;
  readonly args: readonly unknown[];
  /** When it was begun, in milliseconds, if it has a timeout. */
  readonly startedAt: number;
  /** In milliseconds, or 0. */
  readonly timeout: number;
  /** Whether the body is over. */
  over = false;
  readonly #outbox: Outbox;
  /** Whether the pool has aborted it, before a message can arrive. */
  readonly #abortOf: (seq: number) => Abort | undefined;
  #reason: unknown = undefined;
  #controller: AbortController | undefined;
  #context: Context | undefined;

  constructor(
    { seq, id, name, number, startedAt, timeout, args, body }: TaskFacts,
    outbox: Outbox,
    abortOf: (seq: number) => Abort | undefined,
  ) {
    this.seq = seq;
    this.id = id;
    this.name = name;
    this.number = number;
    this.startedAt = startedAt;
    this.timeout = timeout;
    this.args = args;
    this.body = body;
    this.#outbox = outbox;
    this.#abortOf = abortOf;
  }

  /** Tasks in a worker have no runner: this stands in for it. */
  get submitter(): Submitter {
    return this;
  }

  get context(): TaskContext | null {
    return this.over ? null : this.#context ??= new Context(this);
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      const { abortReason } = this;
      if (abortReason !== undefined) this.#controller.abort(abortReason);
    }
    return this.#controller.signal;
  }

  get abortReason(): unknown {
    return this.#reason ??= this.#ownReason();
  }

  abort(reason: unknown): void {
    this.#reason = reason;
    this.#controller?.abort(reason);
  }

  /** What can be known in a loop, to which no message comes. */
  #ownReason(): unknown {
    const { id, name, timeout } = this;
    const abort = this.#abortOf(this.seq);
    if (abort === "out of time" || (timeout > 0 && now() - this.startedAt >= timeout)) {
      return new TaskTimeoutError(`"${id}" took longer than its timeout of ${timeout} ms`, { task: name });
    }
    return abort === "cancelled" ? new TaskCancelledError(`"${id}" was cancelled`, { task: name }) : undefined;
  }

  [SUBMIT]<R>({ options: { name } }: TaskSpec<never, R>): TaskHandle<R> {
    throw new Error(
      `Cannot submit "${name}" from within "${this.name}", which runs in a worker, away from its runner: submit it from ` +
        `the program or from a task on the event loop, or call it directly`,
    );
  }

  progress(fraction: number, message?: string): void {
    if (!this.over) this.#outbox.progress(this.seq, fraction, message === undefined ? undefined : String(message));
  }

  log(level: LogLevel, data: readonly unknown[]): void {
    if (!this.over) this.#outbox.log(this.seq, level, data.map(travelling));
  }
}

/** What cannot travel is logged as the text that `console` would show. */
function travelling(value: unknown): unknown {
  try {
    portability(value, "it");
    return value;
  } catch {
    return Deno.inspect(value);
  }
}
