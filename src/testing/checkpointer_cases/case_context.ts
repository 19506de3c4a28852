/**
 * One run of a case for checkpointers.
 *
 * @module
 */

import { nodeModule } from "../../core/node_builtins.ts";
import { canonicalString } from "../../serialization/canonical.ts";
import type { Checkpointer, TaskRecord } from "../../core/checkpointer.ts";
import { describeError, describeValue } from "../../core/describe.ts";

/** A rule of the port, and how to find out whether a checkpointer follows it. */
export interface CheckpointerRule {
  /** The rule. */
  readonly name: string;
  /** Throws if it is broken. */
  readonly test: (context: CaseContext) => Promise<void>;
}

/** What all cases of one call of `checkpointerCases()` share. */
export interface CaseSettings {
  /** Opens the store of a name. */
  readonly open: (store: string) => Checkpointer | Promise<Checkpointer>;
  readonly remove: (store: string) => unknown;
  readonly largestBatch: number;
  readonly largestValue: number;
  readonly seed: number | undefined;
}

/** A rule is broken. The package has its own class, as it must not depend on a test framework. */
export class AssertionError extends Error {
  override name = "AssertionError";
}

/** A larger record is not written out in a message. */
const MAX_DIFFERENCE = 5_000;
/** A store that yields so many records more than there are will not stop. */
const MAX_SURPLUS = 1_000;
/** How many ids a message names. */
const MAX_NAMED = 3;

/** One run of a case: its stores, and how to look into them. */
export class CaseContext {
  readonly settings: CaseSettings;
  /** The beginning of the names of its stores, different for each run. */
  readonly #prefix: string;
  readonly #open = new Map<string, Checkpointer>();
  readonly #names = new Set<string>();

  private constructor(rule: string, settings: CaseSettings) {
    this.settings = settings;
    const slug = rule.replaceAll(/\W+/g, "-").slice(0, 40).replaceAll(/^-|-$/g, "").toLowerCase();
    this.#prefix = `${slug}-${crypto.randomUUID().slice(0, 8)}`;
  }

  /**
   * Tests whether a checkpointer follows a rule.
   *
   * @throws {AssertionError} If it does not.
   */
  static async run({ name, test }: CheckpointerRule, settings: CaseSettings): Promise<void> {
    const context = new CaseContext(name, settings);
    const errors: unknown[] = [];
    try {
      await test(context);
    } catch (error) {
      errors.push(error);
    }
    errors.push(...await context.#end());
    if (errors.length === 0) return;
    const what = errors.map((error) => error instanceof AssertionError ? error.message : describeError(error));
    const cause = errors.length === 1 ? errors[0] : new AggregateError(errors);
    throw new AssertionError(`This rule for checkpointers is broken: ${name}\n${what.join("\n")}`, { cause });
  }

  /** Opens a store of this case; if it is open, it is closed first: two never have the same one. */
  async open(name = ""): Promise<Checkpointer> {
    await this.close(name);
    const store = this.#prefix + name;
    this.#names.add(store);
    const checkpointer = await this.settings.open(store);
    this.#open.set(name, checkpointer);
    return checkpointer;
  }

  /** Closes a store, if it is open. */
  async close(name = ""): Promise<void> {
    const checkpointer = this.#open.get(name);
    this.#open.delete(name);
    await checkpointer?.[Symbol.asyncDispose]();
  }

  /** All records of a store, by their ids. */
  async load(store: Checkpointer, atMost = MAX_SURPLUS): Promise<Map<string, TaskRecord>> {
    const found = new Map<string, TaskRecord>();
    for await (const record of store.load()) {
      if (found.has(record.id)) this.fail(`load() yields ${describeValue(record.id)} twice`);
      found.set(record.id, record);
      if (found.size > atMost) this.fail(`load() yields more than ${atMost} records`);
    }
    return found;
  }

  /** Makes sure that a store holds these records and no others. `when` says what happened before. */
  async expect(store: Checkpointer, records: Iterable<TaskRecord>, when: string): Promise<Map<string, TaskRecord>> {
    const expected = [...records];
    const found = await this.load(store, expected.length + MAX_SURPLUS);
    const missing = expected.filter(({ id }) => !found.has(id));
    if (missing.length > 0) this.fail(`${when}, load() must yield ${nameOf(missing)}, but does not`);
    const ids = new Set(expected.map(({ id }) => id));
    const surplus = [...found.values()].filter(({ id }) => !ids.has(id));
    if (surplus.length > 0) this.fail(`${when}, load() must not yield ${nameOf(surplus)}, but does`);
    for (const record of expected) this.equal(found.get(record.id), record, `${when}, the loaded record`);
    return found;
  }

  /** Makes sure that two values are equal, down to `-0`, holes, and what is `undefined` and not missing. */
  equal(actual: unknown, expected: unknown, what: string): void {
    if (canonicalString(actual) === canonicalString(expected) && isDeepStrictEqual(actual, expected)) return;
    const { path, found, wanted } = firstDifference(actual, expected);
    this.fail(`${what} is not as expected: ${path} is ${inspect(found)}, not ${inspect(wanted)}`);
  }

  /** Fails the case. */
  fail(message: string): never {
    throw new AssertionError(message);
  }

  async #end(): Promise<unknown[]> {
    const errors: unknown[] = [];
    for (const name of [...this.#open.keys()]) {
      try {
        await this.close(name);
      } catch (error) {
        errors.push(error);
      }
    }
    for (const store of this.#names) {
      try {
        await this.settings.remove(store);
      } catch (error) {
        errors.push(error);
      }
    }
    return errors;
  }
}

/** Whether two values with the same canonical string are equal in all else, such as the order of entries. */
function isDeepStrictEqual(actual: unknown, expected: unknown): boolean {
  const { isDeepStrictEqual: isEqual } = nodeModule("node:util");
  try {
    // What it takes for different from its own copy, it cannot compare: before Deno 2.7, Dates that are none.
    return isEqual(actual, expected) || !isEqual(structuredClone(expected), expected);
  } catch (error) {
    // Node's comparison takes more stack than there is for values with very many levels.
    if (error instanceof RangeError) return true;
    throw error;
  }
}

interface Difference {
  readonly path: string;
  readonly found: unknown;
  readonly wanted: unknown;
}

/** Where two values that differ do so first. */
function firstDifference(found: unknown, wanted: unknown, path = "it"): Difference {
  if (isPlain(found) && isPlain(wanted)) {
    for (const key of new Set([...Object.keys(wanted), ...Object.keys(found)])) {
      const [left, right] = [found[key], wanted[key]];
      if (canonicalString(left) !== canonicalString(right)) {
        return firstDifference(left, right, `${path}[${inspect(key)}]`);
      }
    }
  }
  return { path, found, wanted };
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
}

/** A value as code, cut to a readable length. */
function inspect(value: unknown): string {
  const text = Deno.inspect(value, { depth: 4, iterableLimit: 10, strAbbreviateSize: 100 });
  const length = typeof value === "string" && value.length > 100 ? ` (${value.length} characters)` : "";
  return `${text.length <= MAX_DIFFERENCE ? text : `${text.slice(0, MAX_DIFFERENCE)}…`}${length}`;
}

function nameOf(records: readonly TaskRecord[]): string {
  const names = records.slice(0, MAX_NAMED).map(({ id }) => describeValue(id)).join(", ");
  return records.length <= MAX_NAMED ? names : `${names} and ${records.length - MAX_NAMED} more`;
}
