import { assertEquals } from "@std/assert";
import { runProgram } from "../support.ts";

Deno.test("Deno.cron is due on the weekday that Scheduler.deferToDenoCron() means, on the real clock", async () => {
  const { stdout } = await runProgram(
    `
    const { Scheduler, task } = workflowy;
    const scheduler = new Scheduler();
    const note = task({ name: "note" }, (weekday) => {
      console.log(weekday === new Date().getUTCDay());
      setTimeout(() => Deno.exit(), 2_000);
    });
    for (let weekday = 0; weekday <= 6; weekday++) scheduler.cron("* * * * " + weekday).do(note, weekday);
    scheduler.deferToDenoCron();
  `,
    "--unstable-cron",
  );
  assertEquals(stdout, "true");
});
