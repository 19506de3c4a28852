/**
 * Tasks for every backend, at the top level of a module.
 *
 * @module
 */

import { existsSync } from "node:fs";
import {
  currentTask,
  NonRetryableError,
  RetryAfterError,
  task,
  TaskBase,
  type TaskContext,
  transfer,
} from "../../../mod.ts";
import { block, sleep } from "../../support.ts";

/** Tells workers apart: each imports this module for itself. */
const WORKER = crypto.randomUUID();

/** What `currentTask()` says while a module is imported. */
const DURING_IMPORT = currentTask()?.id;

// Bodies of every form

export const square = task(function square(x: number) {
  return x * x;
});

export const add = task({ name: "add" }, async (a: number, b: number) => {
  await sleep(1);
  return a + b;
});

export const sum = task(function sum(values: readonly number[]) {
  return values.reduce((a, b) => a + b, 0);
});

export const anonymous = task((x: number) => -x);

export const anonymousToo = task((x: number) => 10 * x);

const hidden = task({ name: "a task that is not exported" }, (x: number) => x + 1);
export const family = { hidden };

/** Another module has a task of this name as well. */
export const twin = task({ name: "twin" }, () => "tasks.ts");

export class Greet extends TaskBase<[name: string], string> {
  override name = "greet in class form";
  readonly #greeting: string = "Hello";
  run(name: string): string {
    return `${this.#greeting}, ${name}!`;
  }
}
export const greet = new Greet();

class Half extends TaskBase<[x: number], number> {
  async run(x: number): Promise<number> {
    await sleep(1);
    return x / 2;
  }
}
export const half = new Half();

/** Calls another task as the function that it is. */
export const sumOfSquares = task(function sumOfSquares(a: number, b: number) {
  return square(a) + square(b);
});

// Values

export const echo = task(function echo(value: unknown) {
  return value;
});

export const areSame = task(function areSame(a: unknown, b: unknown) {
  return a === b;
});

/** Changes what it is given. Returns how many items that has then. */
export const grows = task(function grows({ list }: { list: unknown[] }) {
  return list.push(1);
});

export const returnsFunction = task(function returnsFunction(): unknown {
  return { rows: [{ parse: () => 1 }] };
});

export const returnsProxy = task(function returnsProxy(): { rows: number[] } {
  return new Proxy({ rows: [1] }, {});
});

export const fillsWith = task(function fillsWith(bytes: Uint8Array<ArrayBuffer>, value: number) {
  bytes.fill(value);
  return transfer(bytes, [bytes.buffer]);
});

export const sumOfBytes = task(function sumOfBytes(bytes: Uint8Array) {
  return bytes.reduce((a, b) => a + b, 0);
});

/** Reads its bytes, and fails in the first attempt. */
export const sumOfBytesAgain = task(
  { name: "sumOfBytesAgain", retries: 1, backoff: "none" },
  (bytes: Uint8Array) => {
    if (currentTask()!.attempt === 1) throw new Error("first attempt");
    return bytes.reduce((a, b) => a + b, 0);
  },
);

// Errors

export class PaymentError extends Error {
  override name = "PaymentError";
  readonly status = 402;
  readonly details: { readonly card: string; readonly at: Date };
  constructor(message: string, card: string, options?: ErrorOptions) {
    super(message, options);
    this.details = { card, at: new Date(0) };
  }
}

/** A class of the kind that most people write: its name is that of the class alone. */
export class QuotaError extends Error {}

export const failsToPay = task(function failsToPay(card: string) {
  throw new PaymentError(`card ${card} was refused`, card, {
    cause: new RangeError("over the limit", { cause: "the bank says so" }),
  });
});

export const failsLater = task(async function failsLater() {
  await sleep(1);
  throw new QuotaError("no more today");
});

const ODD: Readonly<Record<string, () => unknown>> = {
  aggregate: () => new AggregateError([new TypeError("first"), new PaymentError("second", "1"), "third"], "several"),
  notFound: () => new Deno.errors.NotFound("no such row"),
  aborted: () => new DOMException("stopped", "AbortError"),
  quota: () => new QuotaError("used up"),
  circular: () => {
    const error = new Error("goes round");
    error.cause = error;
    return error;
  },
  trapped: () =>
    Object.defineProperty(new Error("do not look"), "trap", {
      enumerable: true,
      get: () => {
        throw new Error("looked");
      },
    }),
  withFunction: () => Object.assign(new Error("has a function"), { again: () => 1, code: "E_ODD" }),
  deep: () => {
    let error = new Error("cause 0");
    for (let depth = 1; depth <= 10_000; depth++) error = new Error(`cause ${depth}`, { cause: error });
    return error;
  },
  text: () => "just a string",
  nothing: () => undefined,
  object: () => ({ code: 7 }),
  function: () => () => 1,
  symbol: () => Symbol("thrown"),
};

export const throws = task(function throws(what: string) {
  throw ODD[what]!();
});

export const nonRetryable = task({ name: "nonRetryable", retries: 5, backoff: "none" }, () => {
  throw new NonRetryableError("of no use", { cause: new RangeError("why") });
});

export const retryAfter = task({ name: "retryAfter", retries: 1, backoffBase: "1h" }, () => {
  if (currentTask()!.attempt === 1) throw new RetryAfterError("soon", { retryAfter: "20ms" });
  return currentTask()!.attempt;
});

export const flaky = task({ name: "flaky", retries: 3, backoff: "none" }, (failures: number) => {
  const { attempt } = currentTask()!;
  if (attempt <= failures) throw new PaymentError(`attempt ${attempt}`, "none");
  return attempt;
});

// The running task

export const whoAmI = task(async function whoAmI() {
  const before: TaskContext = currentTask()!;
  await sleep(2);
  const { id, name, attempt, cancelled } = currentTask()!;
  return { id, name, attempt, cancelled, isSame: before.id === id, duringImport: DURING_IMPORT };
});

/** Which worker and process it runs in. */
export const whereAmI = task(async function whereAmI(milliseconds: number) {
  if (milliseconds > 0) await sleep(milliseconds);
  return { worker: WORKER, pid: Deno.pid };
});

export const reports = task(function reports(steps: number) {
  for (let step = 1; step <= steps; step++) currentTask()!.progress(step / steps, `step ${step}`);
});

/** Reports, and then continues until it is told to stop. */
export const reportsAndWaits = task(async function reportsAndWaits() {
  currentTask()!.progress(0.5, "waiting");
  await new Promise((resolve) => currentTask()!.signal.addEventListener("abort", resolve));
});

export const logs = task(function logs() {
  const { log } = currentTask()!;
  log("plain", 1, { a: [2] });
  log.debug("in detail");
  log.warn("take care");
  log.error(new RangeError("logged"));
});

/** Writes why it was aborted, as its last word. */
export const cleansUp = task({ name: "cleansUp" }, async (file: string) => {
  const me = currentTask()!;
  await new Promise((resolve) => {
    me.signal.addEventListener("abort", resolve);
    me.progress(0, "ready");
  });
  const { reason } = me.signal;
  await sleep(5);
  await Deno.writeTextFile(file, reason instanceof Error ? `${reason.name}: ${reason.message}` : String(reason));
});

/** Asks again and again, without a rest, whether it was cancelled. */
export const polls = task(function polls(file: string) {
  const me = currentTask()!;
  me.progress(0, "polling");
  while (!me.cancelled);
  try {
    me.throwIfCancelled();
  } catch (error) {
    Deno.writeTextFileSync(file, (error as Error).name);
  }
});

// Bodies that take their time

export const waits = task({ name: "waits" }, async (milliseconds: number) => {
  await sleep(milliseconds);
  return milliseconds;
});

export const hangs = task(function hangs() {
  return new Promise<never>(() => {});
});

/** Is deaf in its first attempt. */
export const hangsAtFirst = task({ name: "hangsAtFirst" }, async () => {
  if (currentTask()!.attempt === 1) await new Promise<never>(() => {});
  return currentTask()!.attempt;
});

/** Busy for so long; all of them are one task, so that they cannot be told apart by it. */
export const spin = task({ name: "spin" }, (milliseconds: number) => {
  block(milliseconds);
  return milliseconds;
});

/** Busy until a file exists, or not at all if there is no name of one; one task, so that it cannot be told by that. */
export const spinUntil = task({ name: "spinUntil" }, (file: string) => {
  while (file !== "" && !existsSync(file));
  return file;
});

/** The same, but it waits. */
export const waitUntil = task({ name: "waitUntil" }, async (file: string) => {
  while (file !== "" && !existsSync(file)) await sleep(5);
  return file;
});

/** Ends once another one like it has begun. */
export const meets = task({ name: "meets" }, async (mine: string, other: string) => {
  await Deno.writeTextFile(mine, "here");
  for (let tries = 0; tries < 2_000; tries++) {
    if (await Deno.stat(other).then(() => true, () => false)) return "met";
    await sleep(5);
  }
  return "alone";
});

/** Notes its beginning and its end. */
export const notes = task({ name: "notes" }, async (file: string, milliseconds: number) => {
  await Deno.writeTextFile(file, "+", { append: true });
  await sleep(milliseconds);
  await Deno.writeTextFile(file, "-", { append: true });
});

// What only some backends allow

export const submits = task({ name: "submits" }, async (x: number) => await square.submit(x));
