import type { ReadableFile } from "../../../src/stores/file/line_reader.ts";

/** A file in memory. */
export class BufferFile implements ReadableFile {
  readonly path = "state.jsonl";
  bytes: Uint8Array;

  constructor(content: string | Uint8Array) {
    this.bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  }

  read(at: number, buffer: Uint8Array): number {
    const part = this.bytes.subarray(at, at + buffer.length);
    buffer.set(part);
    return part.length;
  }
}
