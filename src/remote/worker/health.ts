/**
 * Whether a worker is well, for whatever watches it.
 *
 * @module
 */

import type { TaskWorker } from "./task_worker.ts";

/** Answers `GET /healthz`: 200 while the worker takes jobs, else 503; what it does, as JSON. */
export function serveHealth(
  { port, hostname }: { readonly port: number; readonly hostname?: string | undefined },
  worker: string,
  taskWorker: Pick<TaskWorker, "state">,
): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ port, onListen: () => {}, ...(hostname !== undefined && { hostname }) }, ({ url, method }) => {
    if (new URL(url).pathname !== "/healthz" || (method !== "GET" && method !== "HEAD")) {
      return new Response("Not found", { status: 404 });
    }
    const { isConnected, isLeaving, jobs } = taskWorker.state;
    const status = isLeaving ? "leaving" : isConnected ? "serving" : "disconnected";
    return Response.json({ status, worker, jobs }, { status: status === "serving" ? 200 : 503 });
  });
}
