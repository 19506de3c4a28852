/**
 * A shop on the web that allows a number of requests within a period, and answers 429 beyond that. Some items fail once.
 *
 * @module
 */

/** A server under way. */
export interface Shop extends AsyncDisposable {
  /** Where it is, such as `http://127.0.0.1:49152`. */
  readonly url: string;
  /** How many requests there were. */
  readonly requests: number;
  /** How many of them were turned away. */
  readonly rejected: number;
}

/**
 * Opens the shop.
 *
 * @param limit How many requests it allows within the period.
 * @param periodMs The period in milliseconds.
 */
export function openShop(limit: number, periodMs: number): Shop {
  const allowed: number[] = []; // when the last requests came
  const failed = new Set<string>();
  let requests = 0;
  let rejected = 0;
  const answer = ({ url }: Request): Response => {
    const now = performance.now();
    requests++;
    while (allowed[0] !== undefined && allowed[0] <= now - periodMs) allowed.shift();
    if (allowed.length >= limit) {
      rejected++;
      return new Response(null, { status: 429, headers: { "retry-after": "1" } });
    }
    allowed.push(now);
    const id = new URL(url).pathname.slice("/items/".length);
    if (Number(id) % 25 === 13 && !failed.has(id)) {
      failed.add(id);
      return new Response(null, { status: 500 });
    }
    return Response.json({ id: Number(id), price: 5 + Number(id) % 7 });
  };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, answer);
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    get requests() {
      return requests;
    },
    get rejected() {
      return rejected;
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
