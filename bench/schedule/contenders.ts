/**
 * Schedulers, ours and others', behind one interface; each with the system's own clock and timers.
 *
 * @module
 */

import type { Cron } from "npm:croner@^11";
import { Scheduler, task, TaskRunner } from "../../mod.ts";
import { LINEAR_SCAN, LinearScan } from "./linear_scan.ts";

/** Jobs of one scheduler. */
export interface Jobs {
  /** Makes a job that is due each second, or not for days. */
  add(when: "each second" | "later", index: number): void;
  /** From now on jobs are due. */
  start(): void;
  /** Is called for each time that a job is due. */
  onFire: () => void;
}

/** A kind of scheduler. */
export interface Contender {
  readonly name: string;
  /** How many jobs it is measured with. */
  readonly jobs: number;
  /** Whether its jobs can be due each second; cron expressions of five fields are not. */
  readonly hasSeconds: boolean;
  open(): Promise<Jobs> | Jobs;
}

/** The number of jobs for ours and the cheaper ones. */
export const MANY = 100_000;
const SECOND_MS = 1_000;
const LATER_MS = 9 * 86_400_000;

export const OURS: Contender = ours(
  "ours, every()",
  (scheduler, when) => scheduler.every(when === "later" ? LATER_MS : "1s"),
);
export const TIMERS: Contender = { name: "setTimeout() a job", jobs: MANY, hasSeconds: true, open: timers };
export const SCAN: Contender = { name: LINEAR_SCAN, jobs: MANY, hasSeconds: true, open: linearScan };
export const CRONER: Contender = { name: "croner", jobs: 2_000, hasSeconds: true, open: croner };
export const NODE_CRON: Contender = { name: "node-cron", jobs: 10_000, hasSeconds: true, open: nodeCron };

/** In the order in which they are shown. */
export const CONTENDERS: readonly Contender[] = [
  OURS,
  ours("ours, at()", (scheduler) => scheduler.at(Date.now() + LATER_MS), "minutes"),
  ours(
    "ours, cron(), 60 expressions",
    (scheduler, _, index) => scheduler.cron(`${index % 60} 0 1 1 *`, { timezone: "UTC" }),
    "minutes",
  ),
  ours(
    "ours, cron(), 60 in Berlin",
    (scheduler, _, index) => scheduler.cron(`${index % 60} 0 1 1 *`, { timezone: "Europe/Berlin" }),
    "minutes",
  ),
  ours(
    "ours, cron(), 1,440 expressions",
    (scheduler, _, index) => scheduler.cron(`${index % 60} ${Math.floor(index / 60) % 24} 1 1 *`, { timezone: "UTC" }),
    "minutes",
  ),
  SCAN,
  TIMERS,
  CRONER,
  NODE_CRON,
];

function ours(
  name: string,
  timesOf: (scheduler: Scheduler, when: "each second" | "later", index: number) => ReturnType<Scheduler["every"]>,
  finest: "seconds" | "minutes" = "seconds",
): Contender {
  return {
    name,
    jobs: MANY,
    hasSeconds: finest === "seconds",
    open() {
      const scheduler = new Scheduler();
      const work = task({ name: "work" }, () => jobs.onFire());
      const jobs: Jobs = {
        add: (when, index) => void timesOf(scheduler, when, index).do(work),
        start: () => scheduler.start(),
        onFire() {},
      };
      return jobs;
    },
  };
}

function linearScan(): Jobs {
  const runner = new TaskRunner();
  void runner.serve();
  const scan = new LinearScan(runner, () => Date.now());
  const work = task({ name: "work" }, () => jobs.onFire());
  let due = 0;
  const arm = () => setTimeout(look, due - Date.now());
  const look = () => {
    scan.tick();
    due += SECOND_MS;
    arm();
  };
  const jobs: Jobs = {
    add: (when) => scan.every(when === "later" ? LATER_MS : SECOND_MS, work),
    start() {
      due = Date.now() + SECOND_MS;
      scan.start();
      arm();
    },
    onFire() {},
  };
  return jobs;
}

function timers(): Jobs {
  const intervals: number[] = [];
  const arm = (due: number, interval: number) => {
    setTimeout(() => {
      arm(due + interval, interval);
      jobs.onFire();
    }, due - Date.now());
  };
  const jobs: Jobs = {
    add: (when) => void intervals.push(when === "later" ? LATER_MS : SECOND_MS),
    start() {
      const now = Date.now();
      for (const interval of intervals) arm(now + interval, interval);
    },
    onFire() {},
  };
  return jobs;
}

async function croner(): Promise<Jobs> {
  const { Cron } = await import("npm:croner@^11");
  const all: Cron[] = [];
  const jobs: Jobs = {
    add: (when, index) => void all.push(new Cron(expressionOf(when, index))),
    start() {
      for (const cron of all) cron.schedule(() => jobs.onFire());
    },
    onFire() {},
  };
  return jobs;
}

async function nodeCron(): Promise<Jobs> {
  const { createTask } = await import("npm:node-cron@^4");
  const all: ReturnType<typeof createTask>[] = [];
  const jobs: Jobs = {
    add: (when, index) => void all.push(createTask(expressionOf(when, index), () => jobs.onFire())),
    start() {
      for (const each of all) void each.start();
    },
    onFire() {},
  };
  return jobs;
}

/** With seconds, as croner and node-cron have them. */
function expressionOf(when: "each second" | "later", index: number): string {
  return when === "later" ? `0 ${index % 60} 0 1 1 *` : "* * * * * *";
}
