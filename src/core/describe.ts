/**
 * Values and errors, shortened for a sentence.
 *
 * @module
 */

/** The longest description, in characters. */
const MAX_LENGTH = 300;

/**
 * What a body threw or a caller gave as a reason: the value itself, or an error in place of a value that throws as soon as
 * one looks at its prototype, as revoked proxies do. So nothing else has to expect that of it.
 */
export function inspectable(thrown: unknown): unknown {
  try {
    void (thrown instanceof Error);
    return thrown;
  } catch (cause) {
    return new TypeError("a value was thrown that cannot be inspected, such as a revoked proxy", { cause });
  }
}

/** What was thrown, as a sentence would quote it: `TypeError: no such row`, or the value itself. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return `a thrown ${describeValue(error).replace(/^an? /, "")}`;
  return shorten(nameAndMessage(error).replace(/\.$/, ""));
}

/** What was thrown, as a sentence would quote it that says what kind of error it is: the message alone. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : describeError(error);
}

/** A property of a user's error, or what says that its getter has thrown: that must not hide what else is known. */
export function propertyOf(error: Error, key: string): unknown {
  try {
    return Reflect.get(error, key);
  } catch {
    return `(reading the error's ${key} threw)`;
  }
}

/** The getters of a user's error may throw. That must not hide the error that is being described. */
function nameAndMessage(error: Error): string {
  try {
    return `${error.name}: ${error.message}`;
  } catch {
    return "an error that throws when asked for its name or message";
  }
}

/** A value as it would stand in a program, cut to a readable length. */
export function describeValue(value: unknown): string {
  if (typeof value === "string") return shorten(JSON.stringify(value));
  if (typeof value === "function") return value.name === "" ? "a function" : `function ${value.name}`;
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (isPlain(value)) return "an object";
  const name = classNameOf(value)!;
  return `${/^[AEIO]/.test(name) ? "an" : "a"} ${name}`;
}

/** Whether an object is of no class of its own. */
export function isPlain(value: object): boolean {
  const name = classNameOf(value);
  return name === undefined || name === "Object";
}

/** The getters of a user's class may throw. */
function classNameOf(value: object): string | undefined {
  try {
    const name: unknown = Object.getPrototypeOf(value)?.constructor?.name;
    return typeof name === "string" ? name : undefined;
  } catch {
    return undefined;
  }
}

function shorten(description: string): string {
  return description.length <= MAX_LENGTH ? description : `${description.slice(0, MAX_LENGTH - 1)}…`;
}

/** How many items of a list a message names. */
const MAX_NAMED = 8;

/** Joins a list for a message; the middle of a long one is left out. */
export function joinShortened(items: readonly string[], separator: string): string {
  if (items.length <= MAX_NAMED) return items.join(separator);
  const half = MAX_NAMED / 2;
  const left = `… ${items.length - MAX_NAMED} more …`;
  return [...items.slice(0, half), left, ...items.slice(-half)].join(separator);
}
