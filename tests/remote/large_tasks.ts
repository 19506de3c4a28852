import { task } from "../../src/tasks/mod.ts";

/** Returns what it gets, with another first byte. */
export const mark = task({ name: "large-mark", pool: "cluster" }, (bytes: Uint8Array<ArrayBuffer>) => {
  bytes[0] = 7;
  return bytes;
});

/** Returns that many bytes. */
export const zeros = task({ name: "large-zeros", pool: "cluster" }, (length: number) => new Uint8Array(length));
