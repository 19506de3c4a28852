/**
 * A server for the demo: it has the weather of some years, and can be down for a city.
 *
 * @module
 */

import { parse } from "csv-parse/sync";
import type { Day } from "./tasks.ts";

/** A running server. */
export interface WeatherServer extends AsyncDisposable {
  readonly url: string;
  /** Cities for which it is down. */
  readonly down: Set<string>;
}

/** Starts the server, on a free port. */
export async function startServer(): Promise<WeatherServer> {
  const rows: string[][] = parse(await Deno.readTextFile(new URL("../data/weather.csv", import.meta.url)));
  const days = new Map(rows.map(([city = "", date = "", , max, min, , weather = ""]): [string, Day] => {
    return [`/${city}/${date}`, { city, mean: (Number(max) + Number(min)) / 2, weather }];
  }));
  const down = new Set<string>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, ({ url }) => {
    const path = decodeURIComponent(new URL(url).pathname);
    const day = days.get(path);
    if (day === undefined) return new Response(null, { status: 404 });
    return down.has(day.city) ? new Response(null, { status: 503 }) : Response.json(day);
  });
  return { url: `http://127.0.0.1:${server.addr.port}`, down, [Symbol.asyncDispose]: () => server.shutdown() };
}
