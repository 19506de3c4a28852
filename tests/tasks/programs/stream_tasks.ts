/**
 * A task for the rows of a stream, which threads import.
 *
 * @module
 */

import { task } from "../../../src/tasks/mod.ts";

/** The number in a line. */
export const parse = task({ name: "parse", backend: "thread" }, (line: string) => Number(line));
