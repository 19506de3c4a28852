/**
 * Pools from npm, under Deno or Node: `peers.mjs NAME [FOLDER]`, with the folder that Node finds packages in.
 *
 * @module
 */

import process from "node:process";
import { fileURLToPath } from "node:url";
import { contend, poolContest } from "./contender.mjs";
import { load } from "./packages.mjs";

/** @param {string} file */
const here = (file) => new URL(file, import.meta.url);

/** @type {Record<string, () => Promise<(workers: number) => import("./contender.mjs").PoolFace>>} */
const PEERS = {
  "piscina": async () => {
    const { Piscina } = await load("piscina");
    return (workers) => poolOf(Piscina, workers, { atomics: "async", concurrentTasksPerWorker: 1 });
  },
  // What its documentation recommends for tasks that wait: many at a time on each worker.
  "piscina, 100 a worker": async () => {
    const { Piscina } = await load("piscina");
    return (workers) => poolOf(Piscina, workers, { atomics: "async", concurrentTasksPerWorker: 100 });
  },
  "tinypool": async () => {
    const { Tinypool } = await load("tinypool");
    return (workers) => ({ ...poolOf(Tinypool, workers, {}), move: undefined });
  },
  "workerpool": () => workerpool("thread"),
  "workerpool, processes": () => workerpool("process"),
  "poolifier": async () => {
    const { FixedThreadPool } = await load("poolifier");
    return (workers) => {
      const pool = new FixedThreadPool(workers, fileURLToPath(here("./poolifier_worker.mjs")));
      return { call: (name, value) => pool.execute(value, name), dispose: () => pool.destroy() };
    };
  },
  "poolifier-web-worker": async () => {
    const { FixedThreadPool } = await load("poolifier-web-worker");
    return (workers) => {
      const pool = new FixedThreadPool(workers, here("./poolifier_web_worker.mjs"));
      return { call: (name, value) => pool.execute(value, name), dispose: () => pool.destroy() };
    };
  },
};

function poolOf(Pool, workers, options) {
  const filename = here("./piscina_worker.mjs").href;
  const pool = new Pool({ filename, minThreads: workers, maxThreads: workers, ...options });
  const calls = { echo: undefined, burn: { name: "burn" }, size: { name: "size" } };
  return {
    call: (name, value) => pool.run(value, calls[name]),
    move: (value) => pool.run(Pool.move(value), { name: "giveBack" }),
    dispose: () => pool.destroy(),
  };
}

async function workerpool(workerType) {
  const { default: library } = await load("workerpool");
  return (workers) => {
    const script = fileURLToPath(here("./workerpool_worker.mjs"));
    const pool = library.pool(script, { minWorkers: workers, maxWorkers: workers, workerType });
    return {
      call: (name, value) => pool.exec(name, [value]),
      move: workerType === "thread"
        ? (value) => pool.exec("giveBack", [value], { transfer: [value.buffer] })
        : undefined,
      dispose: () => pool.terminate(),
    };
  };
}

await contend(async () => {
  const peer = PEERS[process.argv[2]];
  if (peer === undefined) throw new Error(`There is no peer "${process.argv[2]}"`);
  return poolContest(await peer());
});
