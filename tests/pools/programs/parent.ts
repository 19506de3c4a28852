/**
 * Starts children that loop, wait and idle, prints their ids, and runs until it is killed; or ends in the way that
 * its argument names.
 *
 * @module
 */

import { TaskRunner } from "../../../mod.ts";
import { whereAmI } from "../conformance/tasks.ts";
import { announcesPid, loopsAnnounced } from "../hostile_tasks.ts";

if (import.meta.main) {
  const runner = new TaskRunner({ maxWorkers: 3, onTaskError: "continue", backend: "process" });
  const places = await Promise.all([1, 2, 3].map(() => runner.submit(whereAmI, 100)));
  const idle = new Set(places.map(({ pid }) => pid));
  const busy = new Set<number>();
  const told = Promise.withResolvers<void>();
  runner.addEventListener("progress", ({ handle }) => {
    busy.add(Number(handle.progressMessage));
    if (busy.size === 2) told.resolve();
  });
  const handles = [runner.submit(loopsAnnounced), runner.submit(announcesPid, 60_000)];
  const ends = Promise.all(handles.map((handle) => handle.exception()));
  await told.promise;
  console.log(`PIDS ${JSON.stringify([...new Set([...idle, ...busy])])}`);
  if (Deno.args[0] === "exit") Deno.exit(3);
  if (Deno.args[0] === "throw") throw new Error("the parent has an error of its own");
  await ends;
}
