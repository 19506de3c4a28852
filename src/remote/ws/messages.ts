/**
 * What a hub and its workers say to each other: lists of messages, each with the kind in front and then its fields.
 *
 * @module
 */

import { ByteReader, type ByteWriter } from "../../pools/protocol/bytes.ts";
import { WIRE_VERSION } from "../protocol/limits.ts";

/** The version of these messages, and of the frames in them. The first message of a worker begins with it. */
export const VERSION = 1 << 8 | WIRE_VERSION;

/** The largest frame, in bytes; larger values go in parts. */
export const MAX_FRAME = 512 << 10;
/** Bytes of a part of a large value. */
export const PART = 1 << 20;
/** The largest list of messages, in bytes: what is collected until it is sent, and the largest message behind that. */
export const MAX_LIST = 4 << 20;

/** How many heartbeats of a connection there are in a lease. */
export const BEATS = 6;

/** Why a hub closes a connection: those below 4100 will be the same at the next try. */
export const CLOSE = {
  ...{ version: 4000, token: 4001, pool: 4002, unreadable: 4003 },
  ...{ late: 4100, replaced: 4101, ending: 4102 },
} as const;

/** The kinds of messages, with the kinds of their fields. The number of a kind is its place. */
const KINDS = {
  // From a worker.
  /** First: the version, the name of the pools that it serves, what names this worker, and the token. */
  join: ["version", "text", "text", "text"],
  /** For how many further jobs there was room when so many jobs had come by this connection. */
  want: ["whole", "whole"],
  /** A batch of outcomes: its number, its run, its attempts, its frame. */
  report: ["whole", "text", "strings", "raw"],
  /** Of a run: what may be lost. */
  tell: ["text", "raw"],
  hello: ["raw"],
  /** A heartbeat: all batches with a smaller number are forgotten. */
  ping: ["whole"],
  /** A part of a large value: its run, its key, the size of the whole, where the part begins. Answered by `more`. */
  put: ["text", "text", "whole", "whole", "raw"],
  /** Asks for the part of a large value that begins there. Answered by `part`. */
  get: ["text", "text", "whole"],
  // From a hub.
  /** The answer to `join`: the batches that are of no more use. */
  welcome: ["numbers"],
  job: ["raw"],
  orders: ["raw"],
  /** A batch has arrived. */
  arrived: ["whole"],
  /** Batches are of no more use. */
  forgotten: ["numbers"],
  more: [],
  /** The size of the whole, and a part of it. Without a size: there is no such value. */
  part: ["numbers", "raw"],
} as const satisfies Record<string, readonly (keyof FieldTypes)[]>;

interface FieldTypes {
  version: number;
  whole: number;
  numbers: readonly number[];
  text: string;
  strings: readonly string[];
  raw: Uint8Array;
}

/** The kind of a message. */
export type Kind = keyof typeof KINDS;

/** The fields of a message. */
export type Fields<K extends Kind> = FieldsOf<typeof KINDS[K]>;

type FieldsOf<T extends readonly (keyof FieldTypes)[]> = { -readonly [I in keyof T]: FieldTypes[T[I]] };

/** What is called with the fields of messages, by kind. Others are an error. */
export type Handlers = { readonly [K in Kind]?: (...fields: Fields<K>) => void };

/** The other end has another version of this package. */
export class OtherVersionError extends Error {}

const NAMES = Object.keys(KINDS) as readonly Kind[];

/** Adds a message to a list. */
export function writeMessage<K extends Kind>(writer: ByteWriter, kind: K, fields: Fields<K>): void {
  writer.byte(NAMES.indexOf(kind));
  for (const [index, value] of (fields as readonly FieldTypes[keyof FieldTypes][]).entries()) {
    writeField(writer, KINDS[kind][index]!, value);
  }
}

/**
 * Reads a list of messages, and calls a handler for each.
 *
 * @param handlers Called before each message, as one may change what is expected next.
 * @throws {TypeError|RangeError} If it is none, or has a message of a kind that there is no handler for.
 * @throws {OtherVersionError} If it is of another version.
 */
export function readMessages(bytes: Uint8Array, handlers: () => Handlers): void {
  const reader = new ByteReader(bytes);
  reader.seek(0, bytes.length);
  while (reader.left > 0) {
    const kind = NAMES[reader.byte()];
    const handle = kind === undefined ? undefined : handlers()[kind];
    if (handle === undefined) throw new TypeError(`A message of the kind "${kind}" is not expected here`);
    const fields = KINDS[kind!].map((type) => readField(reader, type));
    (handle as (...fields: readonly unknown[]) => void)(...fields);
  }
}

function writeField(writer: ByteWriter, type: keyof FieldTypes, value: FieldTypes[keyof FieldTypes]): void {
  if (type === "version") return writer.whole(value as number);
  if (type === "whole" || type === "text" || type === "raw") return writer[type](value as never);
  const list = value as readonly unknown[];
  writer.whole(list.length);
  for (const each of list) writer[type === "numbers" ? "whole" : "text"](each as never);
}

function readField(reader: ByteReader, type: keyof FieldTypes): unknown {
  if (type === "version") return readVersion(reader);
  if (type === "whole" || type === "text" || type === "raw") return reader[type]();
  const count = reader.whole();
  if (count > reader.left / 4) throw new RangeError(`A list of ${count} entries is longer than its message`);
  return Array.from({ length: count }, () => type === "numbers" ? reader.whole() : reader.text());
}

function readVersion(reader: ByteReader): number {
  const version = reader.whole();
  if (version === VERSION) return version;
  throw new OtherVersionError("Runner and workers need the same version of this package");
}
