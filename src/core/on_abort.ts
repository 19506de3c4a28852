/**
 * One listener per `AbortSignal`, however many functions wait for it.
 *
 * @module
 */

/** The functions to call, by signal. */
const callbacks = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls a function once the signal is aborted. There is one listener per signal, however many functions: to remove one of
 * n listeners, the platform searches all n.
 *
 * @param signal One that is not aborted yet.
 * @returns A function that unsubscribes.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  let all = callbacks.get(signal);
  if (all === undefined) callbacks.set(signal, all = new Set());
  if (all.size === 0) signal.addEventListener("abort", callAll);
  all.add(callback);
  return () => {
    if (all.delete(callback) && all.size === 0) signal.removeEventListener("abort", callAll);
  };
}

function callAll(event: Event): void {
  const signal = event.currentTarget as AbortSignal;
  const all = callbacks.get(signal);
  callbacks.delete(signal);
  signal.removeEventListener("abort", callAll);
  for (const callback of all ?? []) callback();
}
