/**
 * One attempt at a task: the job that its pool gets, and what its body finds when it asks where it is.
 *
 * @module
 */

import type { AsyncContext, ContextToken } from "../core/async_context.ts";
import type { LogLevel } from "../core/logger.ts";
import type { ResolvedTaskOptions } from "../core/options.ts";
import type { AbortListener, Job } from "../core/pool.ts";
import { runDetached } from "../core/run_detached.ts";
import type { Timer } from "../core/timers.ts";
import { ambientScope, type Scope } from "../tasks/ambient.ts";
import { Context, type ContextSource, type TaskContext } from "../tasks/context.ts";
import { runInScope } from "../tasks/scopes.ts";
import type { Submitter } from "../tasks/submitter.ts";
import type { AttemptPhase, AttemptState, Handle, HandleOwner, Wait } from "./handle.ts";
import type { WaitEnd } from "./handle_promise.ts";
import { withValues } from "./inputs.ts";

/** What an attempt reports to: the executor of its engine. */
export interface AttemptHost {
  /** The engine. */
  readonly owner: HandleOwner;
  /** Where the body's submissions go. */
  readonly submitter: Submitter;
  /** Returns whether the body may begin. */
  began(attempt: Attempt): boolean;
  /** Whether it makes a difference when exactly the body starts. */
  countsStart(attempt: Attempt): boolean;
  started(attempt: Attempt): void;
  completed(attempt: Attempt, value: unknown): void;
  failed(attempt: Attempt, error: unknown): void;
  timedOut(attempt: Attempt): void;
  progressed(attempt: Attempt, fraction: number, message: string | undefined): void;
  logged(attempt: Attempt, level: LogLevel, data: readonly unknown[]): void;
  /** Returns whether an observer shows it. */
  printed(attempt: Attempt, source: "console" | "output", level: LogLevel, text: string): boolean;
  /** Tells the pool that an attempt was aborted. */
  aborted(attempt: Attempt, listener: AbortListener, reason: unknown): void;
  /** Calls a function with observers around it, if some want to be. */
  readonly around: ((attempt: Attempt, run: () => unknown) => unknown) | undefined;
  /** Knows the arguments for a body on this event loop: a copy of its own where they are recorded. */
  readonly durability: { argsFor(handle: Handle): readonly unknown[] };
  /** See {@linkcode AttemptState.wait}. */
  wait<T>(attempt: Attempt, handle: Handle, until?: WaitEnd<T>, among?: Wait["among"]): Promise<T>;
}

const NO_WAITS: ReadonlySet<Wait> = new Set();

/** One attempt. `Executor` writes its fields, but for `waits` and the phases of waiting, which `SlotWaits` does. */
export class Attempt implements Job, Scope, AttemptState, ContextSource {
  readonly host: AttemptHost;
  readonly handle: Handle;
  /** From 1. */
  readonly number: number;
  /** The body starts outside of every other scope. */
  readonly outer = undefined;
  phase: AttemptPhase = "running";
  abortListener: AbortListener | undefined = undefined;
  /** Fires when the attempt has used its time. */
  deadline: Timer | undefined = undefined;
  /** Why it was aborted: what its body finds as `signal.reason`. */
  abortReason: unknown = undefined;
  /** Whether its body was told to end as it waits for what the runner leaves: its task is then left as well. */
  isInterrupted = false;
  /** Whether its body runs without this program from now on: see `Pool.leave()`. */
  isLetGo = false;
  waits: ReadonlySet<Wait> = NO_WAITS;
  /** Unfinished handles that its body submitted. */
  children: Set<Handle> | undefined = undefined;
  onEnd: (() => void)[] | undefined = undefined;
  worker: string | undefined = undefined;
  headers: Readonly<Record<string, string>> | undefined = undefined;
  /** Settles with the body, where it runs in a worker and observers are around it. */
  outcome: PromiseWithResolvers<unknown> | undefined = undefined;
  contextToken: ContextToken = undefined;
  asyncContext: AsyncContext | undefined = undefined;
  #controller: AbortController | undefined = undefined;
  #context: Context | undefined = undefined;

  constructor(host: AttemptHost, handle: Handle) {
    this.host = host;
    this.handle = handle;
    this.number = handle.attempts + 1;
  }

  get id(): string {
    return this.handle.id;
  }

  get round(): number {
    return this.handle.details?.round ?? 0;
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

  get owner(): HandleOwner {
    return this.host.owner;
  }

  get submitter(): Submitter {
    return this.host.submitter;
  }

  get context(): TaskContext | null {
    return this.phase === "over" ? null : this.#context ??= new Context(this);
  }

  call(): unknown {
    const context = this.handle.details?.asyncContext;
    const { around } = this.host;
    if (around !== undefined) {
      return (context ?? runDetached)(() => around(this, () => runInScope(this, callBody, this)));
    }
    return context === undefined ? runInScope(this, callBody, this) : context(() => runInScope(this, callBody, this));
  }

  begin(): boolean {
    return this.host.began(this);
  }

  get wantsStart(): boolean {
    return this.host.countsStart(this);
  }

  started(): void {
    this.host.started(this);
  }

  progress(fraction: number, message?: string): void {
    this.host.progressed(this, fraction, message);
  }

  print(source: "console" | "output", level: LogLevel, text: string): boolean {
    return this.host.printed(this, source, level, text);
  }

  complete(value: unknown): void {
    this.outcome?.resolve(value);
    if (this.phase !== "over") this.host.completed(this, value);
  }

  fail(error: unknown): void {
    this.outcome?.reject(error);
    if (this.phase !== "over") this.host.failed(this, error);
  }

  timeout(): void {
    this.outcome?.reject(this.abortReason);
    if (this.phase !== "over") this.host.timedOut(this);
  }

  log(level: LogLevel, data: readonly unknown[]): void {
    this.host.logged(this, level, data);
  }

  wait<T>(handle: Handle, until?: WaitEnd<T>, among?: Wait["among"]): Promise<T> {
    return this.host.wait(this, handle, until, among);
  }

  /** Tells the body that its attempt has been aborted. */
  abort(reason: unknown): void {
    this.abortReason = reason;
    this.outcome?.reject(reason);
    this.#controller?.abort(reason);
    if (this.abortListener !== undefined) this.host.aborted(this, this.abortListener, reason);
  }
}

/**
 * Calls the body. Returns a promise for what it returns, or its value if that is not a thenable. A thenable is awaited in
 * here, within the scope of the attempt, as a body may return a handle or a promise about one, which is a wait like any
 * other.
 */
function callBody(attempt: Attempt): unknown {
  const { handle, host } = attempt;
  const body = handle.spec.body as (...args: readonly unknown[]) => unknown;
  const args = host.durability.argsFor(handle);
  const result = body(...(handle.dependencies === undefined ? args : withValues(args)));
  if (result instanceof Promise) return Promise.resolve(result); // a plain one as it is, that of a handle is awaited in here
  if (typeof result !== "object" || result === null) return result;
  return typeof (result as { then?: unknown }).then === "function" ? Promise.resolve(result) : result;
}

/** The attempt under way at a handle's task, if there is one. */
export function attemptOf(handle: Handle): Attempt | undefined {
  return handle.attempt instanceof Attempt ? handle.attempt : undefined;
}

/** The attempt whose body is calling, or `undefined` outside of one or once it has ended. */
export function currentAttempt(): Attempt | undefined {
  let scope = ambientScope();
  while (scope !== undefined && !(scope instanceof Attempt)) scope = scope.outer;
  return scope?.phase === "over" ? undefined : scope;
}
