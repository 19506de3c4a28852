/**
 * Listening to a signal that many listen to.
 *
 * @module
 */

/** What is to be called, by signal. */
const callbacks = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls a function once the signal is aborted, which it must not be yet; returns what takes that back. There is one
 * listener per signal, however many functions: removing one of n listeners takes a search through all n.
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
