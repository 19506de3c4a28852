/**
 * The rules of the port `Checkpointer` as test cases for its implementations.
 *
 * @module
 */

import { callable, finiteNumber, refuseUnknown, wholeNumberFrom } from "../core/checks.ts";
import type { Checkpointer } from "../core/checkpointer.ts";
import { COPYING_RULES } from "./checkpointer_cases/copying_rules.ts";
import { DELETING_RULES } from "./checkpointer_cases/deleting_rules.ts";
import { FINDING_RULES } from "./checkpointer_cases/finding_rules.ts";
import { LIFETIME_RULES } from "./checkpointer_cases/lifetime_rules.ts";
import { SAVING_RULES } from "./checkpointer_cases/saving_rules.ts";
import { SEQUENCE_RULES } from "./checkpointer_cases/sequence_rules.ts";
import { CaseContext, type CaseSettings } from "./checkpointer_cases/case_context.ts";
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
   * Called with the name of each store of a case once the case has ended and the store is closed, to remove what is left of
   * it. Default: nothing is removed.
   */
  readonly remove?: ((store: string) => unknown) | undefined;
  /** How many records are saved at once, at most; default 5,000. Lower it for a store that is small. */
  readonly largestBatch?: number | undefined;
  /** How many characters the largest value has; default 5,000,000. Lower it for a store that is small. */
  readonly largestValue?: number | undefined;
  /** The seed of the random sequences of calls; default: another one each time. A failure reports it, to be repeated. */
  readonly seed?: number | undefined;
}

/**
 * The rules of {@linkcode Checkpointer} as test cases for an implementation, for any test framework.
 *
 * Cases call one method at a time, as a runner does, and close a store before they open it again. They cannot tell whether
 * records survive a loss of power, or what is left by a program that was killed.
 *
 * Ids have up to 1,000 characters. No id, name or module has a lone surrogate, which UTF-8 cannot encode; values do.
 *
 * @param open Opens the store of a name, which consists of lower-case letters, digits, `_` and `-`. Opened again after its
 * first checkpointer was disposed of, the store holds what was saved. Each run of a case uses names of its own.
 * @param options Limits for small stores, a seed, and how to remove stores; by default 5,000 records at once, values of
 * 5,000,000 characters, another seed each time, and no removal.
 * @returns The cases, each with a name and a function that runs it.
 * @throws {TypeError} If `open` is not a function, or an option is unknown or of a wrong kind.
 * @throws {RangeError} If an option is out of range.
 *
 * @example Test a checkpointer with Deno's test runner
 * ```ts ignore
 * import { FileCheckpointer } from "@workflowy/workflowy";
 * import { checkpointerCases } from "@workflowy/workflowy/testing";
 *
 * const folder = await Deno.makeTempDir();
 * for (const { name, run } of checkpointerCases((store) => new FileCheckpointer(`${folder}/${store}.jsonl`))) {
 *   Deno.test(name, run);
 * }
 * ```
 *
 * @example Run all cases by hand
 * ```ts
 * import { MemoryCheckpointer } from "@workflowy/workflowy";
 * import { checkpointerCases } from "@workflowy/workflowy/testing";
 *
 * const stores = new Map<string, MemoryCheckpointer>();
 * function open(store: string): MemoryCheckpointer {
 *   if (!stores.has(store)) stores.set(store, new MemoryCheckpointer());
 *   return stores.get(store)!;
 * }
 * for (const { run } of checkpointerCases(open, { remove: (store) => stores.delete(store) })) await run();
 * ```
 */
export function checkpointerCases(
  open: (store: string) => Checkpointer | Promise<Checkpointer>,
  options: CheckpointerCaseOptions = {},
): CheckpointerCase[] {
  callable(open, `open ${LABEL}`);
  const settings: CaseSettings = { open, ...resolve(options) };
  const rules = [
    SAVING_RULES,
    DELETING_RULES,
    FINDING_RULES,
    LIFETIME_RULES,
    COPYING_RULES,
    VALUE_RULES,
    SEQUENCE_RULES,
  ].flat();
  return rules.map((rule) => ({ name: rule.name, run: () => CaseContext.run(rule, settings) }));
}

const LABEL = "of checkpointerCases()";
const OPTIONS = ["remove", "largestBatch", "largestValue", "seed"];

function resolve(options: CheckpointerCaseOptions): Omit<CaseSettings, "open"> {
  refuseUnknown(options, OPTIONS, LABEL);
  const { remove = () => {}, largestBatch = 5_000, largestValue = 5_000_000, seed } = options;
  callable(remove, `remove ${LABEL}`);
  for (const [name, value] of Object.entries({ largestBatch, largestValue, seed: seed ?? 1 })) {
    wholeNumberFrom(name === "seed" ? 0 : 1)(finiteNumber(value, `${name} ${LABEL}`), `${name} ${LABEL}`);
  }
  return { remove, largestBatch, largestValue, seed };
}
