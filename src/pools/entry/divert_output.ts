/**
 * Sends what tasks print to the standard error output, and gives them nothing to read, as the standard input and output of
 * a subprocess belong to its pool.
 *
 * @module
 */

interface Streams {
  stdin: unknown;
  stdout: unknown;
  stderr: unknown;
}

/** Does so for all ways in which Deno programs print. */
export function divertOutput(): void {
  const { stderr } = Deno;
  define(Deno, "stdout", () => stderr);
  define(Deno, "stdin", emptyInput);
  const { process } = globalThis as unknown as { process: Process };
  define(process, "stdout", () => process.stderr);
  define(process, "stdin", () => process.getBuiltinModule("node:stream").Readable.from([]));
  divertConsole(() => new (process.getBuiltinModule("node:console").Console)(process.stderr, process.stderr));
}

/** The usual methods are those for errors. The others need a console of their own, which takes milliseconds to load. */
function divertConsole(load: () => Console): void {
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
      const other = load();
      for (const each of ALL) console[each] = other[each].bind(other) as never;
      (console[method] as (...args: unknown[]) => void)(...args);
    };
  }
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

interface Process extends Streams {
  getBuiltinModule(name: "node:stream"): { readonly Readable: { from(chunks: readonly unknown[]): unknown } };
  getBuiltinModule(name: "node:console"): { readonly Console: new (stdout: unknown, stderr: unknown) => Console };
}

function define(holder: object, name: string, make: () => unknown): void {
  let value: unknown;
  Object.defineProperty(holder, name, { configurable: true, enumerable: true, get: () => value ??= make() });
}

function emptyInput(): Partial<typeof Deno.stdin> {
  return {
    read: () => Promise.resolve(null),
    readSync: () => null,
    readable: new ReadableStream({ start: (controller) => controller.close() }),
    close: () => {},
    isTerminal: () => false,
    setRaw: () => {},
  };
}
