/**
 * What all copies of this package in one program share: two versions of it, or one within a bundle.
 *
 * @module
 */

/** Changed when the shape of something shared does, so that versions that would not understand each other keep apart. */
const GENERATION = 1;

/** The one value of that name in this program (in each thread, one), made by whichever copy asks first. */
export function shared<T>(name: string, make: () => T): T {
  const holder = globalThis as { [key: symbol]: T | undefined };
  return holder[Symbol.for(`workflowy.${name}.${GENERATION}`)] ??= make();
}
