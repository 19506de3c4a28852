/**
 * Which tasks a kind of workers can run, and which of its workers can run one.
 *
 * @module
 */

import type { JobTask } from "../core/pool.ts";
import { checkCloneable } from "../serialization/cloneable.ts";
import { levelOfPrimitive, NO_LEVEL } from "../serialization/encoding.ts";
import { transferablesOf } from "../tasks/transfer.ts";
import type { WorkerKind } from "./channel.ts";
import { RightsWatch } from "./rights_watch.ts";

/** The groups of the tasks of one pool. */
export class TaskGroups {
  readonly #kind: WorkerKind;
  /** By the tasks' options; they depend on what this program may do. */
  #groups = new WeakMap<object, string>();
  readonly #rights = new RightsWatch();

  constructor(kind: WorkerKind) {
    this.#kind = kind;
  }

  /** Which workers can run a task. */
  of(task: JobTask): string {
    if (this.#rights.mayHaveChanged()) this.#groups = new WeakMap();
    const known = this.#groups.get(task.options);
    if (known !== undefined) return known;
    const group = this.#kind.groupOf(task);
    this.#groups.set(task.options, group);
    return group;
  }

  /**
   * Checks a task that is being submitted.
   *
   * @throws {TypeError} If no worker can run it, or its arguments cannot be sent to one.
   * @throws {Deno.errors.NotCapable} If the program does not hold what the task asks for.
   */
  check(task: JobTask, args: readonly unknown[]): void {
    this.#kind.requireRights?.(task);
    this.of(task);
    // As nearly always. To look for what may be hidden in the list, which is the engine's own, takes as long as the rest.
    if (args.every((arg) => levelOfPrimitive(arg) !== NO_LEVEL)) return;
    try {
      const moved = transferablesOf(args);
      checkCloneable(args, "args", moved.length === 0 ? undefined : new Set<object>(moved), this.#kind.memory);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      throw new TypeError(`Cannot submit "${task.name}" to run ${this.#kind.where}: ${error.message}`, {
        cause: error,
      });
    }
  }
}
