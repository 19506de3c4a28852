/**
 * V8's slot for what flows along with asynchronous code, in which Deno keeps the values of all `AsyncLocalStorage`s.
 *
 * `AsyncLocalStorage.run()` was half of the time that a small task takes, as Deno makes an entry in a `WeakMap` for each
 * call. To write a frame of our own into the slot takes a tenth of that. The functions for it are visible in Deno, but not
 * documented. So what this package relies on is tried out when it is loaded, and in case of any doubt it uses
 * `AsyncLocalStorage`. The environment variable `WORKFLOWY_CONTEXT=standard` makes it do so in any case.
 *
 * To load `node:async_hooks` takes a tenth of the time that this package takes to load. In the versions of Deno that are
 * known here, an `AsyncLocalStorage` keeps its value in a variable of Deno's, so it is tried out with one of those.
 *
 * @module
 */

import { environmentVariable } from "./environment.ts";
import { nodeModule } from "./node_builtins.ts";

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

/** A storage of other code, for the trial. */
export interface Neighbour {
  readonly storage: Omit<ContextStorage<number>, "run"> & { run<R>(value: number, fn: () => R): R };
  /** Returns what calls a function in the context of now. */
  snapshot(): <R>(fn: () => R) => R;
}

/** A slot if it works as is known here together with other code's storages; otherwise `undefined`. */
export function usableSlot(slot: ContextSlot, neighbour: Neighbour): ContextSlot | undefined {
  try {
    // What is not the slot cannot be trusted to put back what was there.
    const restoring = neighbour.snapshot();
    return restoring(() => withFrame(slot, undefined, () => worksAsKnown(slot, neighbour))) ? slot : undefined;
  } catch {
    return undefined; // what is there is not the slot that is known here
  }
}

/** An `AsyncLocalStorage`. */
export function localStorageNeighbour(): Neighbour {
  const { AsyncLocalStorage } = nodeModule("node:async_hooks");
  return { storage: new AsyncLocalStorage<number>(), snapshot: () => AsyncLocalStorage.snapshot() };
}

/** A variable of Deno's, used as an `AsyncLocalStorage` uses it. */
export function variableNeighbour(slot: ContextSlot, Variable: new () => AsyncVariable): Neighbour {
  const variable = new Variable();
  return {
    storage: {
      getStore: () => variable.get(),
      run: (value, fn) => withFrame(slot, slot.read(), () => (variable.enter(value), fn())),
      enterWith: (value) => variable.enter(value),
    },
    snapshot() {
      const frame = slot.read();
      return (fn) => withFrame(slot, frame, fn);
    },
  };
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

/** Whether values in the slot get along with those of another storage, whichever is there first. */
function worksAsKnown(slot: ContextSlot, { storage: other, snapshot }: Neighbour): boolean {
  const ours = slotStorage<number>(slot, Symbol());
  /** The values of both. */
  const see = (): string => `${ours.getStore()} ${other.getStore()}`;
  const inOurs = <R>(value: number, fn: () => R): R => ours.run(value, fn, undefined);
  const inside = () => {
    other.enterWith(3);
    const entered = see();
    ours.enterWith(4);
    return [entered, see()].join();
  };
  const kept = inOurs(1, snapshot);
  const keptOfOther = other.run(2, snapshot);
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
    other.run(2, () => kept(see)),
    inOurs(1, () => keptOfOther(see)),
    other.run(2, () => withFrame(slot, undefined, see)),
    see(),
  ];
  return seen.join("; ") === EXPECTED;
}

const NONE = "undefined undefined";
const INSIDE = "1 3,4 3";
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
  "undefined 2",
  NONE,
  NONE,
].join("; ");

/** What Deno makes an `AsyncLocalStorage` of. */
export interface AsyncVariable {
  get(): number | undefined;
  /** Makes a value current. */
  enter(value: number | undefined): void;
}

/** What Deno has for all of this, if it has it. */
interface Internals {
  readonly getAsyncContext?: () => Frame;
  readonly setAsyncContext?: (frame: Frame) => void;
  readonly AsyncVariable?: new () => AsyncVariable;
}

function internals(): Internals | undefined {
  const { internal } = Deno as { internal?: symbol };
  return internal && (Reflect.get(Deno, internal) as { core?: Internals } | undefined)?.core;
}

/** The versions of Deno with which the smoke test has shown that an `AsyncLocalStorage` is made of an `AsyncVariable`. */
export const KNOWN_VERSIONS = /^2\.[5-9]\./;

function denoSlot(): ContextSlot | undefined {
  const { getAsyncContext: read, setAsyncContext: write, AsyncVariable } = internals() ?? {};
  if (typeof read !== "function" || typeof write !== "function") return undefined;
  const slot = { read, write };
  const isKnown = typeof AsyncVariable === "function" && KNOWN_VERSIONS.test(Deno.version.deno);
  return usableSlot(slot, isKnown ? variableNeighbour(slot, AsyncVariable) : localStorageNeighbour());
}

/** The slot, or `undefined` if it is not to be written: Deno does something else with it than is known here, or the user says so. */
export const contextSlot: ContextSlot | undefined = environmentVariable("WORKFLOWY_CONTEXT") === "standard"
  ? undefined
  : denoSlot();
