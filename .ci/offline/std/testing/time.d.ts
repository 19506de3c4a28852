// Declarations for the `deno-std` copy of jsr:@std/testing@1/time; see ../../registry_folder.ts.
// The signatures are the real ones, so that code checks alike against JSR; hence the `any`s.
// deno-lint-ignore-file no-explicit-any

export class TimeError extends Error {
  constructor(message: string);
}

export interface FakeTimeOptions {
  /** Fake milliseconds per real millisecond; 0 by default: time stands still until it is moved. */
  advanceRate: number;
  /** Real milliseconds between two advances; 10 by default. */
  advanceFrequency?: number;
}

export interface DelayOptions {
  signal?: AbortSignal;
}

/** Replaces `Date`, the timers and `AbortSignal.timeout()` until it is disposed of. */
export class FakeTime {
  static restore(): void;
  static restoreFor<T>(
    callback: (...args: any[]) => Promise<T> | T,
    ...args: any[]
  ): Promise<T>;

  constructor(start?: number | string | Date | null, options?: FakeTimeOptions);
  get now(): number;
  set now(value: number);
  get start(): number;
  /** Waits in real time. */
  delay(ms: number, options?: DelayOptions): Promise<void>;
  runMicrotasks(): Promise<void>;
  tick(ms?: number): void;
  tickAsync(ms?: number): Promise<void>;
  /** Moves to the next timer; false when there is none. */
  next(): boolean;
  nextAsync(): Promise<boolean>;
  runAll(): void;
  runAllAsync(): Promise<void>;
  restore(): void;
  [Symbol.dispose](): void;
}
