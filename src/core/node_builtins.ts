/**
 * Functions of Node's modules. The modules are loaded at first use, as that takes milliseconds.
 *
 * @module
 */

interface Builtins {
  getBuiltinModule(name: "node:zlib"): typeof import("node:zlib");
  getBuiltinModule(name: "node:crypto"): typeof import("node:crypto");
}

const builtins = () => (globalThis as unknown as { process: Builtins }).process;

/** The CRC-32 of bytes, or of bytes that follow others, given the CRC-32 of those. */
export type Crc32 = (bytes: Uint8Array, before?: number) => number;

/** The function that computes CRC-32. */
export function crc32Function(): Crc32 {
  return builtins().getBuiltinModule("node:zlib").crc32;
}

/** What is used of `node:crypto`. */
export function nodeCrypto(): Pick<typeof import("node:crypto"), "hash"> {
  return builtins().getBuiltinModule("node:crypto");
}
