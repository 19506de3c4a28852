/**
 * A task that workers find.
 *
 * @module
 */

import { task } from "../../../mod.ts";

export const greet = task(function greet(name: string) {
  return `hello, ${name}`;
});
