/**
 * BullMQ's limiter, on a Redis server of its own, where one is installed.
 *
 * @module
 */

import { join } from "node:path";
import { Queue, Worker } from "npm:bullmq@5.81.5";

/** How long a Redis server may take to start, in milliseconds. */
const START_MS = 10_000;

/** A queue of BullMQ whose worker has a limiter. */
export interface BullQueue extends AsyncDisposable {
  /** Runs an echo for each input. Returns the results, in the order of the inputs. */
  run(inputs: readonly number[]): Promise<number[]>;
}

/**
 * Starts a Redis server, a queue and a worker.
 *
 * @returns The queue, or why there is none.
 */
export async function openBullQueue(concurrency: number, max: number): Promise<BullQueue | string> {
  const folder = await Deno.makeTempDir({ prefix: "workflowy-bench-" });
  const path = join(folder, "redis.sock");
  // Nothing is written to the disk: what is measured is the best that it can do.
  const args = ["--port", "0", "--unixsocket", path, "--save", "", "--appendonly", "no"];
  let server: Deno.ChildProcess;
  try {
    server = new Deno.Command("redis-server", { args, stdout: "null", stderr: "null" }).spawn();
  } catch (error) {
    await Deno.remove(folder, { recursive: true });
    if (error instanceof Deno.errors.NotFound) return "redis-server is not installed (apt-get install redis-server)";
    throw error;
  }
  const end = async () => {
    server.kill();
    await server.status;
    await Deno.remove(folder, { recursive: true });
  };
  if (!await isThere(path)) {
    await end();
    return `redis-server has not started within ${START_MS} ms`;
  }
  const connection = { path, maxRetriesPerRequest: null };
  const queue = new Queue<number, number>("echo", { connection });
  const worker = new Worker<number, number>("echo", (job) => Promise.resolve(job.data), {
    connection,
    concurrency,
    limiter: { max, duration: 1_000 },
  });
  await worker.waitUntilReady();
  return {
    async run(inputs) {
      const results = new Map<number, number>();
      const all = Promise.withResolvers<void>();
      const note = (job: { readonly data: number }, value: number) => {
        results.set(job.data, value);
        if (results.size === inputs.length) all.resolve();
      };
      worker.on("completed", note);
      await queue.addBulk(inputs.map((data) => ({ name: "echo", data, opts: { removeOnComplete: true } })));
      await all.promise;
      worker.off("completed", note);
      return inputs.map((input) => results.get(input)!);
    },
    async [Symbol.asyncDispose]() {
      await worker.close();
      await queue.close();
      await end();
    },
  };
}

async function isThere(path: string): Promise<boolean> {
  for (const end = performance.now() + START_MS; performance.now() < end;) {
    if (await Deno.stat(path).then(() => true, () => false)) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}
