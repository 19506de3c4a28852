/**
 * Tasks by module and name. A worker that has imported a module finds the task here that it is to run.
 *
 * `task()` and `new` of a `TaskBase` register tasks, for the life of the program: tasks belong at the top level of a module.
 * Functions that are given to `runner.submit()` are not registered.
 *
 * @module
 */

import { globalSingleton } from "../core/global_singleton.ts";
import type { CallSite } from "./call_site.ts";
import { recordedModule } from "./recorded_module.ts";
import type { Definition, TaskSpec } from "./spec.ts";

/** A task, with its place in the order of registration. */
interface Entry {
  readonly spec: TaskSpec;
  readonly order: number;
  /** The function of that name that was submitted to a runner last, if any. */
  submitted?: Definition | undefined;
}

/** A task of the class form, whose name is set after its registration. */
interface Unnamed extends Pick<Entry, "order"> {
  readonly spec: () => TaskSpec;
}

/** What the options of a task throw. */
interface Fault {
  readonly error: unknown;
}

const tasks = globalSingleton("tasks", () => new Map<string, Entry>());

/** By the place of the `new`. */
const unnamed = globalSingleton("unnamed", () => new Map<string, Unnamed>());

const counter = globalSingleton("order", () => ({ count: 0 }));

/** Registers a task under its module and name. Of two with the same name, the later one counts. */
export function registerTask(spec: TaskSpec): void {
  enter({ spec, order: counter.count++ });
}

/** Registers a task whose name is not known yet. `spec` is called when a task is looked up. */
export function registerWhenNamed({ module, line, column }: CallSite, spec: () => TaskSpec): void {
  const place = `${module}:${line}:${column}`;
  const former = unnamed.get(place);
  unnamed.set(place, { spec, order: counter.count++ });
  // A loop that makes instances leaves one unnamed at a time. One whose options are wrong is dropped.
  if (former !== undefined) faultOf(former);
}

/**
 * The task that the module at that URL defines under that name; `undefined` if it does not, or was not imported.
 *
 * @throws What the options of a task of the class form throw, if the task may be that one.
 */
export function findTask(module: string, name: string): TaskSpec | undefined {
  return orThrow(registerNamed(), tasks.get(keyOf(module, name))?.spec);
}

/**
 * The tasks that the module at that URL defines.
 *
 * @throws What the options of a task of the class form throw, if it may be one of them.
 */
export function findTasks(module: string): TaskSpec[] {
  const faults = registerNamed();
  const found = [...tasks.values()].flatMap(({ spec }) => spec.options.module === module ? [spec] : []);
  if (faults[0] !== undefined) throw faults[0].error;
  return found;
}

/** Registers tasks of the class form whose names are known by now. Returns what the options of others throw. */
function registerNamed(): Fault[] {
  const faults: Fault[] = [];
  for (const [place, each] of unnamed) {
    const fault = faultOf(each);
    if (fault === undefined) unnamed.delete(place);
    else faults.push(fault);
  }
  return faults;
}

/** What was found; if nothing was, it may be a task whose options are wrong. */
function orThrow([fault]: readonly Fault[], found: TaskSpec | undefined): TaskSpec | undefined {
  if (found === undefined && fault !== undefined) throw fault.error;
  return found;
}

/**
 * Another function of the same module and name: one that was submitted to the same runner, or else the one that was
 * registered last.
 *
 * @param definition What was submitted just now.
 */
export function namesakeOf(module: string, name: string, definition: Definition): Definition | undefined {
  const entry = tasks.get(keyOf(module, name));
  if (entry === undefined) return undefined;
  const { submitted, spec: { definition: last } } = entry;
  entry.submitted = definition;
  const isOther = (each: Definition | undefined) => each !== undefined && each.fn !== definition.fn;
  if (isOther(submitted) && submitted?.submittedTo === definition.submittedTo) return submitted;
  return isOther(last) ? last : undefined;
}

/** Tasks by recorded module and name, as of the registration number `order`. */
let byRecordedModule: { readonly order: number; readonly specs: Map<string, TaskSpec> } | undefined;

/**
 * The task of a record: see {@linkcode recordedModule}.
 *
 * @throws What the options of a task of the class form throw, if the task may be that one.
 */
export function findRecordedTask(module: string, name: string): TaskSpec | undefined {
  const faults = registerNamed();
  const direct = tasks.get(keyOf(module, name))?.spec;
  if (direct !== undefined) return direct;
  if (byRecordedModule?.order !== counter.count) {
    const specs = new Map<string, TaskSpec>();
    for (const { spec } of tasks.values()) {
      if (spec.options.module !== undefined) {
        specs.set(keyOf(recordedModule(spec.options.module), spec.options.name), spec);
      }
    }
    byRecordedModule = { order: counter.count, specs };
  }
  return orThrow(faults, byRecordedModule.specs.get(keyOf(module, name)));
}

/** Registers a task of the class form under its name, or returns what its options throw. */
function faultOf({ spec, order }: Unnamed): Fault | undefined {
  try {
    enter({ spec: spec(), order });
    return undefined;
  } catch (error) {
    return { error };
  }
}

function enter(entry: Entry): void {
  const { module, name } = entry.spec.options;
  if (module === undefined) return; // in a REPL: no worker can import it
  const key = keyOf(module, name);
  const former = tasks.get(key);
  if (former === undefined || former.order < entry.order) tasks.set(key, { ...entry, submitted: former?.submitted });
}

/** A task by its module and name. */
export function keyOf(module: string, name: string): string {
  return `${module}#${name}`;
}
