/**
 * The service that is killed: it accepts jobs, runs others by a schedule, and takes up after each start what it had accepted.
 *
 * @module
 */

import { currentTask, FileCheckpointer, Scheduler, task, TaskRunner } from "../../../mod.ts";
import { sleep } from "../../support.ts";
import { writeDiary } from "../diary.ts";
import { DONE, type ServiceOrder } from "../service.ts";

/** What both of the other tasks submit twice, with equal arguments. */
const part = task({ name: "part" }, async (label: string) => {
  const { id, attempt } = currentTask()!;
  writeDiary({ what: "begin", id, label, attempt });
  await sleep(2);
  writeDiary({ what: "end", id, label, attempt });
});

async function work(label: string): Promise<string> {
  const { id, attempt } = currentTask()!;
  writeDiary({ what: "begin", id, label, attempt });
  await Promise.all([part.submit(label), part.submit(label)]);
  if (attempt === 1 && label.endsWith("3")) throw new Error("fails at first"); // its second attempt finds the parts
  await sleep(2);
  writeDiary({ what: "end", id, label, attempt });
  return label;
}

const accepted = task({ name: "accepted", retries: 1, backoff: "none" }, work);
const scheduled = task({ name: "scheduled", retries: 1, backoff: "none" }, work);

async function main({ path, labels, ticks, retention }: ServiceOrder): Promise<void> {
  await using runner = await TaskRunner.resume(new FileCheckpointer(path), {
    retention,
    maxWorkers: 3,
    onTaskError: "log",
  });
  const scheduler = new Scheduler({ runner, name: "campaign" });
  scheduler.every("20ms", { name: "often", catchUp: "all", catchUpLimit: 5 }).do(
    scheduled,
    (due) => [`at ${due.toISOString()}`],
  );
  runner.resubmitOrphans();
  const served = runner.serve();
  scheduler.start();
  for (const label of labels) {
    // A client whose request was not answered sends it again: with a key that is the same job.
    const isKeyed = label.startsWith("key");
    const handle = isKeyed
      ? accepted.with({ runner, key: label }).submit(label)
      : accepted.with({ runner }).submit(label);
    await handle.saved();
    writeDiary({ what: "accepted", id: handle.id, label, attempt: 0 });
    await sleep(3);
  }
  for (let seen = 0; seen < ticks; seen = runner.statistics().completed) await sleep(5);
  await scheduler.stop();
  await runner.stop();
  await served;
  console.log(DONE);
}

if (import.meta.main) await main(JSON.parse(Deno.args[0]!) as ServiceOrder);
