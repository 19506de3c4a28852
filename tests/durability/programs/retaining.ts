/** Runs a task with a retention, and does not shut its runner down. */

import { MemoryCheckpointer, task, TaskRunner } from "../../../mod.ts";

const runner = new TaskRunner({ checkpointer: new MemoryCheckpointer(), retention: { completed: "1h" } });
await runner.submit(task({ name: "work" }, () => {}));
