import { task } from "../../src/tasks/mod.ts";

/** Bodies that take some of the computer's time, in milliseconds. */
export const busyFor = task({ name: "busy-for", backend: "thread" }, (ms: number) => {
  const end = performance.now() + ms;
  while (performance.now() < end);
  return "done";
});

export const idleFor = task({ name: "idle-for", backend: "thread" }, async (ms: number) => {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return "done";
});
