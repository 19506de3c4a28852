/**
 * Advice where a worker does not find this package's own files.
 *
 * @module
 */

/** What to do about it. */
export const BUNDLE_HINT =
  ". Is this program a bundle? Then leave @workflowy/workflowy out of it: deno bundle --external";
