/**
 * V8's slot for what flows along with asynchronous code, in which Deno keeps the values of all `AsyncLocalStorage`s.
 *
 * `AsyncLocalStorage.run()` was half of the time that a small task takes, as Deno makes an entry in a `WeakMap` for each
 * call. To write a frame of our own into the slot takes a tenth of that. The functions for it are visible in Deno, but not
 * documented. So what this package relies on is tried out when it is loaded, and in case of any doubt it uses
 * `AsyncLocalStorage`. The environment variable `WORKFLOWY_CONTEXT=standard` makes it do so in any case.
 *
 * @module
 */

import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";
import { environmentVariable } from "./environment.ts";

/**
 * What the slot holds: `undefined`, or an object with a field for each storage that has a value. To give a storage a value,
 * Deno makes a copy of the object with one more field.
 */
export type Frame = Readonly<Record<PropertyKey, unknown>> | undefined;

/** The slot. */
export interface ContextSlot {
  read(): Frame;
  write(frame: Frame): void;
}

/** The part of an `AsyncLocalStorage` that this package uses. */
export interface ContextStorage<T> {
  getStore(): T | undefined;
  run<A, R>(value: T, fn: (arg: A) => R, arg: A): R;
  enterWith(value: T | undefined): void;
}

/** Deno's function that returns what is in the slot, if there is one. Who only reads must try out what it returns. */
export function slotReader(): (() => unknown) | undefined {
  const read = internals()?.getAsyncContext;
  return typeof read === "function" ? read : undefined;
}

/** A slot if it works as is known here; otherwise `undefined`. */
export function usableSlot(slot: ContextSlot | undefined): ContextSlot | undefined {
  if (slot === undefined) return undefined;
  try {
    // What is not the slot cannot be trusted to put back what was there.
    const restoring = AsyncLocalStorage.snapshot();
    return restoring(() => withFrame(slot, undefined, () => worksAsKnown(slot))) ? slot : undefined;
  } catch {
    return undefined; // what is there is not the slot that is known here
  }
}

/** Calls a function with a frame in the slot. */
export function withFrame<R>(slot: ContextSlot, frame: Frame, fn: () => R): R {
  const outer = slot.read();
  slot.write(frame);
  try {
    return fn();
  } finally {
    slot.write(outer);
  }
}

/**
 * A storage whose values are written into the slot.
 *
 * @param key The field that it has in frames. Storages of one key are the same one.
 */
export function slotStorage<T>({ read, write }: ContextSlot, key: symbol): ContextStorage<T> {
  /** A frame in which no other storage has a value. Made often, so it has a class of its own. */
  class OwnFrame {
    constructor(value: T | undefined) {
      (this as unknown as { [key: symbol]: T | undefined })[key] = value;
    }
  }
  const frameOf = (outer: Frame, value: T | undefined): Frame =>
    outer === undefined || outer instanceof OwnFrame
      ? new OwnFrame(value) as unknown as Frame
      : { __proto__: null, ...outer, [key]: value } as Frame;
  return {
    getStore: () => read()?.[key] as T | undefined,
    run(value, fn, arg) {
      const outer = read();
      write(frameOf(outer, value));
      try {
        return fn(arg);
      } finally {
        write(outer);
      }
    },
    enterWith: (value) => write(frameOf(read(), value)),
  };
}

/** Whether values in the slot get along with those of an `AsyncLocalStorage`, whichever is there first. */
function worksAsKnown(slot: ContextSlot): boolean {
  const ours = slotStorage<number>(slot, Symbol());
  const other = new AsyncLocalStorage<number>();
  /** The values of both. */
  const see = (): string => `${ours.getStore()} ${other.getStore()}`;
  const inOurs = <R>(value: number, fn: () => R): R => ours.run(value, fn, undefined);
  const inside = () => {
    other.enterWith(3);
    const entered = see();
    ours.enterWith(4);
    return [entered, see(), other.exit(see)].join();
  };
  const kept = inOurs(1, () => [AsyncLocalStorage.snapshot(), AsyncResource.bind(see)] as const);
  const seen = [
    see(),
    inOurs(1, see),
    inOurs(1, () => inOurs(2, see)),
    other.run(2, () => inOurs(1, see)),
    inOurs(1, () => other.run(2, see)),
    inOurs(1, () => other.run(2, () => inOurs(3, see))),
    inOurs(1, () => (other.run(2, see), see())),
    other.run(2, () => (inOurs(1, see), see())),
    inOurs(1, () => other.run(2, inside)),
    other.run(2, () => inOurs(1, inside)),
    other.run(2, () => kept[0](see)),
    other.run(2, () => kept[1]()),
    other.run(2, () => withFrame(slot, undefined, see)),
    see(),
  ];
  return seen.join("; ") === EXPECTED;
}

const NONE = "undefined undefined";
const INSIDE = "1 3,4 3,4 undefined";
const EXPECTED = [
  NONE,
  "1 undefined",
  "2 undefined",
  "1 2",
  "1 2",
  "3 2",
  "1 undefined",
  "undefined 2",
  INSIDE,
  INSIDE,
  "1 undefined",
  "1 undefined",
  NONE,
  NONE,
].join("; ");

/** The functions of Deno that read and write the slot. */
interface Internals {
  readonly getAsyncContext?: () => Frame;
  readonly setAsyncContext?: (frame: Frame) => void;
}

function internals(): Internals | undefined {
  const { internal } = Deno as { internal?: symbol };
  return internal && (Reflect.get(Deno, internal) as { core?: Internals } | undefined)?.core;
}

function denoSlot(): ContextSlot | undefined {
  const { getAsyncContext: read, setAsyncContext: write } = internals() ?? {};
  return typeof read === "function" && typeof write === "function" ? { read, write } : undefined;
}

/** The slot, or `undefined` if it is not to be written: Deno does something else with it than is known here, or the user says so. */
export const contextSlot: ContextSlot | undefined = environmentVariable("WORKFLOWY_CONTEXT") === "standard"
  ? undefined
  : usableSlot(denoSlot());
