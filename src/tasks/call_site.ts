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

const PLACE = /^([a-z][a-z\d+.-]*:.*):(\d+):(\d+)$/i;

/**
 * The place from which `callee`, a function further up the stack, was called; calls from constructors are passed over,
 * so that for a class the place of its `new` counts and not a subclass's `super()`. `undefined` where the engine gives
 * no place, as in a REPL.
 */
// deno-lint-ignore ban-types -- what Error.captureStackTrace takes
export function callSiteOf(callee: Function): CallSite | undefined {
  const holder: { stack?: string } = {};
  Error.captureStackTrace(holder, callee);
  const frames = holder.stack?.split("\n").slice(1) ?? [];
  const frame = frames.find((line) => !/^\s*at new /.test(line));
  if (frame === undefined) return undefined;
  // "at name (url:1:2)" or "at url:1:2"; a URL has no spaces, but may have parentheses.
  const text = frame.slice(frame.lastIndexOf(" ") + 1);
  const place = PLACE.exec(text.startsWith("(") ? text.slice(1, -1) : text);
  if (place === null) return undefined;
  return { module: place[1]!, line: Number(place[2]), column: Number(place[3]) };
}

/** A place as a name for people: `pipeline.ts:12:20`. */
export function describeCallSite({ module, line, column }: CallSite): string {
  return `${module.slice(module.lastIndexOf("/") + 1)}:${line}:${column}`;
}
