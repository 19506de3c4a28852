/**
 * Retrying while another process has a database locked.
 *
 * @module
 */

/** For how long a job is tried again, in milliseconds. Deno waits up to 5 s each time before it says that it is locked. */
export const MAX_RETRY_MS = 12_000;

/**
 * How long an answer may take, in milliseconds. Where another program is stopped while it holds the lock, Deno itself retries
 * without end.
 */
const MAX_ANSWER_MS = 30_000;

/** Between tries, doubled each time up to the longest, so that a short lock costs little and a long one no CPU time. */
const FIRST_DELAY_MS = 5;
const MAX_DELAY_MS = 500;

/** Whether an error says that another process has the database locked. Such errors have no code. */
export function isLocked(error: unknown): boolean {
  return error instanceof Error && /database (table |schema )?is locked|SQLITE_BUSY/.test(error.message);
}

/** Runs a job, again and again while the database is locked, but not forever. */
export async function retryWhileLocked<T>(job: () => Promise<T>): Promise<T> {
  const giveUpAt = performance.now() + MAX_RETRY_MS;
  for (let delay = FIRST_DELAY_MS;; delay = Math.min(2 * delay, MAX_DELAY_MS)) {
    try {
      return await answerTo(job());
    } catch (error) {
      if (!isLocked(error) || performance.now() >= giveUpAt) throw error;
    }
    // Programs that wait for each other must not try again at the same time.
    const jittered = delay * (0.5 + Math.random() / 2);
    await new Promise((resolve) => setTimeout(resolve, jittered));
  }
}

/** Treats a missing answer as a lock; the write may still take place, later on. */
function answerTo<T>(request: Promise<T>): Promise<T> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  const message = `database is locked: no answer within ${MAX_ANSWER_MS / 1_000} s`;
  const timer = setTimeout(() => reject(new Error(message)), MAX_ANSWER_MS);
  return Promise.race([request, tooLate]).finally(() => clearTimeout(timer));
}
