/**
 * Encoding the records of one save.
 *
 * @module
 */

import type { TaskRecord, ValueEncoding } from "../core/checkpointer.ts";
import { describeError, describeValue, joinShortened } from "../core/describe.ts";
import { CheckpointError } from "../core/errors.ts";
import { nodeModule } from "../core/node_builtins.ts";
import { isTooLong, keepElsewhere, TOO_LARGE, tooLong } from "../serialization/string_limit.ts";
import { type CodecId, describeCodec, type RecordCodec } from "./record_codec.ts";

/**
 * How many bytes a record may have: a little less than the characters of the longest string of V8, so that there is room for
 * what a store adds to a line. More bytes than that cannot be read as a string, even if it would have fewer characters.
 */
const MAX_BYTES = 2 ** 29 - 1_024;
/** How many bytes a character has at most, of those that `length` counts. */
const BYTES_PER_CHARACTER = 3;

/**
 * The records as strings, in the same order.
 *
 * @param encodings How the values of each can be encoded, as far as that is known.
 * @throws {CheckpointError} If some of them cannot be encoded; `unsavable` has the ids of all of these.
 */
export function encodeRecords(
  codec: CodecId & Pick<RecordCodec, "encode">,
  records: readonly TaskRecord[],
  encodings: readonly (ValueEncoding | undefined)[] | undefined,
): string[] {
  const strings: string[] = [];
  const unsavable: string[] = [];
  const causes: unknown[] = [];
  for (const [index, record] of records.entries()) {
    try {
      strings.push(encode(codec, record, encodings?.[index]));
    } catch (cause) {
      unsavable.push(record.id);
      causes.push(cause);
    }
  }
  if (unsavable.length === 0) return strings;
  const ids = joinShortened(unsavable.map(describeValue), ", ");
  const [cause] = causes;
  throw new CheckpointError(
    `Cannot save the record${unsavable.length === 1 ? "" : "s"} ${ids} with ${describeCodec(codec)}: ${
      reasonOf(cause)
    }`,
    { cause, unsavable },
  );
}

function encode(codec: Pick<RecordCodec, "encode">, record: TaskRecord, encoding: ValueEncoding | undefined): string {
  const string = codec.encode(record, encoding);
  if (string.length * BYTES_PER_CHARACTER <= MAX_BYTES) return string;
  if (nodeModule("node:buffer").Buffer.byteLength(string) > MAX_BYTES) throw tooLong();
  return string;
}

function reasonOf(cause: unknown): string {
  return isTooLong(cause) ? `it would have ${TOO_LARGE}; ${keepElsewhere("return")}` : describeError(cause);
}
