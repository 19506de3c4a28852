/**
 * An attempt at a task, in the worker that runs it.
 *
 * @module
 */

import { TaskCancelledError, TaskTimeoutError } from "../../core/errors.ts";
import type { LogLevel } from "../../core/logger.ts";
import { checkCloneable } from "../../serialization/cloneable.ts";
import type { Scope } from "../../tasks/ambient.ts";
import { Context, type ContextSource, type TaskContext } from "../../tasks/context.ts";
import type { TaskHandle } from "../../tasks/task_handle.ts";
import type { TaskSpec } from "../../tasks/spec.ts";
import { SUBMIT, type Submitter } from "../../tasks/submitter.ts";
import type { RunMessage } from "../protocol/messages.ts";
import type { Abort } from "../protocol/task_marks.ts";
import { now } from "./clock.ts";
import type { Outbox } from "./outbox.ts";

/** A task that the pool gave a number. */
export interface Definition {
  readonly module: string;
  /** Its name in that module. */
  readonly definedAs: string;
  /** Whether to tell when a body starts. */
  readonly tellsStart: boolean;
  /** `undefined` until its module is imported. */
  body: ((...args: readonly unknown[]) => unknown) | undefined;
}

/** What tasks have in common. */
export interface TaskLink {
  readonly outbox: Outbox;
  /** Why a task is to end, where no message can have arrived yet. */
  abortOf(seq: number): Abort | undefined;
}

/** What is current while the body runs, and what it finds as `currentTask()`. */
export class WorkerTask implements Scope, ContextSource, Submitter {
  readonly outer = undefined;
  /** Whether it takes submissions, of which it then says why it cannot. */
  readonly open = true;
  /** When it was begun, in milliseconds, if it has a timeout. */
  readonly startedAt: number;
  readonly definition: Definition;
  /** Whether the body has ended. */
  over = false;
  /** Whether a message has said that it is to end. */
  isAborted = false;
  readonly #message: RunMessage;
  readonly #link: TaskLink;
  /** Why it is to end, once a message or the clock says so. */
  #reason: unknown = undefined;
  #controller: AbortController | undefined;
  #context: Context | undefined;

  constructor(message: RunMessage, definition: Definition, startedAt: number, link: TaskLink) {
    this.#message = message;
    this.definition = definition;
    this.startedAt = startedAt;
    this.#link = link;
  }

  get seq(): number {
    return this.#message[1];
  }

  get number(): number {
    return this.#message[3];
  }

  /** In milliseconds, or 0. */
  get timeout(): number {
    return this.#message[4];
  }

  get id(): string {
    return this.#message[5];
  }

  get args(): readonly unknown[] {
    return this.#message[6];
  }

  get name(): string {
    return this.#message[7] ?? this.definition.definedAs;
  }

  get headers(): Readonly<Record<string, string>> | undefined {
    return this.#message[8];
  }

  /** Tasks in a worker have no runner: this stands in for it. */
  get submitter(): Submitter {
    return this;
  }

  get context(): TaskContext | null {
    return this.over ? null : this.#context ??= new Context(this);
  }

  /**
   * Fires when the message of the abort arrives, which is in a later turn than what the clock or a flag says to a loop. So
   * a body that starts late on a busy machine can listen to it before it fires.
   */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.isAborted) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  get abortReason(): unknown {
    return this.#reason ??= this.#ownReason();
  }

  /** Whether the body was told, by this clock or a flag, that it is out of time: then that is its outcome, whatever it does. */
  get knowsTimeout(): boolean {
    return this.#reason !== undefined && !this.isAborted && this.#reason instanceof TaskTimeoutError;
  }

  abort(reason: unknown): void {
    this.#reason = reason;
    this.isAborted = true;
    this.#controller?.abort(reason);
  }

  /** What can be known in a loop, to which no message comes. */
  #ownReason(): unknown {
    const { id, name, timeout } = this;
    const abort = this.#link.abortOf(this.seq);
    if (abort === "out of time" || (timeout > 0 && now() - this.startedAt >= timeout)) {
      return new TaskTimeoutError(`"${id}" took longer than its timeout of ${timeout} ms`, { task: name });
    }
    return abort === "cancelled" ? new TaskCancelledError(`"${id}" was cancelled`, { task: name }) : undefined;
  }

  [SUBMIT]<R>({ options: { name }, wait }: TaskSpec<never, R>): TaskHandle<R> {
    if (wait !== undefined) {
      throw new Error(
        `Cannot call ${name}() from within "${this.name}", which runs in a worker, away from its runner: call it in the ` +
          `program or in a task on the event loop, which submits this one before or after it`,
      );
    }
    throw new Error(
      `Cannot submit "${name}" from within "${this.name}", which runs in a worker, away from its runner: submit it from ` +
        `the program or from a task on the event loop, or call it directly`,
    );
  }

  progress(fraction: number, message?: string): void {
    if (!this.over) this.#link.outbox.progress(this.seq, fraction, message === undefined ? undefined : String(message));
  }

  log(level: LogLevel, data: readonly unknown[]): void {
    if (!this.over) this.#link.outbox.log(this.seq, level, data.map(sendable));
  }
}

/** What cannot be sent is logged as the string that `console` would show. */
function sendable(value: unknown): unknown {
  try {
    checkCloneable(value, "it");
    return value;
  } catch {
    return Deno.inspect(value);
  }
}
