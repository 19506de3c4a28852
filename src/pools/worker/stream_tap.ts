/**
 * Listening to what code in a thread writes to the standard output and error by itself, without `console`.
 *
 * @module
 */

import type { LogLevel } from "../../core/logger.ts";

/** Takes what is written. Returns whether it is taken, so that it is not written. */
export type StreamListener = (level: LogLevel, text: string) => boolean;

/** Listens. @returns A function that ends it. */
export function tapStreams(listener: StreamListener): () => void {
  const undo = [tap(Deno.stdout, "info", listener), tap(Deno.stderr, "error", listener)];
  return () => undo.forEach((each) => each());
}

/** `process.stdout` and `process.stderr` call these methods as well. */
function tap(stream: typeof Deno.stdout, level: LogLevel, listener: StreamListener): () => void {
  const decoder = new TextDecoder();
  const isTaken = (bytes: Uint8Array) => listener(level, decoder.decode(bytes, { stream: true }));
  const { write, writeSync } = stream;
  Object.defineProperties(stream, {
    write: {
      value: (bytes: Uint8Array) => isTaken(bytes) ? Promise.resolve(bytes.length) : write.call(stream, bytes),
      configurable: true,
    },
    writeSync: {
      value: (bytes: Uint8Array) => isTaken(bytes) ? bytes.length : writeSync.call(stream, bytes),
      configurable: true,
    },
  });
  return () => {
    for (const method of ["write", "writeSync"]) Reflect.deleteProperty(stream, method);
  };
}
