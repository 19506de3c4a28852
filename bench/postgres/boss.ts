/**
 * The same work done by pg-boss: jobs that do nothing, stored, fetched in batches and completed.
 *
 * @module
 */

import { time } from "../harness.ts";

/** As many as our runner saves at a time. */
const BATCH = 500;
const QUEUE = "noop";

/** Microseconds for each of so many jobs, a few times. */
export async function timeBoss(url: string, jobs: number, rounds: number): Promise<number[]> {
  const { default: PgBoss } = await import("npm:pg-boss@^11");
  const boss = new PgBoss({ connectionString: url, schedule: false, supervise: false });
  boss.on("error", () => {});
  await boss.start();
  await boss.createQueue(QUEUE);
  const micros: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const taken = await time(() => work(boss, jobs), jobs);
    if (round > 0) micros.push(taken);
  }
  await boss.stop({ graceful: false });
  return micros;
}

/** What is used of pg-boss. */
interface Boss {
  insert(queue: string, jobs: { readonly name: string; readonly data: object }[]): Promise<unknown>;
  fetch(queue: string, options: { readonly batchSize: number }): Promise<{ readonly id: string }[]>;
  complete(queue: string, ids: string[]): Promise<unknown>;
}

async function work(boss: Boss, jobs: number): Promise<void> {
  for (let at = 0; at < jobs; at += BATCH) {
    await boss.insert(
      QUEUE,
      Array.from({ length: Math.min(BATCH, jobs - at) }, (_, x) => ({ name: QUEUE, data: { x: at + x } })),
    );
  }
  for (let done = 0; done < jobs;) {
    const batch = await boss.fetch(QUEUE, { batchSize: BATCH });
    await boss.complete(QUEUE, batch.map(({ id }) => id));
    done += batch.length;
  }
}
