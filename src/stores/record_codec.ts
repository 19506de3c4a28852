/**
 * Records as strings, of one line each.
 *
 * @module
 */

import type { CodecName, TaskRecord, ValueEncoding } from "../core/checkpointer.ts";
import { oneOf } from "../core/checks.ts";
import { deserialize, serialize } from "../serialization/clone_bytes.ts";
import { pack } from "../serialization/packer.ts";
import { packedSnapshot } from "../serialization/snapshot.ts";
import { unpack } from "../serialization/unpacker.ts";
import { checkRecord } from "./record_check.ts";

/** By which a store recognizes how it was written. */
export interface CodecId {
  /** Which values can be stored. */
  readonly name: CodecName;
  /** The name of the codec that changes the bytes, if there is one. */
  readonly wrapper?: string | undefined;
}

/** A codec, as it stands in messages. */
export function describeCodec({ name, wrapper }: CodecId): string {
  return wrapper === undefined ? `codec: "${name}"` : `codec: "${name}" in ${JSON.stringify(wrapper)}`;
}

/** What to open a store with that was written with that codec; `open` is code in which `*` stands for the options. */
export function openingAdvice({ name, wrapper }: CodecId, open: string): string {
  return wrapper === undefined
    ? `open it with ${open.replace("*", `{ codec: "${name}" }`)}`
    : `open it with the codec of that name: ${open.replace("*", `{ codec: { name: ${JSON.stringify(wrapper)}, … } }`)}`;
}

/** Turns records into strings and back. */
export interface RecordCodec extends CodecId {
  /**
   * The string of a record: a JSON object on one line.
   *
   * @param encoding How its values can be encoded; absent: this finds it out.
   * @throws {TypeError} If a value cannot be written. Not all that JSON loses is found out: the caller has looked for that.
   */
  encode(record: TaskRecord, encoding?: ValueEncoding): string;
  /**
   * The record of a string.
   *
   * @throws {TypeError} If it is not one.
   * @throws {SyntaxError} If it is not JSON.
   */
  decode(line: string): TaskRecord;
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
  decode: (line) => checkRecord(JSON.parse(line)),
};

/** The fields that may hold more than JSON does. */
type Data = Partial<Pick<TaskRecord, "args" | "value" | "error">>;

/**
 * As JSON does, with the fields that JSON cannot hold in one: `clone` has the bytes of their structured clone, `data` those of
 * the structured clone of what was packed; both in base64.
 */
const STRUCTURED_CODEC: RecordCodec = {
  name: "structured",
  encode(record, encoding) {
    if (encoding === "json") return JSON.stringify(record);
    const { args, value, error, ...rest } = record;
    const data: Data = { args, ...(value !== undefined && { value }), ...(error !== undefined && { error }) };
    if (encoding === "clone") return JSON.stringify({ ...rest, clone: base64Of(data) });
    if (encoding === "packed") return JSON.stringify({ ...rest, data: base64Of(pack(data)) });
    const found = packedSnapshot(data, "record");
    if (found.encoding === "json") return JSON.stringify(record);
    const bytes = base64Of(found.value);
    return JSON.stringify(found.encoding === "clone" ? { ...rest, clone: bytes } : { ...rest, data: bytes });
  },
  decode(line) {
    const found: unknown = JSON.parse(line);
    if (typeof found !== "object" || found === null) return checkRecord(found);
    if ("clone" in found) {
      const { clone, ...rest } = found;
      return checkRecord({ ...rest, ...fieldsOf(dataOf(clone, "clone")) });
    }
    if (!("data" in found)) return checkRecord(found);
    const { data, ...rest } = found;
    return checkRecord({ ...rest, ...fieldsOf(unpack(dataOf(data, "data"))) });
  },
};

function base64Of(data: unknown): string {
  return serialize(data).toBase64();
}

function dataOf(base64: unknown, field: string): unknown {
  if (typeof base64 !== "string") throw new TypeError(`${field} of a record must be a string`);
  return deserialize(Uint8Array.fromBase64(base64));
}

function fieldsOf(data: unknown): Data {
  const { args, value, error } = Object(data) as Data;
  return {
    ...(args !== undefined && { args }),
    ...(value !== undefined && { value }),
    ...(error !== undefined && { error }),
  };
}
