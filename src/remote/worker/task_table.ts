/**
 * The tasks that a worker serves.
 *
 * @module
 */

import type { ResolvedTaskOptions } from "../../core/options.ts";
import { findTasks } from "../../tasks/registry.ts";
import type { TaskSpec } from "../../tasks/spec.ts";
import type { JobHead } from "../protocol/job_frame.ts";
import { narrower, smaller } from "./narrowing.ts";

/** Tasks by the names under which their modules define them. */
export class TaskTable {
  readonly #specs = new Map<string, TaskSpec>();
  /** Options of submissions that differ from those of the module, one object each. */
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
   * The options for a job. What a task may do, and how much memory it has, is never more than what the module here says; its
   * name and timeout are those of the submission.
   */
  optionsFor({ options }: TaskSpec, job: JobHead): ResolvedTaskOptions {
    const { definedAs, name, timeout } = job;
    const isOther = name !== options.name || timeout !== (options.timeout ?? 0) || job.permissions !== undefined ||
      job.memoryLimitMb !== undefined;
    if (!isOther) return options;
    const key = JSON.stringify([definedAs, name, timeout, job.permissions, job.memoryLimitMb]);
    let variant = this.#variants.get(key);
    if (variant === undefined) {
      const permissions = narrower(options.permissions, job.permissions);
      const memoryLimitMb = smaller(options.memoryLimitMb, job.memoryLimitMb);
      const given = { name, timeout: timeout === 0 ? undefined : timeout, permissions, memoryLimitMb };
      variant = Object.freeze({ ...options, ...given });
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

/** Jobs bring names, timeouts and permissions with them: they are not to fill the memory. */
const MAX_VARIANTS = 1_000;
