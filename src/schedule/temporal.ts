/**
 * `Temporal`, which older versions of Deno do not have, or not completely.
 *
 * @module
 */

/** Whether this program can use `Temporal`. */
export function hasTemporal(): boolean {
  return globalThis.Temporal !== undefined;
}

/**
 * The error that says that this version of Deno is too old.
 *
 * @param what What is not possible without it.
 * @param instead What is possible.
 */
export function temporalMissing(what: string, instead: string): Error {
  return new Error(
    `${what} needs Temporal, which Deno ${Deno.version.deno} does not have: use Deno 2.7 or later (or 2.6 with ` +
      `"unstable": ["temporal"] in deno.json), or ${instead}`,
  );
}
