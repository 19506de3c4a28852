/**
 * A job on its way to a worker.
 *
 * @module
 */

import { wholeNumberFrom } from "../../core/checks.ts";
import { checkPermissions, type TaskPermissions } from "../../core/permissions.ts";
import { ByteWriter } from "../../pools/protocol/bytes.ts";
import { beginFrame, readAmount, readerOf, readStrings, writeStrings } from "./frame.ts";
import { checkSize } from "./limits.ts";
import { isToken } from "./token.ts";

/** What a worker gets to know of an attempt, beside its arguments. */
export interface JobHead {
  readonly run: string;
  /** Names the attempt in its run. */
  readonly token: string;
  /** Tells this submission of the attempt from others: a worker may have returned an earlier one. */
  readonly submission: number;
  /** The id of the task's handle. */
  readonly id: string;
  /** From 1. */
  readonly number: number;
  readonly name: string;
  readonly definedAs: string;
  /** `""` for a task without one. */
  readonly version: string;
  /** In milliseconds; 0 for none. */
  readonly timeout: number;
  /** What observers of the runner have added for the body. */
  readonly headers: Readonly<Record<string, string>> | undefined;
  /** What the submission allows the body; `undefined` for what its module says. */
  readonly permissions: TaskPermissions | undefined;
  /** How much memory the submission allows the body, in MiB; `undefined` for what its module says. */
  readonly memoryLimitMb: number | undefined;
  /** Whether the runner wants to know what its body prints. */
  readonly prints: boolean;
}

/** An attempt, as a worker gets it; `undefined` as arguments if they are kept apart, as they are large. */
export interface RemoteJob extends JobHead {
  readonly args: readonly unknown[] | undefined;
}

const INLINE = 0;
const APART = 1;

/**
 * Writes a job.
 *
 * @param maxFrame How large the frame may be, in bytes.
 * @returns The frame, and the arguments if they are to be kept apart.
 * @throws {TypeError} If an argument cannot travel.
 * @throws {NonRetryableError} If the arguments are too large.
 */
export function encodeJob(
  head: JobHead,
  args: readonly unknown[],
  maxFrame: number,
): { readonly frame: Uint8Array; readonly apart?: Uint8Array } {
  const writer = idleWriter ?? new ByteWriter();
  idleWriter = undefined; // a value may have a getter that submits another task
  try {
    return encodeWith(writer, head, args, maxFrame);
  } finally {
    writer.clear();
    idleWriter = writer;
  }
}

/** Of the last job: buffers are made for few of them. */
let idleWriter: ByteWriter | undefined;

function encodeWith(
  writer: ByteWriter,
  head: JobHead,
  args: readonly unknown[],
  maxFrame: number,
): { readonly frame: Uint8Array; readonly apart?: Uint8Array } {
  writeHead(writer, head);
  const start = writer.length;
  writer.byte(INLINE);
  writer.value(args, "args");
  if (writer.length <= maxFrame) return { frame: writer.take() };
  const apart = writer.bytes.slice(start + 1, writer.length);
  checkSize(apart.length, `The arguments of "${head.id}"`);
  writer.length = start;
  writer.byte(APART);
  return { frame: writer.take(), apart };
}

function writeHead(
  writer: ByteWriter,
  { run, token, submission, id, number, name, definedAs, version, timeout, headers, prints, ...rights }: JobHead,
): void {
  beginFrame(writer, "job");
  for (const each of [run, token, id, name, definedAs, version]) writer.text(each.toWellFormed());
  writer.whole(submission);
  writer.whole(number);
  writer.number(timeout);
  const pairs = Object.entries(headers ?? {});
  writeStrings(writer, pairs.map(([key]) => key));
  writeStrings(writer, pairs.map(([, value]) => value));
  writer.byte(Number(prints));
  writer.value(rights.permissions, "permissions");
  writer.number(rights.memoryLimitMb ?? Infinity);
}

/**
 * Reads a job.
 *
 * @throws {TypeError|RangeError|SyntaxError} If it is not one.
 */
export function decodeJob(frame: Uint8Array): RemoteJob {
  const reader = readerOf(frame, "job");
  const [run, token, id, name, definedAs, version] = [0, 1, 2, 3, 4, 5].map(() => reader.text()) as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const submission = reader.whole();
  const number = reader.whole();
  const timeout = readAmount(reader);
  const keys = readStrings(reader);
  const values = readStrings(reader);
  const headers = keys.length === 0
    ? undefined
    : Object.fromEntries(keys.map((key, index) => [key, values[index] ?? ""]));
  const prints = reader.byte() === 1;
  const given = reader.value();
  const permissions = given === undefined ? undefined : checkPermissions(given, "permissions of a job");
  const memory = reader.number();
  const memoryLimitMb = memory === Infinity ? undefined : wholeNumberFrom(1)(memory, "memoryLimitMb of a job");
  if (!isToken(token) || number < 1) throw new TypeError("A job without a valid token");
  const head = {
    run,
    token,
    submission,
    id,
    number,
    name,
    definedAs,
    version,
    timeout,
    headers,
    prints,
    permissions,
    memoryLimitMb,
  };
  if (reader.byte() === APART) return { ...head, args: undefined };
  return { ...head, args: asArgs(reader.value()) };
}

/**
 * Makes sure that what was read are arguments.
 *
 * @throws {TypeError} If they are not.
 */
export function asArgs(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new TypeError("The arguments of a job are not an array");
}
