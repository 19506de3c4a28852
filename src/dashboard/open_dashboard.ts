/**
 * A dashboard that is open, as its program sees it.
 *
 * @module
 */

/**
 * A dashboard. Dispose of it at the end, by `await using`: that closes its server and all connections.
 *
 * @example A dashboard within a server of the program's own
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { TaskRunner } from "@workflowy/workflowy";
 * import { type Dashboard, dashboard } from "@workflowy/workflowy/dashboard";
 *
 * await using runner = new TaskRunner();
 * await using ui: Dashboard = dashboard(runner, { listen: false, basePath: "/jobs" });
 * const response = await ui.handler(new Request("http://localhost:8000/jobs/"));
 * assertEquals(response.status, 200);
 * await response.body?.cancel();
 * ```
 */
export interface Dashboard extends AsyncDisposable {
  /**
   * Its address, with the token behind `#`, where browsers keep it to themselves. Without a server of its own, only the path
   * and the token.
   */
  readonly url: string;
  /** What a program sends as `Authorization: Bearer …`. */
  readonly token: string;
  /**
   * Answers a request, for a server of the program's own.
   *
   * @param request A request for a path below `basePath`.
   * @returns The response. It never rejects.
   */
  readonly handler: (request: Request) => Promise<Response>;
}
