/**
 * Where a checkpoint is in a database, and the names of what is there.
 *
 * @module
 */

import { nonEmptyString } from "../../core/checks.ts";
import { nodeModule } from "../../core/node_builtins.ts";

/** Where a checkpoint is. */
export interface Place {
  readonly schema: string;
  readonly prefix: string;
}

/** Names are cut off behind that by Postgres, so that two long ones would be the same. */
const MAX_NAME_BYTES = 63;
/** An entry of an index has at most some 2,700 bytes, for prefix and id together. */
const MAX_PREFIX_BYTES = 500;
const MAX_ID_BYTES = 1_500;

/**
 * Checks a schema that a user gives.
 *
 * @throws {TypeError} If it is not a string.
 * @throws {RangeError} If no schema can have that name.
 */
export function checkSchema(value: unknown, what: string): string {
  const schema = nonEmptyString(value, what);
  if (bytesOf(schema) <= MAX_NAME_BYTES && schema.isWellFormed() && !schema.includes("\0")) return schema;
  throw new RangeError(`${what} must be the name of a schema, of up to ${MAX_NAME_BYTES} bytes`);
}

/**
 * Checks a prefix that a user gives.
 *
 * @throws {TypeError} If it is not a string.
 * @throws {RangeError} If it is empty or too long.
 */
export function checkPrefix(value: unknown, what: string): string {
  const prefix = nonEmptyString(value, what);
  const bytes = bytesOf(keyOf(prefix));
  if (bytes <= MAX_PREFIX_BYTES) return prefix;
  throw new RangeError(`${what} must have up to ${MAX_PREFIX_BYTES} bytes, not ${bytes}`);
}

/** A table of a schema, as statements name it. */
export function tableOf(schema: string, table: string): string {
  return `"${schema.replaceAll('"', '""')}".${table}`;
}

/** A checkpoint, for a sentence. */
export function describePlace({ schema, prefix }: Place): string {
  return `the checkpoint ${JSON.stringify(prefix)} in the schema ${JSON.stringify(schema)} of Postgres`;
}

/** What cannot stand in a string of Postgres, and what stands for it. */
const SPECIAL = /[%\0]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** The string that stands for an id, or a prefix, in a column: the same for the same ones only. */
export function keyOf(id: string): string {
  const key = id.replaceAll(SPECIAL, (unit) => `%${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  // A UTF-16 unit takes up to three bytes.
  if (3 * key.length <= MAX_ID_BYTES || bytesOf(key) <= MAX_ID_BYTES) return key;
  return `%sha256:${nodeModule("node:crypto").hash("sha256", key, "hex")}`;
}

/** An array, as the text of one in Postgres. */
export function arrayOf(strings: readonly string[]): string {
  return `{${strings.map((each) => `"${each.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`).join(",")}}`;
}

/** The channel on which something about a checkpoint is told: that there are requests, or that tasks have ended. */
export function channelOf({ schema, prefix }: Place, what: "request" | "end"): string {
  const digest = nodeModule("node:crypto").hash("sha256", JSON.stringify([schema, prefix]), "hex").slice(0, 32);
  return `workflowy_${what}_${digest}`;
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}
