/**
 * Waiting for a time.
 *
 * @module
 */

import { onAbort } from "./on_abort.ts";

/** Resolves after some milliseconds, or once the signal, which is not aborted yet, is. */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  const stopListening = signal && onAbort(signal, resolve);
  await promise;
  clearTimeout(timer);
  stopListening?.();
}

/**
 * Waits for something, but not longer than until the signal, which is not aborted yet, is.
 *
 * @throws The reason of the signal, then.
 */
export async function unlessAborted<T>(what: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const stopListening = onAbort(signal, () => aborted.reject(signal.reason));
  try {
    return await Promise.race([what, aborted.promise]);
  } finally {
    stopListening();
  }
}

/** Waits for something, but not longer than that. Returns whether it was in time. */
export async function within(milliseconds: number, what: Promise<unknown>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<false>((resolve) => timer = setTimeout(resolve, milliseconds, false));
  try {
    return await Promise.race([what.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
