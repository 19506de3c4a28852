/**
 * One attempt at a task: what its body finds when it asks where it is.
 *
 * @module
 */

import type { Timer } from "../core/timers.ts";
import type { LogLevel } from "../core/logger.ts";
import type { ResolvedTaskOptions } from "../core/options.ts";
import type { AbortListener, Job } from "../core/pool.ts";
import { ambientScope, type Scope } from "./ambient.ts";
import { runInScope } from "./scopes.ts";
import { Context, type ContextSource, type TaskContext } from "./context.ts";
import type { AttemptPhase, AttemptState, Handle, HandleOwner, Wait } from "./handle.ts";
import { withValues } from "./inputs.ts";
import type { Submitter } from "./submitter.ts";

/** What an attempt asks of the runner it belongs to. */
export interface AttemptOwner extends HandleOwner {
  readonly submitter: Submitter;
  /** Gives the attempt's slot back until its wait for `handle` is over and a slot is free again. */
  waitFrom<T>(attempt: Attempt, handle: Handle<T>, limited: Promise<T> | undefined): Promise<T>;
  /** Returns whether the body may begin. */
  began(attempt: Attempt): boolean;
  expired(attempt: Attempt): void;
  completed(attempt: Attempt, value: unknown): void;
  failed(attempt: Attempt, error: unknown): void;
  report(attempt: Attempt, fraction: number, message: string | undefined): void;
  log(attempt: Attempt, level: LogLevel, data: readonly unknown[]): void;
}

const NO_WAITS: ReadonlySet<Wait> = new Set();

/** One attempt. Its runner alone writes its fields. */
export class Attempt implements Job, Scope, AttemptState, ContextSource {
  readonly owner: AttemptOwner;
  readonly handle: Handle;
  /** From 1. */
  readonly number: number;
  /** The body starts outside of everything, whoever submitted it. */
  readonly outer = undefined;
  phase: AttemptPhase = "running";
  abortListener: AbortListener | undefined = undefined;
  /** Rings when the attempt is out of time. */
  deadline: Timer | undefined = undefined;
  /** Why it was aborted: what its body finds as `signal.reason`. */
  abortReason: unknown = undefined;
  waits: ReadonlySet<Wait> = NO_WAITS;
  /** Handles that its body submitted and that are not over. */
  children: Set<Handle> | undefined = undefined;
  #controller: AbortController | undefined = undefined;
  #context: Context | undefined = undefined;

  constructor(owner: AttemptOwner, handle: Handle) {
    this.owner = owner;
    this.handle = handle;
    this.number = handle.attempts + 1;
  }

  get id(): string {
    return this.handle.id;
  }

  get name(): string {
    return this.handle.name;
  }

  get options(): ResolvedTaskOptions {
    return this.handle.spec.options;
  }

  get definedAs(): string {
    return this.handle.spec.definedAs;
  }

  get args(): readonly unknown[] {
    const { args = [], dependencies } = this.handle;
    return dependencies === undefined ? args : withValues(args);
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.abortReason !== undefined) this.#controller.abort(this.abortReason);
    }
    return this.#controller.signal;
  }

  get submitter(): Submitter {
    return this.owner.submitter;
  }

  get context(): TaskContext | null {
    return this.phase === "over" ? null : this.#context ??= new Context(this);
  }

  call(): unknown {
    return runInScope(this, callBody, this);
  }

  begin(): boolean {
    return this.owner.began(this);
  }

  progress(fraction: number, message?: string): void {
    this.owner.report(this, fraction, message);
  }

  complete(value: unknown): void {
    if (this.phase !== "over") this.owner.completed(this, value);
  }

  fail(error: unknown): void {
    if (this.phase !== "over") this.owner.failed(this, error);
  }

  timeout(): void {
    if (this.phase !== "over") this.owner.expired(this);
  }

  log(level: LogLevel, data: readonly unknown[]): void {
    this.owner.log(this, level, data);
  }

  /** Lets the body know that it is left to itself. */
  abort(reason: unknown): void {
    this.abortReason = reason;
    this.#controller?.abort(reason);
    this.abortListener?.onAbort(reason);
  }
}

/**
 * A promise for what a body returns, or its value if that is none. A thenable is followed from in here, with the
 * attempt in force, as a body may return a handle, which is a wait like any other.
 */
function callBody(attempt: Attempt): unknown {
  const body = attempt.handle.spec.body as (...args: readonly unknown[]) => unknown;
  const result = body(...attempt.args);
  if (result instanceof Promise || typeof result !== "object" || result === null) return result;
  return typeof (result as { then?: unknown }).then === "function" ? Promise.resolve(result) : result;
}

/** The attempt under way at a handle's task, if there is one. */
export function attemptOf(handle: Handle): Attempt | undefined {
  return handle.attempt instanceof Attempt ? handle.attempt : undefined;
}

/** The attempt whose body is calling, or `undefined` outside of one or once it is over. */
export function currentAttempt(): Attempt | undefined {
  let scope = ambientScope();
  while (scope !== undefined && !(scope instanceof Attempt)) scope = scope.outer;
  return scope?.phase === "over" ? undefined : scope;
}
