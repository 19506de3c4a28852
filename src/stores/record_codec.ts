/**
 * Records as text, of one line.
 *
 * @module
 */

import { deserialize, serialize } from "../serialization/clone_bytes.ts";
import { oneOf } from "../core/checks.ts";
import type { CodecName, TaskRecord } from "../core/checkpointer.ts";
import { whyNotKeepable } from "../serialization/keepable.ts";
import { packErrors, portability, unpackErrors } from "../serialization/portable.ts";
import { checkRecord } from "./record_check.ts";
import { cutViews } from "../serialization/views.ts";

/** Turns records into texts and back. */
export interface RecordCodec {
  readonly name: CodecName;
  /**
   * The text of a record: a JSON object on one line.
   *
   * @throws {TypeError} If a value cannot be written. Not all that JSON loses is found out: whoever submits looks first.
   */
  encode(record: TaskRecord): string;
  /**
   * The record of a text.
   *
   * @throws {TypeError} If it is none.
   * @throws {SyntaxError} If it is no JSON.
   */
  decode(text: string): TaskRecord;
}

/** Checks the name of a codec. */
export const checkCodecName = oneOf(["json", "structured"]);

/** The codec of that name. */
export function codecNamed(name: CodecName): RecordCodec {
  return name === "json" ? JSON_CODEC : STRUCTURED_CODEC;
}

const JSON_CODEC: RecordCodec = {
  name: "json",
  encode: (record) => JSON.stringify(record),
  decode: (text) => checkRecord(JSON.parse(text)),
};

/** What may hold more than JSON does. */
type Data = { readonly [field in "args" | "value" | "error"]: TaskRecord[field] | undefined };

/** As JSON does, with what JSON cannot hold as `data`, which is base64 of structured clone's bytes. */
const STRUCTURED_CODEC: RecordCodec = {
  name: "structured",
  encode(record) {
    const { args, value, error, ...rest } = record;
    const data = { args, value, error };
    if (isPlain(data)) return JSON.stringify(record);
    return JSON.stringify({ ...rest, data: serialize(cutViews(packErrors(data))).toBase64() });
  },
  decode(text) {
    const found: unknown = JSON.parse(text);
    if (typeof found !== "object" || found === null || !("data" in found)) return checkRecord(found);
    const { data, ...rest } = found;
    if (typeof data !== "string") throw new TypeError("data of a record must be a text");
    const { args, value, error } = unpackErrors(deserialize(Uint8Array.fromBase64(data))) as Data;
    const values = { ...(value !== undefined && { value }), ...(error !== undefined && { error }) };
    return checkRecord({ ...rest, args, ...values });
  },
};

function isPlain(data: Data): boolean {
  return isPlainField(data, "args") && isPlainField(data, "value") && isPlainField(data, "error");
}

function isPlainField(data: Data, field: keyof Data): boolean {
  const value = data[field];
  try {
    return value === undefined || portability(value, field) === "json";
  } catch (cause) {
    throw new TypeError(whyNotKeepable(value, "structured", field), { cause });
  }
}
