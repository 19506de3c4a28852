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

/** What V8 tells of a frame of the stack. */
interface Frame {
  /** The URL as it was imported; the text of a stack shows it decoded. */
  getScriptNameOrSourceURL(): string | null;
  getLineNumber(): number | null;
  getColumnNumber(): number | null;
  isConstructor(): boolean;
}

/**
 * The place from which `callee`, a function further up the stack, was called. `undefined` where the engine gives no
 * place, as in a REPL.
 */
// deno-lint-ignore ban-types -- what Error.captureStackTrace takes
export function callSiteOf(callee: Function): CallSite | undefined {
  return placeOf(framesAbove(callee)[0]);
}

/** The place of the `new` that led to a constructor: the calls of it by those of subclasses are passed over. */
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
    return Array.isArray(holder.stack) ? holder.stack : []; // made when it is read
  } finally {
    v8.prepareStackTrace = prepare;
  }
}

/** A place as a name for people: `pipeline.ts:12:20`. */
export function describeCallSite({ module, line, column }: CallSite): string {
  return `${module.slice(module.lastIndexOf("/") + 1)}:${line}:${column}`;
}
