/**
 * Waiting for a database that another process has locked.
 *
 * @module
 */

/** How long it is tried again, in milliseconds. Deno waits up to 5 s each time, before it says that it is locked. */
export const PATIENCE_MS = 12_000;

/**
 * How long an answer may take, in milliseconds. Where another program is stopped while it holds the lock, Deno tries by
 * itself, and without end.
 */
const LONGEST_ANSWER_MS = 30_000;

const FIRST_DELAY_MS = 5;
const LONGEST_DELAY_MS = 500;

/** Whether an error says that another process has the database locked. Such errors have no code. */
export function isLocked(error: unknown): boolean {
  return error instanceof Error && /database (table |schema )?is locked|SQLITE_BUSY/.test(error.message);
}

/** Does a job again for as long as the database is locked, but not forever. */
export async function patiently<T>(job: () => Promise<T>): Promise<T> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  for (let delay = FIRST_DELAY_MS;; delay = Math.min(2 * delay, LONGEST_DELAY_MS)) {
    try {
      return await answerTo(job());
    } catch (error) {
      if (!isLocked(error) || performance.now() >= giveUpAt) throw error;
    }
    // Programs that wait for each other are not to try again at the same time.
    const jittered = delay * (0.5 + Math.random() / 2);
    await new Promise((resolve) => setTimeout(resolve, jittered));
  }
}

/** Takes it for locked if there is no answer; a write may then still be done, later on. */
function answerTo<T>(request: Promise<T>): Promise<T> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  const message = `database is locked: no answer within ${LONGEST_ANSWER_MS / 1_000} s`;
  const timer = setTimeout(() => reject(new Error(message)), LONGEST_ANSWER_MS);
  return Promise.race([request, tooLate]).finally(() => clearTimeout(timer));
}
