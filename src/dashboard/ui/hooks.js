/**
 * What pages are drawn by: changes of the store, the clock, sizes, and results of long work.
 */

/** @import { Store } from "./store.js" */
import { useEffect, useLayoutEffect, useRef, useState } from "./preact.js";

/** With more tasks than this, what is computed from all of them is computed less often. */
const MANY = 20_000;

/**
 * Draws again when the store changes, but not more often than a time.
 *
 * @param {Store} store
 * @param {number} [ms]
 * @param {number} [msOfMany] The time if there are very many tasks.
 */
export function useStore(store, ms = 250, msOfMany = ms) {
  const wait = store.size > MANY ? msOfMany : ms;
  const [revision, setRevision] = useState(0);
  useEffect(() => {
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    let last = 0;
    const unsubscribe = store.subscribe(() => {
      if (timer !== undefined) return;
      timer = setTimeout(() => {
        timer = undefined;
        last = performance.now();
        setRevision((each) => each + 1);
      }, Math.max(0, last + wait - performance.now()));
    });
    return () => {
      unsubscribe();
      clearTimeout(timer);
    };
  }, [store, wait]);
  return revision;
}

/** Draws again from time to time. @param {boolean} isNeeded */
export function useClock(isNeeded, ms = 1_000) {
  const [ticks, tick] = useState(0);
  useEffect(() => {
    if (!isNeeded) return;
    const timer = setInterval(() => tick((each) => each + 1), ms);
    return () => clearInterval(timer);
  }, [isNeeded, ms]);
  return ticks;
}

/** How long the page may be busy without a look at what its user does, in milliseconds. */
const TURN_MS = 8;

/**
 * Of a computation in steps: nothing runs; it runs; it runs although an input has changed since; its part of the page is not
 * there any more.
 *
 * @typedef {"idle" | "running" | "outdated" | "gone"} Phase
 */

/**
 * What a generator returns, which runs whenever an input has changed: a little at a time, so that the page stays responsive with
 * 100,000 tasks. The first turn is before the page is drawn: few tasks need no other. It begins again if tasks have got other
 * indexes meanwhile. `undefined` before the first one has ended; then what the last one that has ended has returned.
 *
 * @template T
 * @param {Store} store
 * @param {() => Iterator<unknown, T>} make Makes the generator.
 * @param {readonly unknown[]} inputs
 * @returns {T | undefined}
 */
export function useInSteps(store, make, inputs) {
  /** @type {[T | undefined, (value: T) => void]} */
  const [value, setValue] = useState();
  const latest = useRef(make);
  latest.current = make;
  /** @type {{ current: Phase }} */
  const phase = useRef("idle");
  useLayoutEffect(() => {
    if (phase.current === "idle") run();
    else if (phase.current === "running") phase.current = "outdated";
  }, inputs);
  useEffect(() => () => void (phase.current = "gone"), []);
  const run = () => {
    phase.current = "running";
    const { moves } = store;
    const steps = latest.current();
    const turn = () => {
      if (phase.current === "gone") return;
      if (moves !== store.moves) return run();
      for (const end = performance.now() + TURN_MS; performance.now() < end;) {
        const { done, value } = steps.next();
        if (!done) continue;
        setValue(value);
        if (phase.current === "outdated") run();
        else phase.current = "idle";
        return;
      }
      setTimeout(turn);
    };
    turn();
  };
  return value;
}

/**
 * The size of an element, as it changes.
 *
 * @param {{ current: HTMLElement | undefined }} ref
 */
export function useSize(ref) {
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    const observer = new ResizeObserver(([{ contentRect: { width, height } }]) => setSize({ width, height }));
    if (ref.current !== undefined) observer.observe(ref.current);
    return () => observer.disconnect();
  }, []);
  return size;
}
