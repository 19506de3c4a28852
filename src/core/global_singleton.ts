/**
 * Values of which a program (a worker: each worker) has one, even if it loads this package several times: in two versions,
 * or once more within a bundle.
 *
 * @module
 */

/** Changes with the shape of any of the values, so that versions of the package that differ in it do not share them. */
const GENERATION = 2;

/** The key of the symbol, in the registry of symbols, under which the global object holds the value of that name. */
export function globalKey(name: string): string {
  return `workflowy.${name}.${GENERATION}`;
}

/** The value of that name, made by the copy of this package that asks for it first. */
export function globalSingleton<T>(name: string, make: () => T): T {
  const holder = globalThis as { [key: symbol]: T | undefined };
  return holder[Symbol.for(globalKey(name))] ??= make();
}
