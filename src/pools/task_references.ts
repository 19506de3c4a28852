/**
 * The numbers by which the workers of a pool know tasks.
 *
 * @module
 */

import type { Job } from "../core/pool.ts";
import { TO } from "./protocol/messages.ts";
import type { TaskReference } from "./session_owner.ts";

/** Numbers each task once: as many as the program defines, however many names and options they are given. */
export class TaskReferences {
  readonly #byTask = new Map<string, TaskReference>();
  readonly #byOptions = new WeakMap<object, TaskReference>();

  /** The number of a job's task. */
  of(job: Job): TaskReference {
    const { options, definedAs } = job;
    const known = this.#byOptions.get(options);
    if (known !== undefined) return known;
    const module = options.module!;
    const wantsStart = job.wantsStart === true;
    const key = JSON.stringify([module, definedAs, wantsStart]);
    let reference = this.#byTask.get(key);
    if (reference === undefined) {
      const ref = this.#byTask.size + 1;
      reference = {
        ref,
        define: wantsStart ? [TO.define, ref, module, definedAs, true] : [TO.define, ref, module, definedAs],
      };
      this.#byTask.set(key, reference);
    }
    this.#byOptions.set(options, reference);
    return reference;
  }
}
