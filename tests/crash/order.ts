/**
 * What a program of the campaign is told to do, and what it says when it is done.
 *
 * @module
 */

import type { TaskStatus } from "../../mod.ts";
import type { PlanSetup } from "./plan.ts";
import type { StoreSpec } from "./store.ts";

/** How a program kills itself. Counts are from 1. */
export type Strike =
  /** At a call of the checkpointer's `save()`: before it, right after it has begun, or after it, before the runner knows. */
  | { readonly at: "save"; readonly count: number; readonly moment: "before" | "during" | "after" }
  /** At something that is done to the checkpoint's files; of a write, after that share of its bytes. */
  | { readonly at: "file"; readonly count: number; readonly share: number };

/** Ways to break the rules, to see that it is found out. */
export type Fault =
  /** Steps are known by the place at which they were submitted. */
  | "ids by position"
  /** The checkpointer says that records are saved, and saves them a little later. */
  | "acknowledges before it writes"
  /** The checkpointer gives back all records but one that has completed. */
  | "forgets a record"
  /** The checkpointer gives back one value for another. */
  | "mixes up values"
  /** The checkpointer keeps the first record of an id, not the last one. */
  | "keeps old records"
  /** The checkpointer does not synchronise the file, although it was told to. */
  | "never synchronises"
  /** A process that the program has started outlives it. */
  | "leaves a process behind";

/** What a program is told. */
export interface Order {
  readonly plan: PlanSetup;
  readonly store: StoreSpec;
  /** In milliseconds. */
  readonly checkpointInterval: number;
  /** The seed of the order in which steps are submitted. */
  readonly shuffle: number;
  /** The indices of the steps that are left out. */
  readonly omitted: readonly number[];
  /** `"steps"`: those of the plan; `"orphans"`: what has not finished by the checkpoint, and nothing else. */
  readonly submits: "steps" | "orphans";
  readonly keepFailed: boolean;
  readonly handleSignals: boolean;
  readonly strike: Strike | undefined;
  readonly fault: Fault | undefined;
}

/** The outcome of one submission of a step. */
export interface StepResult {
  readonly step: number;
  readonly label: string;
  readonly id: string;
  readonly status: TaskStatus;
  /** The fingerprint of its value or error. */
  readonly print: string;
  /** The value or error, for people. */
  readonly text: string;
  /** Whether it had finished as soon as it was submitted. */
  readonly wasPrimed: boolean;
}

/** What a program says at the end of its run. */
export interface Results {
  readonly steps: readonly StepResult[];
  /** How often `save()` was called, and how often something was done to the checkpoint's files. */
  readonly saves: number;
  readonly fileOperations: number;
}

/** What the line begins with on which a program says its results. */
export const RESULTS_MARK = "RESULTS ";
