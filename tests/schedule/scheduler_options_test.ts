import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { type Logger, TaskRunner } from "../../mod.ts";
import { resolveSchedulerOptions } from "../../src/schedule/scheduler_options.ts";

Deno.test("resolveSchedulerOptions() takes the given runner, the current one, or makes one", async () => {
  await using runner = new TaskRunner();
  const given = resolveSchedulerOptions({ runner });
  assertStrictEquals(given.runner, runner);
  const current = runner.use(() => resolveSchedulerOptions({}));
  assertStrictEquals(current.runner, runner);
  const own = resolveSchedulerOptions({});
  assertEquals([given, current, own].map(({ ownsRunner }) => ownsRunner), [false, false, true]);
  await own.runner.shutdown();
});

Deno.test("resolveSchedulerOptions() has the time of the computer by default", async () => {
  await using runner = new TaskRunner();
  const before = Date.now();
  const now = resolveSchedulerOptions({ runner }).clock();
  assertEquals(before <= now && now <= Date.now(), true);
});

Deno.test("resolveSchedulerOptions() has the logger of the runner by default", async () => {
  const lines: string[] = [];
  const loggerOf = (name: string): Logger => {
    const log = (...data: unknown[]) => void lines.push(`${name}: ${data.join(" ")}`);
    return { debug: log, info: log, warn: log, error: log };
  };
  await using runner = new TaskRunner({ logger: loggerOf("runner") });
  resolveSchedulerOptions({ runner }).logger.warn("missed");
  resolveSchedulerOptions({ runner, logger: loggerOf("own") }).logger.warn("missed");
  assertEquals(lines, ["runner: missed", "own: missed"]);
});

Deno.test("resolveSchedulerOptions() names what is wrong", async () => {
  await using runner = new TaskRunner();
  const wrong: [object, string][] = [
    [{ runner: {} }, "runner of a Scheduler must be a TaskRunner"],
    [runner, "The options of a Scheduler must be an object such as { runner, name, clock, logger }, not a TaskRunner"],
    [{ runner: null }, "runner of a Scheduler must be a TaskRunner"],
    [{ name: 5 }, "name of a Scheduler must be a string"],
    [{ name: "" }, "name of a Scheduler must not be empty"],
    [{ clock: 5 }, "clock of a Scheduler must be a function"],
    [{ logger: {} }, "logger of a Scheduler"],
    [{ tick: 5 }, 'Unknown option "tick" of a Scheduler'],
  ];
  for (const [options, message] of wrong) assertThrows(() => resolveSchedulerOptions(options), Error, message);
});
