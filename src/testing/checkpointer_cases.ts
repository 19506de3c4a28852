/**
 * The rules of the port `Checkpointer` as test cases, for every implementation.
 *
 * @module
 */

import { callable, finiteNumber, refuseUnknown, wholeNumberFrom } from "../core/checks.ts";
import type { Checkpointer } from "../core/checkpointer.ts";
import { COPYING_RULES } from "./checkpointer_cases/copying_rules.ts";
import { DELETING_RULES } from "./checkpointer_cases/deleting_rules.ts";
import { LIFETIME_RULES } from "./checkpointer_cases/lifetime_rules.ts";
import { SAVING_RULES } from "./checkpointer_cases/saving_rules.ts";
import { SEQUENCE_RULES } from "./checkpointer_cases/sequence_rules.ts";
import { Trial, type TrialSettings } from "./checkpointer_cases/trial.ts";
import { VALUE_RULES } from "./checkpointer_cases/value_rules.ts";

/** A rule of {@linkcode Checkpointer} as a test. */
export interface CheckpointerCase {
  /** The rule, such as `save() replaces whole records: nothing of the old one is left`. */
  readonly name: string;
  /**
   * Tests it, on stores of its own, which it closes.
   *
   * @throws {AssertionError} If the rule is broken; the message says which one and how.
   */
  run(): Promise<void>;
}

/** Options of {@linkcode checkpointerCases}. */
export interface CheckpointerCaseOptions {
  /**
   * Called with the name of each store of a case when that is over and the store closed, to remove it, or what is left of
   * it; default: nothing is done.
   */
  readonly remove?: ((store: string) => unknown) | undefined;
  /** How many records are saved at once, at most; default 5,000. For stores that are small. */
  readonly largestBatch?: number | undefined;
  /** How many characters the largest value has; default 5,000,000. For stores that are small. */
  readonly largestValue?: number | undefined;
  /** Where the random sequences of calls begin; default: elsewhere each time. A failure says it, to be repeated. */
  readonly seed?: number | undefined;
}

/**
 * The rules of {@linkcode Checkpointer} as test cases, which a new implementation is to pass, whatever the test framework.
 *
 * Cases call one method at a time, as a runner does, and close a store before they open it again. They cannot tell whether
 * records survive a loss of power, or what a program finds that was killed.
 *
 * Ids have up to 1,000 characters. No id, name or module has a lone surrogate, which UTF-8 cannot express; values do.
 *
 * @param open Opens the store of a name, which consists of lower-case letters, digits, `_` and `-`. Opened again once the
 * first checkpointer was disposed, it holds what was saved; each run of a case uses names of its own.
 * @throws {TypeError} If `open` is no function, or an option is unknown or of a wrong kind.
 * @throws {RangeError} If an option is out of range.
 *
 * @example
 * ```ts ignore
 * import { checkpointerCases, FileCheckpointer } from "@workflowy/workflowy";
 *
 * const folder = await Deno.makeTempDir();
 * for (const { name, run } of checkpointerCases((store) => new FileCheckpointer(`${folder}/${store}.jsonl`))) {
 *   Deno.test(name, run);
 * }
 * ```
 *
 * @example
 * ```ts
 * import { checkpointerCases, MemoryCheckpointer } from "@workflowy/workflowy";
 *
 * const stores = new Map<string, MemoryCheckpointer>();
 * const open = (store: string) => stores.getOrInsertComputed(store, () => new MemoryCheckpointer());
 * for (const { run } of checkpointerCases(open, { remove: (store) => stores.delete(store) })) await run();
 * ```
 */
export function checkpointerCases(
  open: (store: string) => Checkpointer | Promise<Checkpointer>,
  options: CheckpointerCaseOptions = {},
): CheckpointerCase[] {
  callable(open, `open ${OF}`);
  const settings: TrialSettings = { open, ...resolve(options) };
  const rules = [SAVING_RULES, DELETING_RULES, LIFETIME_RULES, COPYING_RULES, VALUE_RULES, SEQUENCE_RULES].flat();
  return rules.map((rule) => ({ name: rule.name, run: () => Trial.run(rule, settings) }));
}

const OF = "of checkpointerCases()";
const OPTIONS = ["remove", "largestBatch", "largestValue", "seed"];

function resolve(options: CheckpointerCaseOptions): Omit<TrialSettings, "open"> {
  refuseUnknown(options, OPTIONS, OF);
  const { remove = () => {}, largestBatch = 5_000, largestValue = 5_000_000, seed } = options;
  callable(remove, `remove ${OF}`);
  for (const [name, value] of Object.entries({ largestBatch, largestValue, seed: seed ?? 1 })) {
    wholeNumberFrom(name === "seed" ? 0 : 1)(finiteNumber(value, `${name} ${OF}`), `${name} ${OF}`);
  }
  return { remove, largestBatch, largestValue, seed };
}
