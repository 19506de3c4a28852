/**
 * The tasks of a night.
 *
 * @module
 */

import { type RunReport, task, type TaskHandle, type TaskRunner } from "@workflowy/workflowy";

/** The weather of a day in a city. */
export interface Day {
  readonly city: string;
  readonly mean: number;
  readonly weather: string;
}

/** Loads what was measured in a city; a server that is down is tried again twice, and after a minute it is too late. */
const load = task({
  name: "load",
  label: (_server: string, city: string, date: string) => `${city}, ${date}`,
  retries: 2,
  backoffBase: "100ms",
  deadline: "1m",
}, async (server: string, city: string, date: string): Promise<Day> => {
  const response = await fetch(`${server}/${encodeURIComponent(city)}/${date}`);
  if (!response.ok) throw new Error(`HTTP ${response.status} for ${city}`);
  return await response.json();
});

/** One line on all cities. It is written only if there are all of them. */
const summarize = task({ name: "summarize", label: (_, date) => date }, (days: Day[], _date: string) => {
  return days.map(({ city, mean, weather }) => `${city} ${mean.toFixed(1)} °C and ${weather}`).join("; ");
});

/**
 * Submits the tasks of a night. The keys say which night and which city: submitted again, they stand for the same work, of
 * which a resumed runner does what is left.
 */
export function submitNight(runner: TaskRunner, server: string, date: string): TaskHandle<string> {
  const tags = [`night ${date}`]; // by which the history finds what belongs together
  const days = ["Seattle", "New York"].map((city) =>
    load.with({ runner, tags, key: `${date}/${city}` }).submit(server, city, date)
  );
  return summarize.with({ runner, tags, key: date }).submit(days, date);
}

/** How a run went, in a line. */
export function describeRun({ counts: { completed, failed } }: RunReport): string {
  return failed === 0 ? `all ${completed} tasks completed` : `${completed} of ${completed + failed} tasks completed`;
}
