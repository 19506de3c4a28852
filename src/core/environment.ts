/**
 * Environment variables, as far as the program may read them.
 *
 * @module
 */

/**
 * The value of an environment variable, if it has one that may be read. No one is asked for the right to it. Deno Deploy has
 * no `querySync()`, and all variables may be read there.
 */
export function environmentVariable(name: string): string | undefined {
  const right = Deno.permissions?.querySync?.({ name: "env", variable: name });
  return right === undefined || right.state === "granted" ? Deno.env.get(name) : undefined;
}
