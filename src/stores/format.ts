/**
 * The format in which checkpoints are written.
 *
 * @module
 */

/** By which a checkpoint is recognized. */
export const FORMAT = "workflowy-checkpoint";

/** Raised when an older version of this package would misread a checkpoint. */
export const VERSION = 1;
