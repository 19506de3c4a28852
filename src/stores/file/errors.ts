/**
 * Errors about a checkpoint's file.
 *
 * @module
 */

import { describeError, describeValue } from "../../core/describe.ts";
import { CheckpointError } from "../../core/errors.ts";
import type { CodecId } from "../record_codec.ts";

/** What to do about errors that have a class in Deno, by its name. */
const BY_NAME: Readonly<Record<string, (path: string) => string>> = {
  NotCapable: (path) => `the program has no permission; run it with --allow-read=${path} --allow-write=${path}`,
  NotFound: () => "its folder does not exist; create that first, such as with Deno.mkdir()",
  IsADirectory: () => "it is a folder; name a file in it",
  NotADirectory: () => "a part of the path is a file where a folder should be; choose another path",
  FilesystemLoop: () => "its symbolic links lead in a circle; choose another path",
};

/** The system's numbers of errors that Deno has no code for. */
const CODES: Readonly<Record<string, string>> = { 27: "EFBIG", [Deno.build.os === "linux" ? 122 : 69]: "EDQUOT" };

/** What to do about errors of the system, by its name for them. */
const BY_CODE: Readonly<Record<string, string>> = {
  EACCES: "this user has no permission; make the file and its folder writable, or choose another path",
  EPERM: "this user has no permission; make the file and its folder writable, or choose another path",
  EROFS: "it lies on a file system that is read-only; choose a path on another one",
  ENOSPC: "the disk is full; make room and resume, what was saved before is still there",
  EDQUOT: "the disk quota is used up; make room and resume, what was saved before is still there",
  EFBIG: "the file would be larger than is allowed (ulimit -f); what was saved before is still there",
  ENAMETOOLONG: "the path is too long; choose a shorter one",
};

/** An error that says what could not be done with a checkpoint's file, why, and what to do. */
export function operationError(action: string, path: string, cause: unknown): CheckpointError {
  return new CheckpointError(`Cannot ${action} the checkpoint "${path}": ${adviceOn(cause, path)}`, {
    cause,
    reason: "unavailable",
  });
}

function adviceOn(error: unknown, path: string): string {
  if (!(error instanceof Error)) return describeError(error);
  return BY_NAME[error.name]?.(path) ?? BY_CODE[codeOf(error)] ?? describeError(error);
}

function codeOf(error: Error): string {
  const { code } = error as { code?: unknown };
  return String(code ?? CODES[/\(os error (\d+)\)/.exec(error.message)?.[1] ?? ""]);
}

/** The content of a file is not what was written. */
export class CorruptionError extends CheckpointError {}

/** A file is not the one that was opened, or was changed by another program. */
export class ForeignChangeError extends CheckpointError {
  constructor(message: string) {
    super(message, { reason: "lost" });
  }
}

/** An error about a file that, from a byte on, is not what was written. */
export function corruptionError(path: string, at: number, how: string, cause?: unknown): CorruptionError {
  return new CorruptionError(
    `The checkpoint "${path}" is damaged at byte ${at}: ${how}. It was left as it is. To continue with what was ` +
      `saved before that, cut it there (truncate -s ${at} ${path}); to start from scratch, move it away`,
    { cause, reason: "damaged" },
  );
}

/** An error about a line that is as it was written, but not a record that can be used with a codec. */
export function unusableError(
  path: string,
  at: number,
  line: string,
  codec: CodecId,
  cause: unknown,
): CorruptionError {
  const id = idIn(line);
  if (id === undefined) return corruptionError(path, at, describeError(cause), cause);
  const condition = codec.wrapper === undefined ? "To" : "If the codec is the right one, and its key: to";
  return new CorruptionError(
    `The checkpoint "${path}" is damaged at byte ${at}: ${
      describeError(cause)
    }. It was left as it is. ${condition} continue ` +
      `without this record, remove it with delete([${describeValue(id)}]) of its checkpointer`,
    { cause, reason: "damaged" },
  );
}

function idIn(line: string): string | undefined {
  try {
    const { id } = Object(JSON.parse(line)) as { readonly id?: unknown };
    return typeof id === "string" ? id : undefined;
  } catch {
    return undefined;
  }
}
