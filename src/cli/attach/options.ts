/**
 * What the command line and the tool that it loads into a program tell each other.
 *
 * @module
 */

/** How progress is shown. */
export type ProgressMode = "auto" | "live" | "plain" | "none";

/** What the tool is to do. */
export interface AttachOptions {
  /** The folder of the session. */
  readonly folder: string;
  /** The program, as the user named it. */
  readonly program: string;
  readonly progress: ProgressMode;
  /** Whether runs are reported to OpenTelemetry. */
  readonly otel: boolean;
  /** Which files are to be left in the folder at the end. */
  readonly files: readonly (typeof REPORT_FILE | typeof SNAPSHOT_FILE)[];
  /** Whether a dashboard is served. Default: false. */
  readonly ui?: boolean;
  /** The file of the checkpoint for a runner that has none. */
  readonly checkpoint?: string;
}

/** How the program ended, as the tool saw it. */
export interface RunEnd {
  /** How many runners were made. */
  readonly runners: number;
  readonly submitted: number;
  /** How many tasks failed and were not retried with success. */
  readonly failed: number;
  /** Whether the checkpoint of the command line was used. */
  readonly usedCheckpoint: boolean;
  /** What could not be done, in sentences. */
  readonly problems: readonly string[];
}

/** The name of the file in the folder of the session that has a {@linkcode RunEnd}. */
export const END_FILE = "end.json";

/** The name of the file there that has a `JsonReport`. */
export const REPORT_FILE = "report.json";

/** The name of the file there that has a `RunSnapshot`. */
export const SNAPSHOT_FILE = "snapshot.json";
