import { assert, assertEquals } from "@std/assert";
import { runProgram, tempFolder } from "../support.ts";

/** Runs a program in which Deno calls each cron every few milliseconds, whatever its expression is. */
async function runWithCrons(
  source: string,
  everyMs = 200,
): Promise<{ code: number; stdout: string[]; stderr: string }> {
  const preset = `Deno.env.set("DENO_CRON_TEST_SCHEDULE_OFFSET", "${everyMs}");\n`;
  const { code, stdout, stderr } = await runProgram(preset + source, "--unstable-cron");
  return { code, stdout: stdout === "" ? [] : stdout.split("\n"), stderr };
}

Deno.test("Deno.cron counts weekdays from 1, which is Sunday, as Scheduler.deferToDenoCron() expects", async () => {
  const { stdout } = await runWithCrons(`
    const verdicts = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "1,6,7"].map((weekday, index) => {
      try {
        void Deno.cron("job " + index, "0 0 * * " + weekday, () => {});
        return weekday + " taken";
      } catch (error) {
        return weekday + " " + error.message;
      }
    });
    console.log(verdicts.join("\\n"));
    Deno.exit(0);
  `);
  assertEquals(stdout, [
    "0 Invalid cron schedule",
    ...["1", "2", "3", "4", "5", "6", "7"].map((weekday) => `${weekday} taken`),
    "8 Invalid cron schedule",
    "1,6,7 taken",
  ]);
});

Deno.test("Deno.cron takes every expression and name that Scheduler.deferToDenoCron() lets through", async () => {
  const { code, stdout, stderr } = await runProgram(
    `
    const { Scheduler, task } = workflowy;
    const nothing = task({ name: "nothing" }, () => {});
    const scheduler = new Scheduler();
    scheduler.deferToDenoCron();
    const expressions = [
      ...[0, 1, 2, 3, 4, 5, 6, 7].map((weekday) => "0 0 * * " + weekday),
      ...["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "MON-FRI", "5-7", "0,3,6", "*/2", "0-7"].map((day) => "0 0 * * " + day),
      "* * * * *", "*/7 * * * *", "0-59/13 1-23/5 * * *", "0 0 29 2 *", "0 0 30 1,2 *", "0 0 31 * *", "0 0 1-31 * 1",
      "59 23 31 12 *", "0 0 */30 JAN-DEC/2 *", "@hourly", "@daily", "@weekly", "@monthly", "@yearly",
    ];
    expressions.forEach((expression, index) => scheduler.cron(expression, { name: "cron " + index }).do(nothing));
    const intervals = ["1m", "2m", "3m", "4m", "5m", "6m", "10m", "12m", "15m", "20m", "30m", "1h", "2h", "3h", "4h", "6h", "8h", "12h", "1d"];
    for (const interval of intervals) scheduler.every(interval, { name: "every " + interval }).do(nothing);
    for (const name of ["x", "x".repeat(64), "a-b_c D9", "-", " a", "tab\\there", "line\\nbreak"]) {
      scheduler.every("1h", { name }).do(nothing);
    }
    const refused = ["0 0 31 2 *", "0 0 30 2 *", "0 0 31 4,6 *", "61 * * * *"].filter((expression) => {
      try {
        scheduler.cron(expression);
        return false;
      } catch (error) {
        return error instanceof RangeError;
      }
    });
    console.log(scheduler.jobs().length - expressions.length - intervals.length, refused.length);
    // By then Deno has computed when each of them is due.
    await new Promise((resolve) => setTimeout(resolve, 100));
    await scheduler.stop();
    console.log("end");
  `,
    "--unstable-cron",
  );
  assertEquals([code, stdout, stderr], [0, "7 4\nend", ""]);
});

Deno.test("Scheduler.deferToDenoCron() has Deno submit tasks, again and again, and keeps the program alive until stop()", async () => {
  const { code, stdout, stderr } = await runWithCrons(`
    const { Scheduler, task } = workflowy;
    const scheduler = new Scheduler();
    let count = 0;
    const job = scheduler.cron("0 8 * * MON", { name: "weekly" }).do(task({ name: "count" }, (by) => {
      console.log(count += by);
      if (count === 30) void scheduler.stop(); // at once, so that there is no fourth time
    }), 10);
    scheduler.deferToDenoCron();
    console.log(job.nextFire.getUTCDay(), job.nextFire.getUTCHours());
  `);
  assertEquals([code, stdout, stderr], [0, ["1 8", "10", "20", "30"], ""]);
});

Deno.test("Scheduler.deferToDenoCron() lets Deno try a job again whose task has failed, and report it once", async () => {
  const { code, stdout, stderr } = await runWithCrons(
    `
    const { Scheduler, task } = workflowy;
    const scheduler = new Scheduler();
    let count = 0;
    const work = task({ name: "work" }, () => {
      count++;
      if (count === 1 || count === 2) throw new RangeError("disk full " + count);
      console.log("done in attempt", count, "of round", rounds);
      void scheduler.stop();
      marker.abort();
    });
    let rounds = 0;
    const marker = new AbortController();
    void Deno.cron("marker", "0 0 1 1 *", { signal: marker.signal }, () => void rounds++);
    scheduler.every("1d").do(work);
    scheduler.deferToDenoCron({ backoffSchedule: [10, 20] });
  `,
    3_000,
  );
  assertEquals([code, stdout], [0, ["done in attempt 3 of round 1"]]);
  assertEquals(stderr.match(/RangeError: disk full \d/g), ["RangeError: disk full 1", "RangeError: disk full 2"]);
  assert(stderr.includes("Exception in cron handler work"), stderr);
});

Deno.test("Deno.cron refuses the names that Scheduler.deferToDenoCron() refuses, and those that are taken", async () => {
  const { stdout } = await runProgram(
    `
    const { Scheduler, task } = workflowy;
    const nothing = task({ name: "nothing" }, () => {});
    const scheduler = new Scheduler();
    const refusalOf = (act) => {
      try {
        act();
        return "taken";
      } catch (error) {
        return error.name;
      }
    };
    scheduler.deferToDenoCron();
    for (const name of ["a:b", "a.b", "x".repeat(65), "x".repeat(257), "tägliche Arbeit", "a\u00a0b", "x"]) {
      const theirs = refusalOf(() => void Deno.cron(name, "0 0 * * *", () => {}));
      console.log(theirs, refusalOf(() => scheduler.every("1h", { name }).do(nothing)));
    }
    const job = scheduler.every("1h", { name: "again" }).do(nothing);
    job.cancel();
    scheduler.every("1h", { name: "again" }).do(nothing);
    await scheduler.stop();
    scheduler.deferToDenoCron();
    console.log(scheduler.jobs().map(({ name }) => name).join());
    Deno.exit();
  `,
    "--unstable-cron",
  );
  assertEquals(stdout.split("\n"), [
    ...Array(2).fill("TypeError RangeError"),
    "TypeError TypeError", // Deno Deploy takes it
    ...Array(3).fill("TypeError RangeError"),
    "taken TypeError",
    "again",
  ]);
});

Deno.test("Scheduler.deferToDenoCron({ heartbeat: true }) runs jobs on the real Deno.cron", async () => {
  const { code, stdout, stderr } = await runWithCrons(`
    const { Scheduler, task } = workflowy;
    let now = Date.parse("2026-06-01T07:59:30Z");
    const scheduler = new Scheduler({ clock: () => now += 15_000 });
    const done = () => { if (fired.size === 2) setTimeout(() => scheduler.stop()); };
    const fired = new Set();
    const note = task({ name: "note" }, (what) => { fired.add(what); done(); });
    scheduler.cron("2 10 * * *", { timezone: "Europe/Berlin" }).do(note, "cron");
    scheduler.at("2026-06-01T08:00:30Z").do(note, "at");
    scheduler.deferToDenoCron({ heartbeat: true });
    globalThis.addEventListener("unload", () => console.log([...fired].join()));
  `);
  assertEquals([code, stdout, stderr], [0, ["at,cron"], ""]);
});

Deno.test("Scheduler.deferToDenoCron() without --unstable-cron says what to do", async () => {
  const { code, stderr } = await runProgram(`new workflowy.Scheduler().deferToDenoCron();`);
  assertEquals(code, 1);
  assert(stderr.includes("deferToDenoCron() needs Deno.cron: run the program with --unstable-cron"), stderr);
});

Deno.test("Deno.cron refuses the retries that Scheduler.deferToDenoCron() refuses, and says so of a name that is for Deno Deploy", async () => {
  const { stdout } = await runProgram(
    `
    const { Scheduler, task } = workflowy;
    const refusalOf = (act) => {
      try {
        act();
        return "taken";
      } catch (error) {
        return error.name;
      }
    };
    const schedules = [[], [1, 2, 3, 4, 5], [3_600_000], [1, 2, 3, 4, 5, 6], [3_600_001]];
    for (const [index, backoffSchedule] of schedules.entries()) {
      const theirs = refusalOf(() => void Deno.cron("job " + index, "0 0 * * *", { backoffSchedule }, () => {}));
      console.log(theirs, refusalOf(() => new Scheduler().deferToDenoCron({ backoffSchedule })));
    }
    const scheduler = new Scheduler();
    scheduler.every("1h", { name: "x".repeat(65) }).do(task({ name: "nothing" }, () => {}));
    try {
      scheduler.deferToDenoCron();
    } catch (error) {
      console.log(error.message.replace(/x+/, "x"));
    }
    Deno.exit();
  `,
    "--unstable-cron",
  );
  assertEquals(stdout.split("\n"), [
    ...Array(3).fill("taken taken"),
    ...Array(2).fill("TypeError RangeError"),
    'Deno.cron refuses "x" (0 * * * *), as: TypeError: Cron name cannot exceed 64 characters: current length 65: give the ' +
    "job another name",
  ]);
});

Deno.test('Scheduler.deferToDenoCron({ heartbeat: "all" }) runs all jobs by one cron of the real Deno.cron', async () => {
  const { code, stdout, stderr } = await runWithCrons(`
    const { Scheduler, task } = workflowy;
    let now = Date.parse("2026-06-01T07:59:30Z");
    const scheduler = new Scheduler({ clock: () => now += 15_000 });
    const fired = new Set();
    const note = task({ name: "note" }, (what) => {
      fired.add(what);
      if (fired.size === 120) setTimeout(() => scheduler.stop());
    });
    // Deno takes 100 crons at most.
    for (let count = 0; count < 120; count++) scheduler.every("1m", { name: "jöb " + count }).do(note, count);
    scheduler.deferToDenoCron({ heartbeat: "all" });
    globalThis.addEventListener("unload", () => console.log(fired.size));
  `);
  assertEquals([code, stdout, stderr], [0, ["120"], ""]);
});

Deno.test("Scheduler.deferToDenoCron() starts again what a program had not finished that was killed, on the real Deno.cron", async () => {
  await using folder = await tempFolder();
  const program = (time: string, body: string) =>
    runWithCrons(`
    const { currentTask, Scheduler, task, TaskRunner } = workflowy;
    const runner = await TaskRunner.resume(${JSON.stringify(folder.file())});
    const scheduler = new Scheduler({ runner, clock: () => Date.parse("${time}") });
    const work = task({ name: "work", module: "file:///nightly.ts" }, async () => {
      console.log(currentTask().id);
      ${body}
    });
    scheduler.cron("0 3 * * *", { name: "nightly", catchUp: "all", timezone: "UTC" }).do(work);
    scheduler.deferToDenoCron();
  `);
  // The program is called twice: in the first one, the job begins to count.
  const stop = "void scheduler.stop().then(() => runner.shutdown());";
  const ids = [1, 2, 3].map((day) => `nightly@2026-06-0${day}T03:00:00.000Z`);
  assertEquals(await program("2026-06-01T03:00:00Z", stop), { code: 0, stdout: [ids[0]!], stderr: "" });
  const kill = `await runner.flush(); Deno.kill(Deno.pid, "SIGKILL"); await new Promise(() => {});`;
  assertEquals((await program("2026-06-02T03:00:00Z", kill)).stdout, [ids[1]!]);
  const stopAtLast = `if (currentTask().id === "${ids[2]}") ${stop}`;
  assertEquals(await program("2026-06-03T03:00:00Z", stopAtLast), { code: 0, stdout: ids.slice(1), stderr: "" });
});
