/**
 * The ids by which a later run finds a task again.
 *
 * An id is made of the task's module, name and version, its arguments and dependencies, and of the id of the task whose
 * body submits it: its scope. Equal submissions within one scope are counted, by each attempt from the start, so that
 * an id depends on what a body does and not on what happens beside it.
 *
 * @module
 */

import { CheckpointError } from "../core/errors.ts";
import { listLinks } from "../core/graph.ts";
import { nodeModule } from "../core/node_builtins.ts";
import type { Attempt } from "../engine/attempt.ts";
import type { Submission } from "../engine/durability.ts";
import { canonicalString } from "../serialization/canonical.ts";
import { isTooLong, keepElsewhere, TOO_LARGE } from "../serialization/string_limit.ts";
import { recordedModule } from "../tasks/recorded_module.ts";
import type { TaskSpec } from "../tasks/spec.ts";
import type { RecordedInputs } from "./task_state.ts";

/** Hexadecimal digits of a digest: 80 bits, enough that no two of 10^9 tasks share one. */
const DIGEST_LENGTH = 20;

/** What stands for the scope of what no body submits. */
const NO_SCOPE = canonicalString(undefined);

/** How many equal submissions there were, by their id without number. */
type Counts = Map<string, number>;

/** Gives ids to submissions. */
export class Identities {
  readonly #counts: Counts = new Map();
  readonly #countsOfAttempts = new WeakMap<Attempt, Counts>();
  readonly #taskStrings = new WeakMap<TaskSpec, string>();
  readonly #runId = crypto.randomUUID().replaceAll("-", "").slice(0, DIGEST_LENGTH);
  #newWork = 0;

  /** The id of new work at the top level, which equals that of no record. */
  idOfNewWork({ spec: { options: { name } } }: Submission): string {
    return `${name}#${this.#runId}-${++this.#newWork}`;
  }

  /** The id of a submission, the same in each run. */
  idOf(
    { spec, dependencies, attempt, dedupKey }: Submission,
    { args, refs }: RecordedInputs,
  ): string {
    const digest = digestOf(spec, () => {
      const handles = refs.length === 0 ? "[]" : canonicalString(refs.map(({ at, id }) => [at, id]));
      const needed = dependencies === undefined
        ? "[]"
        : canonicalString(listLinks(dependencies).map(({ id }) => id).sort());
      const scope = attempt === undefined ? NO_SCOPE : canonicalString(scopeOf(attempt));
      const parts = `${this.#taskStringOf(spec)},${canonicalString(args)},${handles},${needed},${scope}`;
      // What is shared by a key is other work than what is not, although it may be equal.
      return dedupKey === undefined ? parts : `${parts},${canonicalString(dedupKey)}`;
    });
    const { name, version } = spec.options;
    const id = `${name}${version === undefined ? "" : `@${version}`}#${digest}`;
    const counts = this.#countsFor(attempt);
    const count = (counts.get(id) ?? 0) + 1;
    counts.set(id, count);
    return count === 1 ? id : `${id}~${count}`;
  }

  /** What the digests of all submissions of a task begin with. */
  #taskStringOf(spec: TaskSpec): string {
    const known = this.#taskStrings.get(spec);
    if (known !== undefined) return known;
    const { name, version, module } = spec.options;
    const where = module === undefined ? undefined : recordedModule(module);
    const string = [where, name, version].map(canonicalString).join();
    this.#taskStrings.set(spec, string);
    return string;
  }

  #countsFor(attempt: Attempt | undefined): Counts {
    if (attempt === undefined) return this.#counts;
    let counts = this.#countsOfAttempts.get(attempt);
    if (counts === undefined) this.#countsOfAttempts.set(attempt, counts = new Map());
    return counts;
  }
}

/** The number of an id among those of equal submissions. */
const NUMBER = /~\d+$/;

/** Whether an id is that of a second or later equal submission. */
export function hasNumber(id: string): boolean {
  return NUMBER.test(id);
}

/** The id that the first one of equal submissions has. */
export function withoutNumber(id: string): string {
  return id.replace(NUMBER, "");
}

/** What a body submits after its attempt was aborted, to clean up, is not what the next attempt submits. */
function scopeOf(attempt: Attempt): string {
  return attempt.phase === "aborted" ? `${attempt.id} after attempt ${attempt.number}` : attempt.id;
}

/** @throws {CheckpointError} If the arguments are larger than can be stored, too. */
function digestOf({ options: { name } }: TaskSpec, write: () => string): string {
  try {
    return nodeModule("node:crypto").hash("sha256", `[${write()}]`, "hex").slice(0, DIGEST_LENGTH);
  } catch (cause) {
    if (!isTooLong(cause)) throw cause;
    throw new CheckpointError(
      `Cannot submit "${name}", as its arguments would have ${TOO_LARGE}; ${keepElsewhere("pass")}`,
      { task: name, cause, reason: "unsavable" },
    );
  }
}
