/**
 * Running a function exactly once, whatever is around it.
 *
 * @module
 */

/** What is around a function. It is to call `next()`, which returns what the function returns or throws what it throws. */
export type Around = (next: () => unknown) => unknown;

/**
 * Calls a function exactly once, with something around it. If that has not called `next()` when it returns, the function is
 * called then; if it calls it again, it gets the same again.
 *
 * @param failed Reports what `around` throws or rejects with, if that is not what the function threw or rejected with.
 * @returns What the function returns.
 * @throws What the function throws.
 */
export function callAround<R>(run: () => R, around: Around, failed: (error: unknown) => void): R {
  let outcome: { readonly value: R } | { readonly error: unknown } | undefined;
  const next = (): R => {
    if (outcome === undefined) {
      outcome = STARTED; // it may call itself
      try {
        outcome = { value: run() };
      } catch (error) {
        outcome = { error };
      }
    }
    if ("error" in outcome) throw outcome.error;
    return outcome.value;
  };
  try {
    const result = around(next);
    if (result instanceof Promise) result.catch((error) => reportUnlessOwn(error, outcome, failed));
  } catch (error) {
    if (outcome === undefined || !("error" in outcome) || outcome.error !== error) failed(error);
  }
  return next();
}

/** While the function runs: what a call of `next()` from within returns is of no use. */
const STARTED = { value: undefined as never };

/** Reports an error, unless the promise that the function has returned is rejected with it. */
function reportUnlessOwn(
  error: unknown,
  outcome: { readonly value: unknown } | { readonly error: unknown } | undefined,
  failed: (error: unknown) => void,
): void {
  if (outcome === undefined || "error" in outcome || !(outcome.value instanceof Promise)) {
    if (outcome === undefined || !("error" in outcome) || outcome.error !== error) failed(error);
    return;
  }
  outcome.value.then(() => failed(error), (own) => own === error ? undefined : failed(error));
}
