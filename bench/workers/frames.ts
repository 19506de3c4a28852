/**
 * Frames: the length of a message, then the message.
 *
 * @module
 */

import { deserialize, serialize } from "node:v8";

const HEAD = 4;

/** A frame with a message in it. */
export function frameOf(message: unknown): Uint8Array<ArrayBuffer> {
  const body = serialize(message);
  const frame = new Uint8Array(HEAD + body.length);
  new DataView(frame.buffer).setUint32(0, body.length);
  frame.set(body, HEAD);
  return frame;
}

/** Cuts what arrives into messages. */
export class FrameReader {
  readonly #take: (message: unknown) => void;
  #bytes = new Uint8Array(1 << 17);
  #length = 0;

  constructor(take: (message: unknown) => void) {
    this.#take = take;
  }

  feed(piece: Uint8Array): void {
    this.#room(this.#length + piece.length);
    this.#bytes.set(piece, this.#length);
    this.#length += piece.length;
    let at = 0;
    while (this.#length - at >= HEAD) {
      const end = at + HEAD + new DataView(this.#bytes.buffer, at).getUint32(0);
      if (end > this.#length) {
        this.#room(end);
        break;
      }
      // A copy, as typed arrays in the message are views of what it is read from.
      this.#take(deserialize(this.#bytes.slice(at + HEAD, end)));
      at = end;
    }
    this.#bytes.copyWithin(0, at, this.#length);
    this.#length -= at;
  }

  #room(size: number): void {
    if (size <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(size, 2 * this.#bytes.length));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}
