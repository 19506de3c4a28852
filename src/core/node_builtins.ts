/**
 * Node's modules. They are loaded at first use, as that takes milliseconds.
 *
 * @module
 */

/** The modules that are used. */
interface Modules {
  readonly "node:async_hooks": typeof import("node:async_hooks");
  readonly "node:buffer": typeof import("node:buffer");
  readonly "node:console": typeof import("node:console");
  readonly "node:crypto": typeof import("node:crypto");
  readonly "node:path": typeof import("node:path");
  readonly "node:util": typeof import("node:util");
  readonly "node:v8": typeof import("node:v8");
  readonly "node:vm": typeof import("node:vm");
  readonly "node:zlib": typeof import("node:zlib");
}

/** What is used of `globalThis.process`, which is there only for programs whose types include Node's. */
interface Process {
  readonly stderr: NodeJS.WritableStream;
  getBuiltinModule<Name extends keyof Modules>(name: Name): Modules[Name];
}

/** Node's `process`, whose first use loads it. */
export function nodeProcess(): Process {
  return (globalThis as unknown as { readonly process: Process }).process;
}

const loaded: { [Name in keyof Modules]?: Modules[Name] } = {};

/** One of Node's modules. To ask Node for one takes a third of a microsecond, and each recorded task needs one. */
export function nodeModule<Name extends keyof Modules>(name: Name): Modules[Name] {
  return loaded[name] ??= nodeProcess().getBuiltinModule(name);
}

/** The CRC-32 of bytes, or of bytes that follow others, given the CRC-32 of those. */
export type Crc32 = (bytes: Uint8Array, before?: number) => number;

/** The function that computes CRC-32. */
export function crc32Function(): Crc32 {
  return nodeModule("node:zlib").crc32;
}
