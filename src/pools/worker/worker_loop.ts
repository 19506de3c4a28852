/**
 * The part of a worker that runs tasks, the same in threads and subprocesses: one at a time, in the order in which they
 * were sent.
 *
 * @module
 */

import { describeError } from "../../core/describe.ts";
import { fromEnvelope } from "../../serialization/envelope.ts";
import { TaskError } from "../../core/errors.ts";
import { NonRetryableError } from "../../core/retry_errors.ts";
import { Fifo } from "../../core/fifo.ts";
import type { LogLevel } from "../../core/logger.ts";
import { ambient, ambientScope, type Scope } from "../../tasks/ambient.ts";
import { GUARD, whileLoading } from "../../tasks/loading.ts";
import { findTask } from "../../tasks/registry.ts";
import { unbundle } from "../protocol/bundle.ts";
import {
  CONTINUES,
  type Flow,
  IDLE,
  LEASE_MS,
  PAUSED,
  type RunMessage,
  TO,
  type ToWorker,
} from "../protocol/messages.ts";
import type { Abort } from "../protocol/task_marks.ts";
import { now } from "./clock.ts";
import type { Outbox } from "./outbox.ts";
import { inTrace } from "./trace_scope.ts";
import { type Definition, type TaskLink, WorkerTask } from "./worker_task.ts";

/**
 * How many milliseconds a worker waits for the import of its first module before it takes tasks, whose time then runs. One
 * second is more than a module should take; one that never ends its import is to be found out by its task's timeout.
 */
const MAX_PRELOAD_MS = 1_000;

/** What differs between kinds of workers. */
export interface WorkerHost {
  /** Imports a module. */
  load(module: string): Promise<unknown>;
  /**
   * Whether the worker has to ask for credit after a task that took long: the pool has no other way to keep it from what
   * it has revoked.
   */
  readonly leases: boolean;
  /** Whether the pool reads what is written to its standard output and error. */
  readonly hasPipe: boolean;
  /** Whether a task may begin: whether the pool has not revoked it. */
  begin(seq: number): boolean;
  /** Why a task is to end, where no message can have arrived yet. */
  abortOf(seq: number): Abort | undefined;
  /** Waits a moment for more messages and takes them. Returns whether there were any. Default: it does not wait. */
  lookForMore?(): boolean;
  /** Told the name of each task that begins. */
  announce?(name: string): void;
  /** Repairs what was under way in here when a task was ended by force. */
  recover?(): void;
  /**
   * Calls a function and ends it when it is out of time.
   *
   * @param timeout Milliseconds.
   * @throws {OutOfTime} If it was ended.
   */
  runWithTimeout?(timeout: number, fn: () => unknown): unknown;
  /** Ends the worker, which cannot work any more. */
  lose(reason: unknown): void;
  /** Ends the worker, as it was told to. */
  end(): void;
}

/** A synchronous function was ended as it was out of time. */
export class OutOfTime extends Error {}

type Outcome =
  | { readonly kind: "done"; readonly value: unknown }
  | { readonly kind: "failed"; readonly error: unknown }
  | { readonly kind: "timedOut" };

/** Runs what the pool sends. */
export class WorkerLoop {
  readonly #outbox: Outbox;
  readonly #host: WorkerHost;
  readonly #link: TaskLink;
  readonly #definitions = new Map<number, Definition>();
  readonly #queue = new Fifo<RunMessage>();
  /** Reasons of tasks that are cancelled and stand in the queue, or will. */
  readonly #cancelled = new Map<number, unknown>();
  /** Modules that were imported, or are being. */
  readonly #imports = new Map<string, Promise<unknown>>();
  #current: WorkerTask | undefined;
  #paused = false;
  /** When the last record was begun that said what begins, in milliseconds; `undefined` if nothing has. */
  #said: number | undefined;
  /** The last one that was begun. */
  #last = 0;
  /**
   * Whether the code that runs is a callback of `setImmediate()`, as it is for all bodies that may be ended. The end can
   * come late and hit what runs next; Deno 2.9 panics, with the whole program, if that is a worker's loop for messages.
   */
  #isApart = false;
  /** Loaded once the first task has begun, as that takes milliseconds. Until then that task is the only one there is. */
  #scopes: typeof import("../../tasks/scopes.ts") | undefined;
  #loadingScopes: Promise<unknown> | undefined;
  /** Whether the pool wants to know what `console` prints. */
  #isTapped = false;
  /** Loaded once it does. */
  #loadingTap: Promise<unknown> | undefined;
  #untap: (() => void) | undefined;

  /** The task under way. */
  get current(): WorkerTask | undefined {
    return this.#current;
  }

  constructor(outbox: Outbox, host: WorkerHost) {
    this.#outbox = outbox;
    this.#host = host;
    this.#link = { outbox, abortOf: (seq) => host.abortOf(seq) };
  }

  /** Takes a message; {@linkcode WorkerLoop.run} acts on it. */
  take(message: ToWorker): void {
    switch (message[0]) {
      case TO.run:
        return this.#queue.push(message);
      case TO.bundle:
        return unbundle(message, (each) => this.#queue.push(each));
      case TO.define:
        this.#definitions.set(message[1], {
          module: message[2],
          definedAs: message[3],
          tellsStart: message[4] === true,
          body: undefined,
        });
        return;
      case TO.credit:
        if (message[1] <= this.#last) return; // said twice: as the job was sent, and as the worker asked
        this.#paused = false;
        this.#queue.filter(([, seq]) => seq === message[1] || seq >= message[2]);
        return;
      case TO.cancel:
        return this.#cancel(message[1], fromEnvelope(message[2]));
      case TO.aborting:
        if (this.#current?.seq === message[1]) this.#outbox.heardAbort(message[1]);
        return;
      case TO.tap:
        return this.#tap(message[1]);
      case TO.end:
        return this.#host.end();
    }
  }

  /** Runs tasks until there are none, or one of them waits for something. */
  run(): void {
    while (this.#current === undefined && !this.#paused) {
      const loading = this.#loadingScopes ?? this.#loadingTap;
      if (loading !== undefined) {
        if (this.#queue.size > 0) loading.then(() => this.run());
        return;
      }
      const next = this.#queue.shift();
      if (next === undefined) {
        // What is about to be ended may not wait for messages: it would be ended amid one.
        if (this.#isApart || this.#host.lookForMore?.() !== true) return;
        continue;
      }
      if (this.#host.begin(next[1])) this.#start(next);
    }
  }

  /**
   * Imports a module before the first task of it comes, so that the time is not the task's, and says when it is ready.
   *
   * @param taps Whether to tell what `console` prints, that module included.
   */
  preload(module: string, taps = false): void {
    if (taps) this.#tap(true);
    if (this.#loadingTap === undefined) this.#preload(module);
    else this.#loadingTap.then(() => this.#preload(module));
  }

  #preload(module: string): void {
    let isReady = false;
    const ready = () => {
      if (!isReady) this.#outbox.ready();
      isReady = true;
    };
    // The first setTimeout() of a worker would take milliseconds, this does not.
    AbortSignal.timeout(MAX_PRELOAD_MS).addEventListener("abort", ready);
    this.#import(module).then(ready, ready); // if it failed, the task will tell
  }

  /** Tells the pool what `console` prints, or does so no more. */
  #tap(isOn: boolean): void {
    this.#isTapped = isOn;
    this.#untap?.();
    this.#untap = undefined;
    if (!isOn) return;
    const loading = [import("../../core/console_tap.ts"), import("./stream_tap.ts")] as const;
    this.#loadingTap ??= Promise.all(loading).then(([{ tapConsole }, { tapStreams }]) => {
      this.#loadingTap = undefined;
      if (!this.#isTapped) return;
      const print = (level: LogLevel, text: string) => this.#print(level, "console", text);
      const untapConsole = tapConsole({ wants: () => true, print });
      const untapStreams = this.#host.hasPipe
        ? () => {}
        : tapStreams((level, text) => this.#print(level, "output", text));
      this.#untap = () => {
        untapConsole();
        untapStreams();
      };
    });
  }

  /** Returns whether the pool gets it, and prints it if no observer shows it. */
  #print(level: LogLevel, source: "console" | "output", text: string): boolean {
    const scope = ambientScope();
    const task = scope instanceof WorkerTask ? scope : this.#current;
    try {
      this.#outbox.print(task?.seq ?? 0, level, source, text);
      return true;
    } catch {
      return false;
    }
  }

  #cancel(seq: number, reason: unknown): void {
    if (this.#current?.seq === seq) this.#current.abort(reason);
    else if (seq > this.#last) this.#cancelled.set(seq, reason);
  }

  #start(message: RunMessage): void {
    const [, seq, ref, , timeout] = message;
    this.#last = seq;
    const { leases } = this.#host;
    const isSilent = leases && this.#said === undefined && this.#queue.size > 0;
    // Asking for the time takes longer than many a task.
    const startedAt = isSilent || timeout > 0 ? now() : 0;
    if (isSilent) {
      this.#said = startedAt;
      this.#outbox.begun(seq);
    }
    if (this.#cancelled.size > 0 && this.#skip(seq)) return;
    const definition = this.#definitions.get(ref)!;
    const task = this.#current = new WorkerTask(message, definition, startedAt, this.#link);
    this.#host.announce?.(task.name);
    if (definition.body === undefined) this.#loadAndCall(task);
    else this.#call(task);
  }

  #loadAndCall(task: WorkerTask): void {
    this.#load(task).then(
      () => this.#call(task),
      (error) => error instanceof NonRetryableError ? this.#finish(task, failure(error)) : this.#host.lose(error),
    ).then(() => this.run());
  }

  /** Passes over a task that was cancelled while it stood in the queue. */
  #skip(seq: number): boolean {
    const isCancelled = this.#cancelled.has(seq);
    if (isCancelled) this.#tell((flow) => this.#outbox.failed(seq, flow, this.#cancelled.get(seq)));
    for (const each of this.#cancelled.keys()) if (each <= seq) this.#cancelled.delete(each);
    return isCancelled;
  }

  #call(task: WorkerTask): void {
    if (task.timeout === 0 || this.#host.runWithTimeout === undefined || this.#isApart) return this.#callNow(task);
    setImmediate(() => {
      this.#isApart = true;
      this.#callNow(task);
      this.run();
      this.#isApart = false;
    });
  }

  #callNow(task: WorkerTask): void {
    const { timeout, startedAt } = task;
    if (task.isAborted) return this.#finish(task, failure(task.abortReason)); // while its module was loaded, for example
    if (task.definition.tellsStart) this.#outbox.started(task.seq);
    let result: unknown;
    let isPromise = false;
    try {
      if (timeout === 0 || this.#host.runWithTimeout === undefined) {
        result = inTrace(task.headers, () => this.#enter(task, callBody, task));
      } else {
        const left = Math.max(1, timeout - (now() - startedAt));
        result = this.#host.runWithTimeout(left, () => inTrace(task.headers, () => this.#enter(task, callBody, task)));
      }
      isPromise = isThenable(result);
    } catch (error) {
      if (error instanceof OutOfTime) {
        this.#scopes?.resetScope();
        this.#host.recover?.();
      }
      this.#finish(task, error instanceof OutOfTime ? { kind: "timedOut" } : failure(error));
      return;
    }
    if (!isPromise) {
      this.#done(task, result);
    } else {
      // Followed from within, so that whatever a thenable starts belongs to the task.
      this.#enter(task, (thenable) => Promise.resolve(thenable), result).then(
        (value) => this.#done(task, value),
        (error) => this.#finish(task, failure(error)),
      ).then(() => this.run());
    }
  }

  /** Calls a function in the scope of a task. */
  #enter<A, R>(scope: Scope, fn: (arg: A) => R, arg: A): R {
    if (this.#scopes !== undefined) return this.#scopes.runInScope(scope, fn, arg);
    this.#loadingScopes ??= import("../../tasks/scopes.ts").then((scopes) => {
      this.#scopes = scopes;
      this.#loadingScopes = undefined;
    });
    ambient.only = scope;
    return fn(arg);
  }

  #done(task: WorkerTask, value: unknown): void {
    if (this.#host.leases || task.knowsTimeout) return this.#finish(task, { kind: "done", value });
    task.over = true;
    ambient.only = undefined;
    this.#current = undefined;
    this.#tellDone(task.seq, CONTINUES, value);
  }

  #tellDone(seq: number, flow: Flow, value: unknown): void {
    try {
      this.#outbox.done(seq, flow, value);
    } catch (error) {
      this.#tellFailed(seq, flow, error);
    }
  }

  /** If even the error cannot be sent, the worker ends, so that the pool does not wait for ever. */
  #tellFailed(seq: number, flow: Flow, error: unknown): void {
    try {
      this.#outbox.failed(seq, flow, error);
    } catch (broken) {
      this.#host.lose(broken);
    }
  }

  #finish(task: WorkerTask, outcome: Outcome): void {
    const { seq } = task;
    task.over = true;
    ambient.only = undefined;
    this.#current = undefined;
    this.#tell((flow) => {
      if (task.knowsTimeout) return this.#outbox.timedOut(seq, flow);
      switch (outcome.kind) {
        case "timedOut":
          return this.#outbox.timedOut(seq, flow);
        case "failed":
          return this.#tellFailed(seq, flow, outcome.error);
        case "done":
          return this.#tellDone(seq, flow, outcome.value);
      }
    });
  }

  /**
   * Tells an outcome, and continues with the next task or pauses.
   *
   * What the pool knows last is that a task began. If it hears nothing for long, it revokes what is behind that one. So
   * the worker may continue only if its next message is out soon after the one before; it checks that both before it says
   * that it continues, and after: what is written, the pool reads before it decides.
   */
  #tell(tell: (flow: Flow) => void): void {
    if (!this.#host.leases) return tell(CONTINUES);
    const start = now();
    const before = this.#said ?? start;
    const isLate = start - before > LEASE_MS;
    const flow = isLate ? PAUSED : this.#queue.size === 0 ? IDLE : CONTINUES;
    this.#said = flow === CONTINUES ? start : undefined;
    tell(flow);
    this.#paused = isLate;
    if (isLate || now() - before <= LEASE_MS) return;
    this.#paused = true;
    this.#said = undefined;
    this.#outbox.requestCredit();
  }

  async #load({ name, definition }: WorkerTask): Promise<void> {
    const { module, definedAs } = definition;
    try {
      await this.#import(module);
    } catch (cause) {
      if (cause instanceof NonRetryableError) throw cause; // the guard is missing
      throw new TaskError(`It could not import ${module} for "${name}": ${describeError(cause)}`, {
        cause,
        task: name,
      });
    }
    const spec = findTask(module, definedAs);
    if (spec === undefined) {
      throw new NonRetryableError(
        `${module} defines no task "${definedAs}" when a worker imports it. If the task is made within a function, or by ` +
          `another module, ${GUARD}\nA task that a function of another module makes needs module: import.meta.url`,
        { task: name },
      );
    }
    definition.body = spec.body as (...args: readonly unknown[]) => unknown;
  }

  /** Also of a module that was imported the outcome counts: one that fails half-way has its first tasks all the same. */
  #import(module: string): Promise<unknown> {
    let importing = this.#imports.get(module);
    if (importing === undefined) {
      importing = whileLoading(module, () => this.#host.load(module));
      this.#imports.set(module, importing);
    }
    return importing;
  }
}

function callBody({ definition, args }: WorkerTask): unknown {
  return definition.body!(...args);
}

function failure(error: unknown): Outcome {
  return { kind: "failed", error };
}

function isThenable(value: unknown): boolean {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}
