/**
 * What `workflowy run` loads into a program before it starts. Not for use by programs.
 *
 * @module
 */

export { attach } from "./attach.ts";
