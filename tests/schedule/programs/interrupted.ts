/**
 * A program that catches up and is killed meanwhile: `interrupted.ts CHECKPOINT LOG EPOCH CATCH_UP`. Each attempt adds a
 * line to the log when it begins and when it ends. The clock starts at the epoch given, and runs a thousand times as
 * fast as the real one.
 *
 * @module
 */

import { type CatchUp, Scheduler, task, TaskRunner } from "../../../mod.ts";
import { sleep } from "../../support.ts";

const [checkpoint, log, epoch, catchUp] = Deno.args as [string, string, string, CatchUp];
const note = (line: string) => Deno.writeTextFileSync(log, `${line}\n`, { append: true });
const clock = () => Number(epoch) + (Date.now() - Number(epoch)) * 1_000;

await using runner = await TaskRunner.resume(checkpoint);
await using scheduler = new Scheduler({ runner, clock });
const work = task({ name: "work" }, async () => {
  const { id } = scheduler.jobs()[0]!.lastHandle!;
  note(`begin ${id}`);
  await sleep(60);
  note(`end ${id}`);
});
scheduler.every("1m", { catchUp, overlap: "queue" }).do(work);
// One minute is 60 ms of real time, so that tasks are always a little behind.
for (let round = 0; round < 500; round++) {
  scheduler.tick();
  await sleep(5);
}
