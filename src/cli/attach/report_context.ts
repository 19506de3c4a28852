/**
 * What reports are made of.
 *
 * @module
 */

import type { TaskRunner } from "../../runner/task_runner.ts";
import type { Outcomes } from "./outcomes.ts";

/** What a report is about. */
export interface ReportContext {
  readonly program: string;
  readonly startedAt: Date;
  readonly finishedAt: Date;
  readonly runners: readonly TaskRunner[];
  readonly outcomes: Outcomes;
}
