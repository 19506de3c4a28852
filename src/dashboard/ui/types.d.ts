/**
 * Types that several modules of the page have in common. Browsers do not get this file.
 *
 * @module
 */

import type { Live } from "./live.js";
import type { Store } from "./store.js";
import type { RunView } from "../live/messages.ts";

export type { Live } from "./live.js";
export type { Store } from "./store.js";
export type * from "../live/messages.ts";

/** What a query of an address has. */
export interface Route {
  readonly page: string;
  readonly rest: string;
  readonly query: URLSearchParams;
}

/** What the program answers to an action. */
export interface Answer {
  readonly retried: number;
  readonly key: string;
  readonly delivered: boolean;
}

/** What is asked of the user before something is done. */
export interface Question {
  readonly question: string;
  readonly detail?: string;
  readonly verb: string;
  readonly isDanger?: boolean;
  readonly input?: readonly Field[];
  readonly path: string;
  readonly body?: object | ((values: Readonly<Record<string, string>>) => object);
  /** What is said once it is done. */
  readonly done: string | ((answer: Answer) => string);
}

/** A message that goes away. */
export interface Toast {
  readonly key: number;
  readonly text: string;
  readonly isError: boolean;
}

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly placeholder?: string;
  readonly isOptional?: boolean;
}

export type Act = (question: Question) => void;

/** What every page gets. */
export interface PageProps {
  readonly store: Store;
  readonly live: Live;
  readonly route: Route;
  readonly act: Act;
  readonly readOnly: boolean;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A node of the graph: tasks by their indexes. */
export interface GraphNode {
  readonly name: string;
  readonly isGroup: boolean;
  readonly group: string;
  readonly tasks: number[];
  /** How many edges there are between its own tasks. */
  inner: number;
}

export interface GraphEdge {
  readonly from: number;
  readonly to: number;
  /** 0 for a dependency, 1 for what a body has submitted. */
  readonly kind: number;
  count: number;
}

export interface Graph {
  readonly nodes: GraphNode[];
  readonly edges: GraphEdge[];
  /** The node of each task; -1 for none. */
  readonly nodeOf: Int32Array;
  readonly isCut: boolean;
}

/** A graph, and how many tasks of each node have each status. */
export interface Counted {
  readonly graph: Graph;
  readonly counts: readonly number[][];
}

/** Where nodes and edges go; `x` is the left edge of a node, `y` its middle. */
export interface Placed {
  readonly sizes: readonly Size[];
  readonly isDown: boolean;
  readonly width: number;
  readonly height: number;
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly paths: readonly (readonly number[])[];
}

/** How many tasks finished in each part of some time; times are in milliseconds after the epoch of the store. */
export interface ThroughputView {
  readonly first: number;
  readonly last: number;
  readonly width: number;
  readonly good: Uint32Array;
  readonly bad: Uint32Array;
}

/** What the tasks of a name have in common; durations are in milliseconds. */
export interface NameNumbers {
  readonly name: string;
  readonly counts: number[];
  readonly all: number;
  readonly median: number;
  readonly p95: number;
  readonly max: number;
  readonly meanWait: number;
}

/** The last run and the one before, with the median duration of each name in both. */
export interface ComparedRuns {
  readonly names: readonly {
    readonly name: string;
    readonly many: number;
    readonly now: number;
    readonly earlier: number;
  }[];
  readonly lastRun: RunView;
  readonly runBefore: RunView;
}

/** Failures that say the same. */
export interface FailureKind {
  readonly name: string;
  readonly error: string;
  count: number;
  readonly first: number;
  last: number;
}

/** An attempt in the timeline. */
export interface Bar {
  /** The index of the task. */
  readonly task: number;
  readonly attempt: number;
  readonly start: number;
  readonly end: number;
  /** Since when it could have started; `NaN` if that is not known. */
  readonly wait: number;
  readonly status: number;
}

export interface Lane {
  readonly worker: string;
  /** Which one it is of those that are alike, from 1. */
  readonly number: number;
  /** Its place among all lanes. */
  at: number;
  /** How many bars it has. */
  size: number;
}

export interface LaneGroup {
  readonly name: string;
  readonly first: number;
  readonly size: number;
}

/** Attempts in columns, as there may be 100,000. See `Bar` for what they have. */
export interface Bars {
  readonly size: number;
  readonly task: Int32Array;
  readonly attempt: Uint16Array;
  readonly start: Float64Array;
  readonly end: Float64Array;
  readonly wait: Float64Array;
  readonly status: Uint8Array;
  readonly isOpen: Uint8Array;
  readonly lane: Int32Array;
  /** The bars of each lane, one lane after the other, ordered by start; and where each lane begins. */
  readonly order: Int32Array;
  readonly laneStart: Int32Array;
  readonly failed: readonly number[];
  readonly lanes: readonly Lane[];
  readonly groups: readonly LaneGroup[];
  readonly first: number;
  readonly last: number;
}

/** An error, as JSON. */
export interface ErrorView {
  readonly name: string;
  readonly message: string;
  readonly stack?: unknown;
  readonly cause?: ErrorView;
  readonly errors?: readonly ErrorView[];
}

export interface AttemptView {
  readonly number: number;
  readonly status: string;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly worker?: string;
  readonly error?: ErrorView;
}

/** All about a task; times are in ISO 8601. */
export interface TaskView {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly attempts: number;
  readonly label?: string;
  readonly tags?: readonly string[];
  readonly pool?: string;
  readonly worker?: string;
  readonly source?: string;
  readonly deadline?: string;
  readonly retryAt?: string;
  readonly submittedAt?: string;
  readonly startedAt?: string;
  readonly restored?: boolean;
  readonly cached?: boolean;
  readonly args?: readonly unknown[];
  readonly value?: unknown;
  readonly error?: ErrorView;
  readonly why: string;
  readonly history: readonly AttemptView[];
}

/** A job of a scheduler. */
export interface JobView {
  readonly name: string;
  /** What the ids of its runs begin with, before an `@`. */
  readonly id: string;
  readonly scheduler: string;
  readonly status: string;
  /** The next times, in ISO 8601. */
  readonly next: readonly string[];
  readonly last?: { readonly id: string; readonly name: string; readonly status: string; readonly error?: string };
}
