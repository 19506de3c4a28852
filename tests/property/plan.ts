/**
 * Random workflows as plain data, and how to submit them.
 *
 * @module
 */

import fc from "fast-check";
import { type OnDepFailure, task, type TaskHandle, type TaskOptions, type TaskRunner } from "../../mod.ts";
import type { Monitor, Work } from "./monitor.ts";
import { turn } from "../support.ts";

/** How a handle comes to be a dependency. */
export type Via = "dependsOn" | "argument" | "array" | "object" | "after";

/** A task that a body submits and waits for. */
export interface PlannedChild {
  readonly fails: boolean;
  readonly isAsync: boolean;
  readonly children: readonly PlannedChild[];
}

/** One task of a plan; it may depend on those of a lower index. */
export interface PlannedTask {
  readonly edges: readonly { readonly back: number; readonly via: Via }[];
  /** How many of the first attempts fail. */
  readonly failures: number;
  readonly throwsError: boolean;
  readonly retries: number;
  readonly backoff: "none" | "linear";
  readonly policy: OnDepFailure;
  readonly priority: number;
  readonly isAsync: boolean;
  /** How often an async body lets others go first: microtasks for odd ones, turns of the event loop for even ones. */
  readonly hops: number;
  /** The index of a named pool; that of none is the default pool. */
  readonly pool: number;
  readonly children: readonly PlannedChild[];
  readonly awaitsAllAtOnce: boolean;
  /** Tasks are submitted in ascending order of this. */
  readonly place: number;
}

export interface Plan {
  readonly tasks: readonly PlannedTask[];
  readonly maxWorkers: number;
  readonly pools: readonly number[];
}

/** Children down to a depth. */
function childOf(depth: number): fc.Arbitrary<PlannedChild> {
  return fc.record({
    fails: sometimes(),
    isAsync: fc.boolean(),
    children: depth === 0 ? fc.constant([]) : fc.array(childOf(depth - 1), { maxLength: 2 }),
  });
}

const child = childOf(2);

function sometimes(): fc.Arbitrary<boolean> {
  return fc.oneof({ arbitrary: fc.constant(false), weight: 4 }, { arbitrary: fc.constant(true), weight: 1 });
}

export const plannedTask: fc.Arbitrary<PlannedTask> = fc.record({
  edges: fc.array(
    fc.record({
      back: fc.nat(40),
      via: fc.constantFrom<Via[]>("dependsOn", "argument", "array", "object", "after"),
    }),
    { maxLength: 4 },
  ),
  failures: fc.oneof({ arbitrary: fc.constant(0), weight: 3 }, { arbitrary: fc.nat(4), weight: 1 }),
  throwsError: fc.oneof({ arbitrary: fc.constant(true), weight: 3 }, { arbitrary: fc.constant(false), weight: 1 }),
  retries: fc.nat(3),
  backoff: fc.constantFrom("none", "none", "linear"),
  policy: fc.constantFrom<OnDepFailure[]>("fail", "skip", "run-anyway"),
  priority: fc.integer({ min: -2, max: 2 }),
  isAsync: fc.boolean(),
  hops: fc.nat(4),
  pool: fc.nat(3),
  children: fc.oneof({ arbitrary: fc.constant([]), weight: 4 }, {
    arbitrary: fc.array(child, { maxLength: 3 }),
    weight: 1,
  }),
  awaitsAllAtOnce: fc.boolean(),
  place: fc.oneof(fc.constant(0), fc.nat(100)),
});

export const plan: fc.Arbitrary<Plan> = fc.record({
  tasks: fc.array(plannedTask, { maxLength: 40, size: "max" }),
  maxWorkers: fc.integer({ min: 1, max: 4 }),
  pools: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 }),
});

/** A dependency of a task, by index. */
export interface Edge {
  readonly on: number;
  readonly via: Via;
}

/** The edges of a task; what is submitted later than the task itself can only come by `after()`. */
export function edgesOf({ tasks }: Plan, index: number): Edge[] {
  const mine = tasks[index]!;
  if (index === 0) return [];
  return mine.edges.map(({ back, via }) => {
    const on = index - 1 - (back % index);
    const isThere = tasks[on]!.place <= mine.place;
    return { on, via: isThere ? via : "after" };
  });
}

/** Indices in the order of submission. */
export function submissionOrder({ tasks }: Plan): number[] {
  return tasks.map((_, index) => index).sort((a, b) => tasks[a]!.place - tasks[b]!.place || a - b);
}

/** Names of pools and their slots, the default one included. */
export function slotsOf({ maxWorkers, pools }: Plan): Record<string, number> {
  return { async: maxWorkers, ...Object.fromEntries(pools.map((slots, index) => [`pool-${index}`, slots])) };
}

export function poolOf({ pools }: Plan, { pool }: PlannedTask): string {
  return pool < pools.length ? `pool-${pool}` : "async";
}

/** What a body does besides what the plan says, for the tests that interfere. */
export interface Interference {
  options(index: number): TaskOptions<unknown[]> & { readonly signal?: AbortSignal };
  during(index: number, attempt: number, work: Work): Promise<void> | undefined;
}

const NONE: Interference = { options: () => ({}), during: () => undefined };

/** Submits a plan; the handles come back by index. */
export function submitPlan(
  runner: TaskRunner,
  monitor: Monitor,
  the: Plan,
  interference: Interference = NONE,
): TaskHandle<number>[] {
  const handles: TaskHandle<number>[] = [];
  for (const index of submissionOrder(the)) {
    const it = the.tasks[index]!;
    const edges = edgesOf(the, index);
    const of = (via: Via) => edges.filter((edge) => edge.via === via).map(({ on }) => handles[on]!);
    const pool = poolOf(the, it);
    let attempts = 0;
    const finish = (args: readonly unknown[]): number => {
      if (attempts <= it.failures) throw it.throwsError ? new Error(`error of ${index}`) : `thrown by ${index}`;
      return index + 1 + sumOf(args);
    };
    const body = (...args: unknown[]): number | Promise<number> => {
      attempts++;
      const work = monitor.enter(pool, edges.map(({ on }) => handles[on]!));
      const needsTime = it.isAsync || it.children.length > 0;
      const more = interference.during(index, attempts, work);
      if (needsTime || more !== undefined) return slowly(work, args, more);
      try {
        return finish(args);
      } finally {
        work.leave();
      }
    };
    const slowly = async (work: Work, args: unknown[], more: Promise<void> | undefined): Promise<number> => {
      try {
        await more;
        for (let hop = 0; hop < it.hops; hop++) await (hop % 2 === 0 ? Promise.resolve() : turn());
        await awaitChildren(runner, monitor, it.children, work, it.awaitsAllAtOnce);
        return finish(args);
      } finally {
        work.leave();
      }
    };
    const base = task({
      name: `task-${index}`,
      ...(pool !== "async" && { pool }),
      retries: it.retries,
      backoff: it.backoff,
      backoffBase: 1,
      onDepFailure: it.policy,
      priority: it.priority,
    }, body);
    const object = Object.fromEntries(of("object").map((handle, at) => [`key-${at}`, handle]));
    handles[index] = base.with({ ...interference.options(index), dependsOn: of("dependsOn"), runner })
      .submit(...of("argument"), of("array"), object);
  }
  for (const index of submissionOrder(the)) {
    for (const { on, via } of edgesOf(the, index)) if (via === "after") handles[index]!.after(handles[on]!);
  }
  return handles;
}

/** Submits children and waits for them, whatever happens to them. */
async function awaitChildren(
  runner: TaskRunner,
  monitor: Monitor,
  children: readonly PlannedChild[],
  work: Work,
  atOnce: boolean,
): Promise<void> {
  const submit = (it: PlannedChild) =>
    runner.submit(function child(): number | Promise<number> {
      const own = monitor.enter("async", []);
      if (it.isAsync || it.children.length > 0) return later(it, own);
      own.leave();
      return result(it);
    });
  const later = async (it: PlannedChild, own: Work): Promise<number> => {
    try {
      await awaitChildren(runner, monitor, it.children, own, it.fails);
      return result(it);
    } finally {
      own.leave();
    }
  };
  const result = (it: PlannedChild): number => {
    if (it.fails) throw new Error("error of a child");
    return 1;
  };
  if (atOnce) {
    const handles = children.map(submit);
    if (handles.length > 0) await work.pause(() => Promise.all(handles.map((handle) => handle.getResult())));
  } else {
    for (const it of children) {
      const handle = submit(it);
      await work.pause(() => handle.exception());
    }
  }
}

/** Adds up numbers, also one level down; what is missing counts as -1000, so that it cannot pass for a value. */
export function sumOf(args: readonly unknown[]): number {
  let sum = 0;
  for (const arg of args) {
    if (Array.isArray(arg)) sum += sumOf(arg);
    else if (typeof arg === "object" && arg !== null) sum += sumOf(Object.values(arg));
    else sum += typeof arg === "number" ? arg : -1_000;
  }
  return sum;
}
