/**
 * Where in the source a function was called.
 *
 * @module
 */

/** A place in a module. */
export interface CallSite {
  /** URL of the module. */
  readonly module: string;
  readonly line: number;
  readonly column: number;
}

/** What V8 knows about a frame of the stack. */
interface Frame {
  /** The URL as it was imported. The `stack` of an error shows it decoded. */
  getScriptNameOrSourceURL(): string | null;
  getLineNumber(): number | null;
  getColumnNumber(): number | null;
  isConstructor(): boolean;
}

/**
 * The place where `callee`, a function further up the stack, was called. `undefined` if V8 knows none, as in a REPL.
 */
// deno-lint-ignore ban-types -- what Error.captureStackTrace takes
export function callSiteOf(callee: Function): CallSite | undefined {
  return placeOf(framesAbove(callee)[0]);
}

/** The place of the `new` that called a constructor. Calls by constructors of subclasses are skipped. */
// deno-lint-ignore ban-types -- what Error.captureStackTrace takes
export function newSiteOf(constructor: Function): CallSite | undefined {
  return placeOf(framesAbove(constructor).find((frame) => !frame.isConstructor()));
}

function placeOf(frame: Frame | undefined): CallSite | undefined {
  const module = frame?.getScriptNameOrSourceURL();
  if (frame === undefined || !module || !URL.canParse(module)) return undefined;
  return { module, line: frame.getLineNumber() ?? 0, column: frame.getColumnNumber() ?? 0 };
}

// deno-lint-ignore ban-types -- what Error.captureStackTrace takes
function framesAbove(callee: Function): readonly Frame[] {
  const v8 = Error as unknown as { prepareStackTrace: unknown };
  const holder: { stack?: unknown } = {};
  const prepare = v8.prepareStackTrace;
  v8.prepareStackTrace = (_error: unknown, frames: readonly Frame[]) => frames;
  try {
    Error.captureStackTrace(holder, callee);
    return Array.isArray(holder.stack) ? holder.stack : []; // created when it is read
  } finally {
    v8.prepareStackTrace = prepare;
  }
}

/** A place as a name for people: `pipeline.ts:12:20`. */
export function describeCallSite({ module, line, column }: CallSite): string {
  return `${module.slice(module.lastIndexOf("/") + 1)}:${line}:${column}`;
}
