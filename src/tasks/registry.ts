/**
 * Tasks by module and name, so that a worker that imported a module finds in it the task it was asked to run.
 *
 * `task()` and `new` on a `TaskBase` put tasks here; they stay for the life of the program, as tasks belong at the
 * top level of a module. Functions handed straight to `runner.submit()` do not come here.
 *
 * @module
 */

import { type CallSite, describeCallSite } from "./call_site.ts";
import type { TaskSpec } from "./spec.ts";

/** A task, with its place in the order in which tasks came. */
interface Entry {
  readonly spec: TaskSpec;
  readonly order: number;
}

/** A task of the class form, whose name is set only after it came. */
interface Unnamed {
  readonly spec: () => TaskSpec;
  readonly order: number;
}

const tasks = new Map<string, Entry>();

/** By module, then by the place of the `new`, so that a loop that makes instances leaves one. */
const unnamed = new Map<string, Map<string, Unnamed>>();

let count = 0;

/** Adds a task under its module and name; of two with the same, the later one counts. */
export function registerTask(module: string, spec: TaskSpec): void {
  tasks.set(keyOf(module, spec.options.name), { spec, order: count++ });
}

/** Adds a task whose name is not known yet; `spec` is asked for it when somebody looks for a task of the module. */
export function registerWhenNamed(site: CallSite, spec: () => TaskSpec): void {
  let ofModule = unnamed.get(site.module);
  if (ofModule === undefined) unnamed.set(site.module, ofModule = new Map());
  ofModule.set(describeCallSite(site), { spec, order: count++ });
}

/**
 * The task that the module at that URL defines under that name, if the module was imported and does.
 *
 * @throws What the options of a task of the class form throw, if the task may be that one.
 */
export function findTask(module: string, name: string): TaskSpec | undefined {
  const faults = nameThoseOf(module);
  const found = tasks.get(keyOf(module, name))?.spec;
  if (found === undefined && faults.length > 0) throw faults[0];
  return found;
}

/** Puts the tasks of a module under their names; those that cannot be made stay, and their errors are returned. */
function nameThoseOf(module: string): unknown[] {
  const ofModule = unnamed.get(module);
  const faults: unknown[] = [];
  for (const [place, { spec: make, order }] of ofModule ?? []) {
    try {
      const spec = make();
      const key = keyOf(module, spec.options.name);
      if ((tasks.get(key)?.order ?? -1) < order) tasks.set(key, { spec, order });
      ofModule?.delete(place);
    } catch (fault) {
      faults.push(fault);
    }
  }
  return faults;
}

function keyOf(module: string, name: string): string {
  return `${module}#${name}`;
}
