/**
 * Tasks by module and name, so that a worker that imported a module finds in it the task it was asked to run.
 *
 * `task()` and `new` on a `TaskBase` put tasks here; they stay for the life of the program, as tasks belong at the
 * top level of a module. Functions handed straight to `runner.submit()` do not come here.
 *
 * @module
 */

import type { TaskSpec } from "./spec.ts";

const tasks = new Map<string, TaskSpec>();

/** Tasks of the class form by module, whose names are set only after they came here. */
const unnamed = new Map<string, (() => TaskSpec)[]>();

/** Adds a task under its module and name; of two with the same, the later one counts. */
export function registerTask(spec: TaskSpec, module: string): void {
  tasks.set(keyOf(module, spec.options.name), spec);
}

/** Adds a task whose name is not known yet; `spec` is asked for it when somebody looks for a task of the module. */
export function registerWhenNamed(module: string, spec: () => TaskSpec): void {
  const waiting = unnamed.get(module);
  if (waiting === undefined) unnamed.set(module, [spec]);
  else waiting.push(spec);
}

/** The task that the module at that URL defines under that name, if the module was imported and does. */
export function findTask(module: string, name: string): TaskSpec | undefined {
  for (const spec of unnamed.get(module) ?? []) registerTask(spec(), module);
  unnamed.delete(module);
  return tasks.get(keyOf(module, name));
}

function keyOf(module: string, name: string): string {
  return `${module}#${name}`;
}
