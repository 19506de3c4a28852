/**
 * Which task prints.
 *
 * @module
 */

/** How a line begins that a subprocess writes before each task to its standard error output, if its pool wants to know. */
export const STDERR_MARK = "\u001eworkflowy:";
