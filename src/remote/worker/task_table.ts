/**
 * The tasks that a worker serves.
 *
 * @module
 */

import type { ResolvedTaskOptions } from "../../core/options.ts";
import { findTasks } from "../../tasks/registry.ts";
import type { TaskSpec } from "../../tasks/spec.ts";
import type { JobHead } from "../protocol/job_frame.ts";

/** Tasks by the names under which their modules define them. */
export class TaskTable {
  readonly #specs = new Map<string, TaskSpec>();
  /** Options of submissions that have another name or timeout, one object each. */
  readonly #variants = new Map<string, ResolvedTaskOptions>();

  /**
   * Imports modules and finds their tasks.
   *
   * @throws {TypeError} If two modules define a task of one name, or one defines none.
   */
  static async import(modules: readonly string[]): Promise<TaskTable> {
    const table = new TaskTable();
    for (const module of modules) {
      await import(module);
      const specs = findTasks(module);
      if (specs.length === 0) {
        throw new TypeError(`${module} defines no tasks: define them with task() at its top level`);
      }
      for (const spec of specs) table.#add(spec);
    }
    return table;
  }

  /** The task that a job is for, if it is served in that version. */
  find({ definedAs, version }: JobHead): TaskSpec | undefined {
    const spec = this.#specs.get(definedAs);
    return (spec?.options.version ?? "") === version ? spec : undefined;
  }

  /**
   * The options for a job. What a task may do, and how much memory it has, is what the module here says; its name and timeout
   * are those of the submission.
   */
  optionsFor({ options }: TaskSpec, { definedAs, name, timeout }: JobHead): ResolvedTaskOptions {
    if (name === options.name && timeout === (options.timeout ?? 0)) return options;
    const key = JSON.stringify([definedAs, name, timeout]);
    let variant = this.#variants.get(key);
    if (variant === undefined) {
      variant = Object.freeze({ ...options, name, timeout: timeout === 0 ? undefined : timeout });
      if (this.#variants.size >= MAX_VARIANTS) this.#variants.clear();
      this.#variants.set(key, variant);
    }
    return variant;
  }

  /** Its tasks, as `name` or `name@version`. */
  describe(): string[] {
    return [...this.#specs].map(([name, { options: { version } }]) =>
      version === undefined ? name : `${name}@${version}`
    );
  }

  #add(spec: TaskSpec): void {
    const { definedAs, options: { module } } = spec;
    const other = this.#specs.get(definedAs);
    if (other !== undefined && other.options.module !== module) {
      throw new TypeError(
        `${other.options.module} and ${module} both define a task "${definedAs}": give each a name of its own, or serve them ` +
          `under two names`,
      );
    }
    this.#specs.set(definedAs, spec);
  }
}

/** Jobs bring names and timeouts with them: they are not to fill the memory. */
const MAX_VARIANTS = 1_000;
