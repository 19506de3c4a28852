/**
 * A dashboard for the runners that a program makes, one after the other.
 *
 * @module
 */

import type { TaskRunner } from "../runner/task_runner.ts";
import { checkDenoVersion } from "./assets.ts";
import { resolveDashboardOptions } from "./options.ts";
import { DashboardServer } from "./server.ts";
import { sourcesOf } from "./sources.ts";

/** A dashboard to which runners are added. */
export interface AttachedDashboard {
  readonly url: string;
  /** Shows a runner as well, with what it logs from now on. */
  add(runner: TaskRunner): void;
}

/** Opens a dashboard without runners. Actions are on: the person who runs the program could end it as well. */
export function attachedDashboard(): AttachedDashboard {
  checkDenoVersion();
  const runners: TaskRunner[] = [];
  const sources = sourcesOf(() => runners);
  const { url } = new DashboardServer(sources, resolveDashboardOptions({ readOnly: false }));
  return {
    url,
    add(runner) {
      runners.push(runner);
      sources.list();
    },
  };
}
