import { task } from "../../src/tasks/mod.ts";
import { sleep } from "../../src/tasks/waiting.ts";

/** What sleep() throws in a worker. */
export const sleepsInWorker = task({ name: "sleepsInWorker" }, () => {
  try {
    sleep(1);
    return "it slept";
  } catch (error) {
    return (error as Error).message;
  }
});
