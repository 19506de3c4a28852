/**
 * Many submissions of one task, a few at a time.
 *
 * @module
 */

import { refuseUnknown, wholeNumberFrom } from "../core/checks.ts";
import { describeValue } from "../core/describe.ts";
import { Fifo } from "../core/fifo.ts";
import type { TaskResult } from "../core/result.ts";
import type { Input } from "./inputs.ts";
import type { TaskSpec } from "./spec.ts";
import { SLOTS, SUBMIT, type SubmitOptions, type Submitter } from "./submitter.ts";
import type { TaskHandle } from "./task_handle.ts";

/** What `stream()` takes of a task with the parameters `A`: first arguments; never, if it needs more than one. */
export type StreamItem<A extends unknown[]> = A extends [first?: infer T, ...rest: infer Rest]
  ? [] extends Rest ? Input<T> : never
  : never;

/**
 * Options of {@linkcode Task.stream}.
 *
 * @example One item after the other
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { type StreamOptions, task, TaskRunner } from "@workflowy/workflowy";
 *
 * const options: StreamOptions = { ahead: 1 };
 * await using runner = new TaskRunner();
 * const square = task({ name: "square" }, (x: number) => x * x).with({ runner });
 * const results = await Array.fromAsync(square.stream([1, 2, 3], options));
 * assertEquals(results.map(({ value }) => value), [1, 4, 9]);
 * ```
 */
export interface StreamOptions {
  /** How many items are submitted and not yet taken, at most. Default: twice the slots of the task's pool. */
  readonly ahead?: number | undefined;
}

const checkAhead = wholeNumberFrom(1);

/** How far a stream reads ahead in a pool without limit. */
const MAX_AHEAD = 1_000;

/**
 * Checks what `stream()` was given. Nothing is read or submitted before the results are iterated.
 *
 * @param submitter Where it is submitted to, if that is known.
 * @throws {TypeError} If the items are not iterable, or an option is unknown or of the wrong kind.
 * @throws {RangeError} If `ahead` is out of range.
 */
export function streamOf<A extends unknown[], R>(
  spec: TaskSpec<A, R>,
  items: unknown,
  streamOptions: StreamOptions,
  submitter: () => Submitter,
  options: SubmitOptions | undefined,
): AsyncIterable<TaskResult<R>> {
  const { name } = spec.options;
  const what = `of a stream of task "${name}"`;
  refuseUnknown(streamOptions, ["ahead"], what);
  const { ahead } = streamOptions;
  if (ahead !== undefined) checkAhead(ahead, `ahead ${what}`);
  const source = items as Partial<AsyncIterable<unknown> & Iterable<unknown>> | null | undefined;
  if (typeof (source?.[Symbol.asyncIterator] ?? source?.[Symbol.iterator]) !== "function") {
    throw new TypeError(
      `Cannot stream ${describeValue(items)} through "${name}": give an iterable or an async iterable`,
    );
  }
  const open = () => source![Symbol.asyncIterator]?.() ?? source![Symbol.iterator]!();
  return new TaskStream<R>({ spec: spec as TaskSpec, open, ahead, submitter, options });
}

interface StreamParts {
  readonly spec: TaskSpec;
  readonly open: () => Iterator<unknown> | AsyncIterator<unknown>;
  readonly ahead: number | undefined;
  readonly submitter: () => Submitter;
  readonly options: SubmitOptions | undefined;
}

/**
 * - `unread`: nothing was asked for yet.
 * - `idle`: as many items are submitted as may be; or it has yet to read more.
 * - `reading`: waits for the source.
 * - `exhausted`: the source has ended, or failed.
 * - `closed`: no caller wants more.
 */
type Phase = "unread" | "idle" | "reading" | "exhausted" | "closed";

/** The results of a stream, in the order of its items. */
class TaskStream<R> implements AsyncIterableIterator<TaskResult<R>, undefined> {
  readonly #parts: StreamParts;
  /** Cancels what was submitted, but not what others have submitted as well. */
  readonly #controller = new AbortController();
  readonly #submitted = new Fifo<TaskHandle<R>>();
  #source: Iterator<unknown> | AsyncIterator<unknown> | undefined;
  #submit: ((item: unknown) => TaskHandle<R>) | undefined;
  #ahead = 1;
  #phase: Phase = "unread";
  /** Settles when the reading under way has ended. */
  #reading: Promise<void> = Promise.resolve();
  /** What reading or submitting failed with. */
  #failure: { readonly error: unknown } | undefined;
  /** Settles when the last `next()` has. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: StreamParts) {
    this.#parts = parts;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Several calls at a time get their results one after the other. */
  next(): Promise<IteratorResult<TaskResult<R>, undefined>> {
    const step = this.#last.then(() => this.#next());
    this.#last = step.catch(() => {});
    this.#last.then(() => this.#read()); // after the caller has this result, and while it is at work with it
    return step;
  }

  async return(): Promise<IteratorResult<TaskResult<R>, undefined>> {
    await this.#close();
    return { done: true, value: undefined };
  }

  async #next(): Promise<IteratorResult<TaskResult<R>, undefined>> {
    try {
      if (this.#phase === "unread") this.#begin();
      this.#read();
      while (this.#submitted.size === 0 && this.#phase === "reading") await this.#reading;
      const handle = this.#submitted.first;
      if (handle !== undefined) {
        const value = await handle.getResult();
        this.#submitted.shift();
        return { done: false, value };
      }
      if (this.#failure !== undefined) throw this.#failure.error;
    } catch (error) {
      await this.#close().catch(() => {}); // the first error counts
      throw error;
    }
    return { done: true, value: undefined };
  }

  #begin(): void {
    const { spec, open, ahead, submitter: submitterOf, options } = this.#parts;
    const submitter = submitterOf();
    this.#ahead = ahead ?? Math.min(2 * (submitter[SLOTS]?.(spec) ?? 1), MAX_AHEAD);
    const own = this.#controller.signal;
    const signal = options?.signal === undefined ? own : AbortSignal.any([options.signal, own]);
    const each = { ...options, signal, isStreamed: true };
    this.#submit = (item) => submitter[SUBMIT](spec, [item], each) as TaskHandle<R>;
    this.#source = open();
    this.#phase = "idle";
  }

  /** Submits what may be submitted, unless that is under way. */
  #read(): void {
    while (this.#phase === "idle" && this.#submitted.size < this.#ahead) {
      try {
        const step = this.#source!.next();
        if (step instanceof Promise || typeof (step as Partial<PromiseLike<unknown>>).then === "function") {
          this.#phase = "reading";
          this.#reading = this.#await(step as Promise<IteratorResult<unknown>>);
        } else this.#take(step as IteratorResult<unknown>);
      } catch (error) {
        this.#exhaust(error);
      }
    }
  }

  async #await(step: Promise<IteratorResult<unknown>>): Promise<void> {
    try {
      const result = await step;
      if (this.#phase !== "reading") return;
      this.#phase = "idle";
      this.#take(result);
    } catch (error) {
      if (this.#phase === "reading") this.#exhaust(error);
    }
    this.#read();
  }

  #take({ done, value }: IteratorResult<unknown>): void {
    if (done) {
      this.#phase = "exhausted";
      return;
    }
    try {
      this.#submitted.push(this.#submit!(value));
    } catch (error) {
      this.#exhaust(error);
      const closing = this.#closeSource();
      closing.catch(() => {}); // the first error counts
    }
  }

  #exhaust(error: unknown): void {
    this.#phase = "exhausted";
    this.#failure = { error };
  }

  /** Cancels what was submitted and not taken, and closes the source. */
  async #close(): Promise<void> {
    const before = this.#phase;
    if (before === "closed") return;
    this.#phase = "closed";
    if (this.#submitted.size > 0) this.#controller.abort("the stream that it belongs to was closed");
    this.#submitted.clear();
    this.#failure = undefined;
    if (before === "unread" || before === "exhausted") return;
    const closing = this.#closeSource();
    // A source that is being read answers to this once it has its next item, which may never come.
    if (before === "reading") closing.catch(() => {});
    else await closing;
  }

  async #closeSource(): Promise<void> {
    await this.#source?.return?.();
  }
}
