/**
 * What is used of Node's modules, which are loaded when first needed: that takes milliseconds.
 *
 * @module
 */

interface Builtins {
  getBuiltinModule(name: "node:path"): typeof import("node:path");
  getBuiltinModule(name: "node:url"): typeof import("node:url");
  getBuiltinModule(name: "node:zlib"): typeof import("node:zlib");
}

const builtins = () => (globalThis as unknown as { process: Builtins }).process;

/** The CRC-32 of bytes, going on from that of the bytes before. */
export type Crc32 = (bytes: Uint8Array, before?: number) => number;

/** The function that computes it. */
export function crc32Function(): Crc32 {
  return builtins().getBuiltinModule("node:zlib").crc32;
}

/**
 * The path of a file URL.
 *
 * @throws {TypeError} If it is another URL, or stands for no path.
 */
export function pathOf(url: URL): string {
  return builtins().getBuiltinModule("node:url").fileURLToPath(url.href);
}

/** The folder that a path lies in. */
export function folderOf(path: string): string {
  return builtins().getBuiltinModule("node:path").dirname(path);
}
