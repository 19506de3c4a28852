/**
 * Bare subprocesses of Node: `fork.mjs single|batches`. Messages go through `child_process.fork()`, in V8's format.
 *
 * @module
 */

import { fork } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { contend, poolContest } from "./contender.mjs";

const CHILD = fileURLToPath(new URL("./fork_child.mjs", import.meta.url));
const BATCH = 1_000;

/** Many messages on their way to a child make Node slow: each is written apart. */
const AHEAD = { single: 100, batches: 2 };

/**
 * @param {"single" | "batches"} style
 * @param {number} workers
 * @returns {import("./contender.mjs").PoolFace}
 */
function poolOf(style, workers) {
  const children = Array.from({ length: workers }, () => fork(CHILD, { serialization: "advanced" }));
  const ahead = children.map(() => 0);
  const pending = new Map();
  const size = style === "single" ? 1 : BATCH;
  let queue = [];
  let head = 0;
  let next = 0;
  let isScheduled = false;
  const pump = () => {
    isScheduled = false;
    for (let isFull = false; !isFull;) {
      isFull = true;
      for (const [index, child] of children.entries()) {
        if (ahead[index] === AHEAD[style] || head === queue.length) continue;
        isFull = false;
        ahead[index]++;
        child.send(queue.slice(head, head + size));
        head = Math.min(head + size, queue.length);
      }
    }
    if (head < queue.length) return;
    queue = [];
    head = 0;
  };
  for (const [index, child] of children.entries()) {
    child.on("message", (results) => {
      ahead[index]--;
      pump();
      for (const [id, value] of results) {
        const resolve = pending.get(id);
        pending.delete(id);
        resolve(value);
      }
    });
  }
  return {
    call: (name, value) =>
      new Promise((resolve) => {
        const id = next++;
        pending.set(id, resolve);
        queue.push([id, name, value]);
        if (isScheduled) return;
        isScheduled = true;
        queueMicrotask(pump);
      }),
    dispose: () => children.forEach((child) => child.disconnect()),
  };
}

await contend(() => poolContest((workers) => poolOf(process.argv[2] === "single" ? "single" : "batches", workers)));
