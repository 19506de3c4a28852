/**
 * The first line of a checkpoint's file.
 *
 * @module
 */

import { CheckpointError } from "../../core/errors.ts";
import { type CodecId, describeCodec, openingAdvice } from "../record_codec.ts";
import { FORMAT, VERSION } from "../format.ts";
import type { ReadableFile } from "./line_reader.ts";

/** A longer first line is not a header. */
const MAX_LENGTH = 4_096;
const CODECS: readonly CodecId[] = [{ name: "json" }, { name: "structured" }];
const NEWLINE = 0x0a;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The header of a file whose records are of that codec, with its line break. */
export function headerOf(codec: CodecId): Uint8Array {
  return new TextEncoder().encode(`${lineOf(codec)}\n`);
}

/** The header of a file. */
export interface Header extends CodecId {
  /** How many bytes it has, with its line break. */
  readonly length: number;
}

/**
 * Checks how a file begins.
 *
 * @param codec The codec that it is to be read with; `undefined` for either of the two.
 * @returns `undefined` if the file is empty or its header was not written to the end.
 * @throws {CheckpointError} If it is another file, or one that cannot be read with that codec.
 */
export function headerIn(file: ReadableFile, codec: CodecId | undefined): Header | undefined {
  const buffer = new Uint8Array(MAX_LENGTH);
  const bytes = buffer.subarray(0, file.read(0, buffer));
  const end = bytes.indexOf(NEWLINE);
  const expected = codec === undefined ? CODECS : [codec];
  if (end === -1) {
    if ([...CODECS, ...expected].some((each) => startsWith(headerOf(each), bytes))) return undefined;
    throw foreignFileError(file);
  }
  const line = decoder.decode(bytes.subarray(0, end));
  const found = expected.find((each) => lineOf(each) === line);
  if (found === undefined) throw headerError(line, file, codec);
  return { name: found.name, wrapper: found.wrapper, length: end + 1 };
}

function lineOf({ name, wrapper }: CodecId): string {
  return JSON.stringify({ format: FORMAT, version: VERSION, codec: name, ...(wrapper !== undefined && { wrapper }) });
}

function startsWith(whole: Uint8Array, bytes: Uint8Array): boolean {
  return bytes.length <= whole.length && bytes.every((byte, index) => byte === whole[index]);
}

function headerError(line: string, file: ReadableFile, codec: CodecId | undefined): CheckpointError {
  const { format, version, wrapper } = parsed(line);
  const written = CODECS.map(({ name }) => ({ name, wrapper: typeof wrapper === "string" ? wrapper : undefined }))
    .find((each) => line === lineOf(each));
  if (written !== undefined) {
    const advice = openingAdvice(written, "new FileCheckpointer(path, *)");
    const wish = codec === undefined
      ? `codec: "${written.name}" alone; give the codec of that name`
      : `${describeCodec(codec)}; ${advice}, or start from scratch, with another path`;
    return new CheckpointError(
      `The checkpoint "${file.path}" was written with ${describeCodec(written)} and cannot be read with ${wish}`,
      { reason: "incompatible" },
    );
  }
  if (format !== FORMAT) return foreignFileError(file);
  if (typeof version === "number" && version > VERSION) {
    return new CheckpointError(
      `The checkpoint "${file.path}" has format version ${version}, and this version of the package reads up to ` +
        `${VERSION}; update the package, or choose another path`,
      { reason: "incompatible" },
    );
  }
  const expected = lineOf(codec ?? CODECS[0]!);
  return new CheckpointError(
    `The checkpoint "${file.path}" is damaged at byte 0: its first line is ${line} where ${expected} is expected. It was left ` +
      "as it is. Repair that line, or move the file away to start from scratch",
    { reason: "damaged" },
  );
}

function foreignFileError(file: ReadableFile): CheckpointError {
  return new CheckpointError(
    `"${file.path}" is not a checkpoint, as its first line shows; it was left as it is. Choose another path, or move it away`,
    { reason: "damaged" },
  );
}

function parsed(line: string): { readonly format?: unknown; readonly version?: unknown; readonly wrapper?: unknown } {
  try {
    return Object(JSON.parse(line)) as object;
  } catch {
    return {};
  }
}
