/**
 * The task that fetches an item, politely.
 *
 * @module
 */

import { NonRetryableError, RetryAfterError, task } from "@workflowy/workflowy";

/** What the shop says of an item. */
export interface Item {
  readonly id: number;
  readonly price: number;
}

const host = (url: string) => new URL(url).host;

/** Fetches an item; no more than 20 requests are made within 250 ms, at even distances, and no more than 4 at a time. */
export const fetchItem = task(
  {
    name: "fetch-item",
    throttle: { limit: 20, period: "250ms", key: host },
    concurrency: { limit: 4, key: host },
    retries: 4,
    backoffBase: "50ms",
    jitter: "full",
    timeout: "10s",
  },
  async (url: string): Promise<Item> => {
    const response = await fetch(url);
    if (response.ok) return await response.json();
    await response.body?.cancel();
    const message = `HTTP ${response.status}`;
    if (response.status === 429) {
      // The server wants to be left alone for a while: all requests to it wait, and this attempt does not count.
      const retryAfter = response.headers.get("retry-after");
      throw new RetryAfterError(message, { retryAfter, pause: "key", countsAsAttempt: false });
    }
    if (response.status < 500) throw new NonRetryableError(message);
    throw new Error(message);
  },
);
