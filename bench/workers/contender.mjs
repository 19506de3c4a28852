/**
 * The program of a contender: a pool or a baseline in a process of its own, that does what it is asked to on stdin and
 * answers with the time that it took. Plain JavaScript, as Node 20 runs it as well.
 *
 * @module
 */

import { createInterface } from "node:readline";
import process from "node:process";

/** What an answer begins with, as libraries may print things of their own. */
const MARK = "@@";

/**
 * @typedef {object} Contest What a contender can do.
 * @property {Record<string, (params: Params) => Promise<number>>} measurements Each returns milliseconds.
 * @property {() => Promise<unknown>} [dispose]
 */

/**
 * @typedef {object} Params What is asked for; each measurement reads some of it.
 * @property {number} tasks How many tasks.
 * @property {number} bytes How big an argument.
 * @property {number} workers How many workers.
 * @property {number} size How much work each task is.
 */

/**
 * Serves until stdin ends.
 *
 * @param {() => Contest | Promise<Contest>} load
 */
export async function contend(load) {
  try {
    const { measurements, dispose } = await load();
    answer({ ready: true });
    for await (const line of createInterface({ input: process.stdin })) {
      answer(await outcome(measurements, JSON.parse(line)));
    }
    if (dispose !== undefined) await within(1_000, dispose());
    process.exit(0);
  } catch (error) {
    answer({ error: textOf(error) });
    process.exit(1);
  }
}

async function outcome(measurements, { measurement, params }) {
  const measure = measurements[measurement];
  if (measure === undefined) return { error: `no ${measurement}` };
  makeRoom();
  try {
    return { ms: await measure(params) };
  } catch (error) {
    return { error: textOf(error) };
  }
}

/** @param {unknown} error */
function textOf(error) {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Waits for something, but not for ever: some pools never end under Deno.
 *
 * @param {number} ms
 * @param {unknown} end
 */
async function within(ms, end) {
  let timer;
  await Promise.race([end, new Promise((resolve) => timer = setTimeout(resolve, ms))]);
  clearTimeout(timer);
}

/** @param {object} message */
function answer(message) {
  process.stdout.write(`${MARK}${JSON.stringify(message)}\n`);
}

/** As in harness.ts: only the young generation. */
function makeRoom() {
  globalThis.gc?.({ type: "minor" });
}

/**
 * The time that something takes, in milliseconds.
 *
 * @param {() => Promise<unknown>} run
 */
export async function clock(run) {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

/**
 * The results of all are read: a pool that loses one, or hands out something else, is left out.
 *
 * @param {readonly unknown[]} results
 */
export function verify(results) {
  const { length } = results;
  let sum = 0;
  for (const result of results) sum += Number(result);
  if (sum !== length * (length - 1) / 2) throw new Error(`Wrong results: their sum is ${sum}`);
}

/** @param {unknown} value @param {number} size */
export function verifySize(value, size) {
  if (!(value instanceof Uint8Array) || value.byteLength !== size) throw new Error("Wrong result: not the same bytes");
}

/**
 * @typedef {object} PoolFace A pool as measurements see it.
 * @property {(name: "echo" | "burn" | "size", value: unknown) => PromiseLike<unknown>} call
 * @property {((value: Uint8Array<ArrayBuffer>) => PromiseLike<unknown>) | undefined} [move] There and back.
 * @property {() => unknown} dispose
 */

/**
 * The measurements that are the same for all pools.
 *
 * @param {(workers: number) => PoolFace} makePool
 * @returns {Contest}
 */
export function poolContest(makePool) {
  /** @type {Map<number, PoolFace>} */
  const pools = new Map();
  // Workers that were never used would start within what is measured.
  const poolOf = async (/** @type {number} */ workers) => {
    let pool = pools.get(workers);
    if (pool === undefined) {
      pools.set(workers, pool = makePool(workers));
      const { call } = pool;
      await Promise.all(Array.from({ length: 20 }, () => call("burn", 1e6)));
    }
    return pool;
  };
  return {
    measurements: {
      throughput: async ({ tasks }) => {
        const { call } = await poolOf(2);
        const all = (/** @type {number} */ length) =>
          Promise.all(Array.from({ length }, (_, index) => call("echo", index)));
        verify(await all(2_000));
        return await clock(async () => verify(await all(tasks)));
      },
      latency: async ({ tasks }) => {
        const { call } = await poolOf(2);
        return await clock(async () => {
          for (let index = 0; index < tasks; index++) await call("echo", index);
        });
      },
      copy: async ({ bytes, tasks }) => {
        const { call } = await poolOf(2);
        const value = new Uint8Array(bytes).fill(7);
        return await clock(async () => {
          for (let index = 0; index < tasks; index++) verifySize(await call("echo", value), bytes);
        });
      },
      send: async ({ bytes, tasks }) => {
        const { call } = await poolOf(2);
        const value = new Uint8Array(bytes).fill(7);
        return await clock(async () => {
          for (let index = 0; index < tasks; index++) {
            if (await call("size", value) !== bytes) throw new Error("Wrong result: not the number of bytes");
          }
        });
      },
      move: async ({ bytes, tasks }) => {
        const { move } = await poolOf(2);
        if (move === undefined) throw new Error("moves nothing back");
        let value = new Uint8Array(bytes).fill(7);
        return await clock(async () => {
          for (let index = 0; index < tasks; index++) {
            const back = await move(value);
            verifySize(back, bytes);
            if (value.byteLength > 0) throw new Error("Not moved, but copied");
            value = /** @type {Uint8Array<ArrayBuffer>} */ (back);
          }
        });
      },
      cpu: async ({ workers, tasks, size }) => {
        const { call } = await poolOf(workers);
        return await clock(() => Promise.all(Array.from({ length: tasks }, () => call("burn", size))));
      },
      first: async () => {
        const start = performance.now();
        const pool = makePool(2);
        await pool.call("echo", 1);
        const taken = performance.now() - start;
        await within(300, pool.dispose());
        return taken;
      },
    },
    dispose: () => Promise.all([...pools.values()].map((pool) => pool.dispose())),
  };
}
