/**
 * Messages to a worker, as records.
 *
 * @module
 */

import { type ByteReader, type ByteWriter, isBytes } from "./bytes.ts";
import { TO, type ToWorker } from "./messages.ts";

/** How arguments are written: each for itself, or all as one value. */
const EACH = 0;
const TOGETHER = 1;

/**
 * Writes a message.
 *
 * @throws {TypeError} If something in it cannot travel.
 */
export function writeMessage(writer: ByteWriter, message: ToWorker): void {
  const start = writer.begin(message[0]);
  try {
    writeBody(writer, message);
    writer.end(start);
  } catch (error) {
    writer.length = start;
    throw error;
  }
}

function writeBody(writer: ByteWriter, message: ToWorker): void {
  switch (message[0]) {
    case TO.define:
      writer.whole(message[1]);
      writer.text(message[2]);
      writer.text(message[3]);
      writer.byte(message[4] === true ? 1 : 0);
      return;
    case TO.run:
      writer.whole(message[1]);
      writer.whole(message[2]);
      writer.whole(message[3]);
      writer.number(message[4]);
      writer.value(message[5], "the id");
      writeArguments(writer, message[6]);
      writer.value(message[7], "the name");
      writer.value(message[8], "the headers");
      return;
    case TO.bundle:
      writer.whole(message[1]);
      writer.whole(message[2]);
      writer.whole(message[3]);
      writer.number(message[4]);
      writer.json([message[5], message[6]]);
      writer.value(message[7], "the name");
      return;
    case TO.credit:
      writer.whole(message[1]);
      writer.whole(message[2]);
      return;
    case TO.aborting:
      writer.whole(message[1]);
      return;
    case TO.tap:
      writer.byte(message[1] ? 1 : 0);
      return;
    case TO.cancel:
      writer.whole(message[1]);
      writer.value(message[2], "the reason");
  }
}

/**
 * Reads a message.
 *
 * @throws {RangeError | TypeError} If it is none.
 */
export function readMessage(record: ByteReader): ToWorker {
  const kind = record.byte();
  switch (kind) {
    case TO.define:
      return readDefinition(record);
    case TO.run:
      return readRun(record);
    case TO.bundle:
      return readBundle(record);
    case TO.credit:
      return [kind, record.whole(), record.whole()];
    case TO.cancel:
      return [kind, record.whole(), record.value()];
    case TO.aborting:
      return [kind, record.whole()];
    case TO.tap:
      return [kind, record.byte() === 1];
    case TO.end:
      return [kind];
  }
  throw new TypeError(`There is no kind ${kind} of messages`);
}

function writeArguments(writer: ByteWriter, args: readonly unknown[]): void {
  if (!args.every(isAlone)) {
    writer.byte(TOGETHER);
    writer.value(args, "args");
    return;
  }
  writer.byte(EACH);
  writer.whole(args.length);
  for (const [index, arg] of args.entries()) writer.value(arg, `args[${index}]`);
}

function readArguments(record: ByteReader): readonly unknown[] {
  if (record.byte() === TOGETHER) return record.value() as readonly unknown[];
  return Array.from({ length: record.whole() }, () => record.value());
}

function readName(record: ByteReader): string | undefined {
  const name = record.value();
  return name === undefined ? undefined : String(name);
}

function readRun(record: ByteReader): ToWorker {
  const [seq, ref, attempt] = [record.whole(), record.whole(), record.whole()];
  const [timeout, id] = [record.number(), String(record.value())];
  const [args, name] = [readArguments(record), readName(record)];
  const headers = record.value() as Readonly<Record<string, string>> | undefined;
  return headers === undefined
    ? [TO.run, seq, ref, attempt, timeout, id, args, name]
    : [TO.run, seq, ref, attempt, timeout, id, args, name, headers];
}

function readBundle(record: ByteReader): ToWorker {
  const [seq, ref, attempt, timeout] = [record.whole(), record.whole(), record.whole(), record.number()];
  const [ids, args] = record.value() as [ids: string[], args: unknown[]];
  return [TO.bundle, seq, ref, attempt, timeout, ids, args, readName(record)];
}

/** Whether nothing is lost when it is written apart from the others, which may hold the same object. */
function isAlone(value: unknown, index: number, all: readonly unknown[]): boolean {
  if (typeof value !== "object" || value === null) return true;
  return isBytes(value) && all.indexOf(value) === index;
}

function readDefinition(record: ByteReader): ToWorker {
  const ref = record.whole();
  const [module, definedAs] = [record.text(), record.text()];
  return record.byte() === 1 ? [TO.define, ref, module, definedAs, true] : [TO.define, ref, module, definedAs];
}
