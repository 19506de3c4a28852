/**
 * Shows retries with backoff, against an HTTP server that fails on purpose.
 *
 *     deno run --allow-net=127.0.0.1 examples/retries.ts
 *
 * @module
 */

import { NonRetryableError, RetryAfterError, task, TaskRunner } from "@workflowy/workflowy";

/** What the server answers on each path, one after the other; the last answer is repeated. */
const ANSWERS: Record<string, Response[]> = {
  "/flaky": [status(500), status(503), new Response("It worked")],
  "/busy": [status(429, { "retry-after": "1" }), new Response("Thanks for waiting")],
  "/gone": [status(404)],
  "/down": [status(500)],
};

function status(status: number, headers: HeadersInit = {}): Response {
  return new Response(null, { status, headers });
}

await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, ({ url }) => {
  const answers = ANSWERS[new URL(url).pathname]!;
  return (answers.length > 1 ? answers.shift()! : answers[0]!).clone();
});

const download = task(
  {
    name: "download",
    retries: 3,
    backoff: "exponential", // 100 ms, 200 ms, 400 ms …
    backoffBase: "100ms",
    backoffMax: "1s",
    jitter: "equal", // … each shortened by up to a half at random, so that many clients do not come back all at once.
    timeout: "5s",
  },
  async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${server.addr.port}${path}`);
    const text = await response.text();
    if (response.ok) return text;
    const message = `HTTP ${response.status}`;
    // The server says when to come back: this overrides the backoff.
    if (response.status === 429) {
      throw new RetryAfterError(message, { retryAfter: response.headers.get("retry-after") });
    }
    // Trying again does not help.
    if (response.status === 404) throw new NonRetryableError(message);
    throw new Error(message);
  },
);

await using runner = new TaskRunner();
runner.enter();
runner.addEventListener("retrying", ({ handle, attempt, error, at }) => {
  const wait = handle.retryAt!.getTime() - at.getTime();
  console.log(
    `  attempt ${attempt}: ${(error as Error).message}; next at ${handle.retryAt!.toISOString()}, in ${wait} ms`,
  );
});

for (const path of Object.keys(ANSWERS)) {
  console.log(path);
  const handle = download.submit(path);
  const { ok, value, error, attempts } = await handle.getResult(); // Unlike `await handle`, this never throws.
  console.log(ok ? `  attempt ${attempts}: "${value}"` : `  attempt ${attempts}: ${error}`);
}
