// Declarations for the `deno-std` copy of jsr:@std/async@1; see ../../registry_folder.ts.
// The signatures are the real ones, so that code checks alike against JSR; hence the `any`s.
// deno-lint-ignore-file no-explicit-any

/** Makes a promise, or an iteration, reject as soon as the signal aborts. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T>;
export function abortable<T>(iterable: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T>;

export interface DeadlineOptions {
  signal?: AbortSignal;
}

/** Rejects with a `TimeoutError` DOMException if the promise is not settled after `ms`. */
export function deadline<T>(
  promise: Promise<T>,
  ms: number,
  options?: DeadlineOptions,
): Promise<T>;

export interface DebouncedFunction<T extends Array<unknown>> {
  (...args: T): void;
  clear(): void;
  flush(): void;
  readonly pending: boolean;
}

export function debounce<T extends Array<any>>(
  fn: (this: DebouncedFunction<T>, ...args: T) => void,
  wait: number,
): DebouncedFunction<T>;

export interface DelayOptions {
  signal?: AbortSignal;
  /** Whether the timer keeps the process alive; true by default. */
  persistent?: boolean;
}

/** Resolves after `ms`; rejects with the signal's reason when that aborts first. */
export function delay(ms: number, options?: DelayOptions): Promise<void>;

/** Several async iterables as one, in the order in which values arrive. */
export class MuxAsyncIterator<T> implements AsyncIterable<T> {
  add(iterable: AsyncIterable<T>): void;
  iterate(): AsyncIterableIterator<T>;
  [Symbol.asyncIterator](): AsyncIterator<T>;
}

/** Maps with at most `poolLimit` calls under way; results come in the order of the input. */
export function pooledMap<T, R>(
  poolLimit: number,
  array: Iterable<T> | AsyncIterable<T>,
  iteratorFn: (data: T) => Promise<R>,
): AsyncIterableIterator<R>;

export class RetryError extends Error {
  constructor(cause: unknown, attempts: number);
}

export interface RetryOptions {
  /** Factor between two waits; 2 by default. */
  multiplier?: number;
  /** Longest wait in milliseconds; 60,000 by default. */
  maxTimeout?: number;
  /** Calls at most; 5 by default. */
  maxAttempts?: number;
  /** First and shortest wait in milliseconds; 1,000 by default. */
  minTimeout?: number;
  /** 1 (default) for waits that are random from 0, 0 for exact ones. */
  jitter?: number;
}

export function retry<T>(
  fn: (() => Promise<T>) | (() => T),
  options?: RetryOptions,
): Promise<T>;

/** A tuple of `N` items. */
export type Tuple<T, N extends number> = N extends N ? number extends N ? T[] : TupleOf<T, N, []>
  : never;
export type TupleOf<T, N extends number, R extends unknown[]> = R["length"] extends N ? R
  : TupleOf<T, N, [T, ...R]>;

export function tee<T, N extends number = 2>(
  iterable: AsyncIterable<T>,
  n?: N,
): Tuple<AsyncIterable<T>, N>;
