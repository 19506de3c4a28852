/**
 * One of several programs with the same schedule: `scheduled.ts PREFIX LOG EVERY_MS LEASE_MS`. DATABASE_URL says where. Each
 * run adds a line to the log: the time for which it is, and which program it is in.
 *
 * @module
 */

import { CheckpointError, currentTask, Scheduler, task, TaskRunner } from "../../../mod.ts";
import { PostgresCheckpointer } from "../../../src/remote/postgres/mod.ts";

const [prefix = "", log = "", every = "", lease = ""] = Deno.args;
const beat = task({ name: "beat" }, () => {
  const due = currentTask()!.scheduledAt!.getTime();
  Deno.writeTextFileSync(log, `${due} ${Deno.pid}\n`, { append: true });
});
const logger = { debug() {}, info() {}, warn() {}, error: console.error };

for (;;) {
  try {
    const checkpointer = new PostgresCheckpointer({ prefix, lease: Number(lease) });
    await using runner = await TaskRunner.resume(checkpointer, { standby: true, logger });
    await using scheduler = new Scheduler({ runner, logger });
    scheduler.every(Number(every), { catchUp: "all" }).do(beat);
    scheduler.start();
    await runner.serve();
  } catch (error) {
    // It was suspended, and another one has taken over: it stands by again.
    if (!(error instanceof CheckpointError) || error.reason !== "lost") throw error;
  }
}
