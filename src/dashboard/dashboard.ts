/**
 * A page that shows what a runner does, while it does it.
 *
 * @module
 */

import { checkDenoVersion } from "./assets.ts";
import type { Dashboard } from "./open_dashboard.ts";
import { type DashboardOptions, resolveDashboardOptions } from "./options.ts";
import { DashboardServer } from "./server.ts";
import { type DashboardSource, sourcesOf } from "./sources.ts";

/**
 * Serves a page that shows what a runner does, live, and lets people act on it unless it is `readOnly`. It listens on this
 * machine alone and needs a token, which the URL has. It costs next to nothing while no page is open, does not keep the program
 * from ending, and needs `--allow-net` for its port.
 *
 * @param source A runner, or several; a function that returns those of the moment; or a checkpoint to look at: the path of a
 * file, or options as those of `readCheckpoint()`.
 * @param options Where it listens, and what it allows. Default: any free port of this machine, and no actions.
 * @returns The dashboard, which listens already.
 * @throws {TypeError} If an option is unknown or of a wrong kind, or it could be reached from other machines without a token.
 * @throws {RangeError} If a value is out of range.
 * @throws {Error} If Deno is older than 2.8.
 * @throws {Deno.errors.AddrInUse} If another program has the port.
 *
 * @example Watch a run
 * ```ts
 * import { assertMatch } from "@std/assert";
 * import { task, TaskRunner } from "@workflowy/workflowy";
 * import { dashboard } from "@workflowy/workflowy/dashboard";
 *
 * await using runner = new TaskRunner();
 * await using ui = dashboard(runner);
 * assertMatch(ui.url, /^http:\/\/127\.0\.0\.1:\d+\/#token=/); // open it in a browser
 * runner.submit(task({ name: "load" }, () => 42));
 * await runner.run();
 * ```
 */
export function dashboard(source: DashboardSource, options: DashboardOptions = {}): Dashboard {
  const resolved = resolveDashboardOptions(options);
  checkDenoVersion();
  return new DashboardServer(sourcesOf(source), resolved);
}
