/**
 * The program that the campaign kills: it continues a plan where the checkpoint says that it was.
 *
 * @module
 */

import {
  CheckpointError,
  currentTask,
  DependencyFailedError,
  type OnDepFailure,
  RetryExhaustedError,
  sleep as sleepOnRecord,
  task,
  type TaskHandle,
  TaskRunner,
  waitFor,
} from "../../../mod.ts";
import { writeDiary } from "../diary.ts";
import { fingerprint } from "../fingerprint.ts";
import { type Order, type Results, RESULTS_MARK, type StepResult } from "../order.ts";
import {
  type Assignment,
  type ChildStep,
  type Manner,
  MAX_ATTEMPTS,
  type Plan,
  planOf,
  signalOf,
  type Step,
} from "../plan.ts";
import { Random } from "../random.ts";
import { makeValue, PlannedError } from "../values.ts";
import { openFaulty } from "./faults.ts";
import { Saboteur } from "./saboteur.ts";
import { sleep } from "../../support.ts";

type Body = (
  assignment: Assignment,
  payload?: unknown,
  list?: readonly unknown[],
  record?: Readonly<Record<string, unknown>>,
  ...inputs: unknown[]
) => Promise<unknown>;

/** How long a step sleeps, in milliseconds: long enough to be killed meanwhile. */
const SLEEP_MS = 30;

const BACKENDS = ["async", "thread", "process"] as const;
const POLICIES: readonly OnDepFailure[] = ["fail", "skip", "run-anyway"];

/** A task for each manner; what resubmits orphans finds them by name. */
const TASKS = new Map(
  BACKENDS.flatMap((backend) =>
    POLICIES.map((onDepFailure) => {
      const name = nameOf({ backend, policy: onDepFailure });
      const options = { name, backend, onDepFailure, maxAttempts: MAX_ATTEMPTS, backoff: "none" } as const;
      return [name, task(options, work)] as const;
    })
  ),
);

function nameOf({ backend, policy }: Manner): string {
  return `${backend}-${policy}`;
}

function taskOf(manner: Manner) {
  return TASKS.get(nameOf(manner))!;
}

/** Returns a value that depends on all that it was given. */
async function work(...[assignment, ...inputs]: Parameters<Body>): Promise<unknown> {
  const { label, result, ms, failures, end, children } = assignment;
  const { id, attempt } = currentTask()!;
  writeDiary({ what: "begin", id, label, attempt });
  const given = [label, ...inputs].map(fingerprint);
  const handles = children.map((child) => ({ child, handle: submitChild(child) }));
  const values = await Promise.all(
    handles.filter(({ child }) => child.waits === "awaited").map(({ handle }) => handle),
  );
  const heard = await pauseOf(assignment);
  if (ms > 0) await sleep(ms);
  if (attempt <= failures) throw new Error(`${label} fails at attempt ${attempt}`);
  const seed = parseInt(fingerprint([given, values.map(fingerprint), heard]), 36) >>> 0;
  if (end === "fails") throw new PlannedError(`${label} fails for good`, { seed }, new RangeError("that is why"));
  const value = makeValue(result, seed);
  writeDiary({ what: "end", id, label, attempt });
  return value;
}

/** What a body has heard that waits for a signal. */
async function pauseOf({ pause, label }: Assignment): Promise<string | undefined> {
  if (pause === "signal") return await waitFor<string>(signalOf(label).key);
  if (pause === "sleep") await sleepOnRecord(SLEEP_MS);
  return undefined;
}

/** Delivers what steps wait for, in a random order: to some before they are submitted. */
async function deliverAll(runner: TaskRunner, order: Order): Promise<void> {
  const random = new Random(order.shuffle + 1);
  const labels = planOf(order.plan).steps.flatMap(({ assignment: { pause, label } }) =>
    pause === "signal" ? [label] : []
  );
  for (const label of random.some(labels, labels.length)) {
    if (random.chance(0.5)) await sleep(random.int(1, 8));
    const { key, value } = signalOf(label);
    try {
      if (await runner.deliver(key, value)) writeDiary({ what: "delivered", id: key, label, attempt: 0 });
    } catch (error) {
      if (!(error instanceof CheckpointError)) throw error;
      return; // a signal has ended the program: what was not delivered is, in the next one
    }
  }
}

function submitChild(child: ChildStep): TaskHandle<unknown> {
  const { dedupKey, assignment } = child;
  return taskOf(child).with(dedupKey === null ? {} : { dedupKey }).submit(assignment);
}

/** Submits the steps of a plan in a random order that their inputs allow. */
class Submission {
  readonly #plan: Plan;
  readonly #order: Order;
  readonly #random: Random;
  readonly #handles = new Map<number, TaskHandle<unknown>[]>();
  readonly results: { readonly step: number; readonly handle: TaskHandle<unknown>; readonly wasPrimed: boolean }[] = [];

  constructor(order: Order) {
    this.#order = order;
    this.#plan = planOf(order.plan);
    this.#random = new Random(order.shuffle);
  }

  submitAll(): void {
    const open = new Set(this.#plan.steps.keys().filter((index) => !this.#order.omitted.includes(index)));
    while (open.size > 0) {
      const possible = [...open].filter((index) =>
        this.#plan.steps[index]!.inputs.every(({ on }) => this.#handles.has(on))
      );
      const index = this.#random.pick(possible);
      open.delete(index);
      this.#submit(index, this.#plan.steps[index]!);
    }
  }

  #submit(index: number, step: Step): void {
    const { assignment, payload, inputs, copies, version, rename } = step;
    const of = (wanted: Step["inputs"][number]["via"]) =>
      inputs.flatMap(({ on, via }) => via === wanted ? this.#handles.get(on)! : []);
    const key = this.#order.fault === "ids by position" ? `step ${this.results.length}` : step.key;
    const prepared = taskOf(step).with({
      dependsOn: of("dependsOn"),
      ...(key !== undefined && { key }),
      ...(version !== undefined && { version }),
      ...(rename !== undefined && { name: rename }),
    });
    const handles: TaskHandle<unknown>[] = [];
    for (let copy = 0; copy < copies; copy++) {
      const list = ["of", ...of("list")];
      const record = Object.fromEntries(of("record").map((handle, at) => [`input ${at}`, handle]));
      const value = makeValue(payload.kind, payload.seed);
      const handle = prepared.submit(assignment, value ?? null, list, record, ...of("argument"));
      this.results.push({ step: index, handle, wasPrimed: handle.done });
      handles.push(handle);
    }
    this.#handles.set(index, handles);
  }

  async report(): Promise<StepResult[]> {
    return await Promise.all(this.results.map(async ({ step, handle, wasPrimed }) => {
      const { id, status, value, error } = await handle.getResult();
      const { label } = this.#plan.steps[step]!.assignment;
      const outcome = status === "completed" ? value : plain(error);
      const text = Deno.inspect(outcome, { breakLength: Infinity }).slice(0, 200);
      return { step, label, id, status, print: fingerprint(outcome), text, wasPrimed };
    }));
  }
}

/**
 * What must be the same of an error each time. Which of several failed dependencies an error names is not, nor which of
 * several equal submissions.
 */
function plain(error: unknown): unknown {
  if (error instanceof DependencyFailedError) return [error.name];
  if (error instanceof RetryExhaustedError) return [error.name, error.attempts, plain(error.cause)];
  return error;
}

/** Starts a process that outlives the program. */
function leaveProcessBehind(): void {
  new Deno.Command("sleep", { args: ["5"], stdin: "null", stdout: "null", stderr: "null" }).spawn().unref();
}

async function main(order: Order): Promise<void> {
  const saboteur = new Saboteur(order.strike);
  if (order.store.kind === "file") saboteur.standBetween(order.store.path);
  if (order.fault === "leaves a process behind") leaveProcessBehind();
  await using runner = await TaskRunner.resume(saboteur.watch(openFaulty(order.store, order.fault)), {
    maxWorkers: 2,
    pools: { async: { maxWorkers: 4 } },
    onTaskError: "continue",
    checkpointInterval: order.checkpointInterval,
    keepFailed: order.keepFailed,
    handleSignals: order.handleSignals,
  });
  runner.enter();
  const submission = new Submission(order);
  const delivering = deliverAll(runner, order);
  if (order.submits === "orphans") runner.resubmitOrphans();
  else submission.submitAll();
  await runner.run();
  await delivering;
  const steps = await submission.report();
  const results: Results = { steps, saves: saboteur.saves, fileOperations: saboteur.fileOperations };
  console.log(RESULTS_MARK + JSON.stringify(results));
}

if (import.meta.main) await main(JSON.parse(Deno.args[0]!) as Order);
