import { assertEquals } from "@std/assert";
import { runProgram } from "../support.ts";

/** What a program says of each of these calls, if it runs on a Deno whose `Temporal` is what `preset` makes of it. */
async function answersOf(preset: string, calls: readonly string[]): Promise<string[]> {
  const { stdout } = await runProgram(`
    ${preset}
    const { Scheduler, task } = workflowy;
    const scheduler = new Scheduler({ clock: () => Date.parse("2026-06-01T00:00:00Z") });
    const work = task({ name: "work" }, () => {});
    const answerOf = (call) => {
      try {
        return call().do(work).nextFire.toISOString();
      } catch (error) {
        return error.name + ": " + error.message;
      }
    };
    for (const call of [${calls.map((call) => `() => ${call}`)}]) console.log(answerOf(call));
  `);
  return stdout.split("\n");
}

const VERSION = Deno.version.deno;
const ADVICE = `use Deno 2.7 or later (or 2.6 with "unstable": ["temporal"] in deno.json), or`;

Deno.test("Scheduler says that time zones and strings need Temporal, on a Deno that has none", async () => {
  const answers = await answersOf("delete globalThis.Temporal;", [
    `scheduler.cron("0 8 * * *", { timezone: "Europe/Berlin" })`,
    `scheduler.cron("0 8 * * *", { timezone: "Mars/Olympus" })`,
    `scheduler.cron("0 8 * * *", { timezone: "UTC" })`,
    `scheduler.at("2026-06-01T12:00:00Z")`,
    `scheduler.at(new Date("2026-06-01T12:00:00Z"))`,
    `scheduler.at({})`,
    `scheduler.every("1h")`,
  ]);
  assertEquals(answers, [
    `Error: A cron job in the time zone "Europe/Berlin" needs Temporal, which Deno ${VERSION} does not have: ${ADVICE} timezone: "UTC"`,
    `RangeError: timezone of a cron job must be a time zone such as "Europe/Berlin" or "UTC", not "Mars/Olympus"`,
    "2026-06-01T08:00:00.000Z",
    `Error: at("2026-06-01T12:00:00Z") needs Temporal, which Deno ${VERSION} does not have: ${ADVICE} give a Date`,
    "2026-06-01T12:00:00.000Z",
    "TypeError: The time of a job must be a Date, a Temporal.Instant or ZonedDateTime, milliseconds or a string, not an object",
    "2026-06-01T01:00:00.000Z",
  ]);
});

Deno.test("Scheduler says the same of zones on a Deno whose Temporal does not know when clocks change", async () => {
  const preset =
    `Temporal.ZonedDateTime.prototype.getTimeZoneTransition = () => { throw new Error("Not yet implemented"); };`;
  const answers = await answersOf(preset, [
    `scheduler.cron("0 8 * * *", { timezone: "Europe/Berlin" })`,
    `scheduler.cron("0 8 * * *", { timezone: "UTC" })`,
    `scheduler.at("2026-06-01T14:00[Europe/Berlin]")`,
  ]);
  assertEquals(answers, [
    `Error: A cron job in the time zone "Europe/Berlin" needs Temporal, which Deno ${VERSION} does not have: ${ADVICE} timezone: "UTC"`,
    "2026-06-01T08:00:00.000Z",
    "2026-06-01T12:00:00.000Z",
  ]);
});
