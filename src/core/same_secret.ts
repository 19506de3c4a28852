/**
 * Comparing secrets.
 *
 * @module
 */

/** Compares all characters, so that the time that it takes says nothing about the secret. */
export function isSameSecret(given: string, secret: string): boolean {
  let difference = given.length ^ secret.length;
  for (let index = 0; index < secret.length; index++) {
    difference |= (given.charCodeAt(index) || 0) ^ secret.charCodeAt(index);
  }
  return difference === 0;
}
