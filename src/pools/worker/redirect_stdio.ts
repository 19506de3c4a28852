/**
 * Sends what tasks print to the standard error output, and gives them nothing to read, as the standard input and output of
 * a subprocess belong to its pool.
 *
 * @module
 */

import { nodeModule, nodeProcess } from "../../core/node_builtins.ts";

/** The real standard streams, for the pool. */
export interface Streams {
  readonly read: (buffer: Uint8Array) => Promise<number | null>;
  readonly readSync: (buffer: Uint8Array) => number | null;
  readonly writeSync: (bytes: Uint8Array) => number;
}

/** Does so for all ways in which Deno programs print: `process.stdout` calls the methods of `Deno.stdout`. */
export function redirectStdio(): Streams {
  const { stdin, stdout, stderr } = Deno;
  const streams: Streams = {
    read: stdin.read.bind(stdin),
    readSync: stdin.readSync.bind(stdin),
    writeSync: stdout.writeSync.bind(stdout),
  };
  Object.defineProperties(stdout, {
    write: { value: (bytes: Uint8Array) => stderr.write(bytes) },
    writeSync: { value: (bytes: Uint8Array) => stderr.writeSync(bytes) },
    writable: { get: () => stderr.writable },
  });
  Object.defineProperties(stdin, {
    read: { value: () => Promise.resolve(null) },
    readSync: { value: () => null },
    readable: { get: () => new ReadableStream({ start: (controller) => controller.close() }) },
  });
  redirectConsole();
  return streams;
}

/** The usual methods are those for errors. The others need a console of their own, which takes milliseconds to load. */
function redirectConsole(): void {
  const { error } = console;
  Object.assign(console, {
    log: error,
    info: error,
    debug: error,
    dirxml: error,
    dir: (value: unknown, options?: Deno.InspectOptions) => error(Deno.inspect(value, options)),
  });
  for (const method of OTHERS) {
    console[method] = (...args: unknown[]) => {
      const other = loadConsole();
      for (const each of ALL) console[each] = other[each].bind(other) as never;
      (console[method] as (...args: unknown[]) => void)(...args);
    };
  }
}

function loadConsole(): Console {
  const { stderr } = nodeProcess();
  return new (nodeModule("node:console").Console)(stderr, stderr);
}

const OTHERS = [
  "table",
  "count",
  "countReset",
  "time",
  "timeLog",
  "timeEnd",
  "group",
  "groupCollapsed",
  "groupEnd",
] as const;
const ALL = [...OTHERS, "log", "info", "debug", "dir", "dirxml", "warn", "error", "assert", "trace"] as const;
