/**
 * Tasks that workers find.
 *
 * @module
 */

import { currentTask, task } from "../../../mod.ts";

export const greet = task(function greet(name: string) {
  return `hello, ${name}`;
});

export const timeOfRun = task(function timeOfRun() {
  return currentTask()!.scheduledAt?.toISOString();
});
