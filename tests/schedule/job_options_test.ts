import { assertEquals, assertThrows } from "@std/assert";
import type { JobOptions } from "../../mod.ts";
import { resolveJobOptions } from "../../src/schedule/job_options.ts";

Deno.test("resolveJobOptions() fills in the defaults, and turns the jitter into milliseconds", () => {
  assertEquals(resolveJobOptions({}, "of a job", []), {
    name: undefined,
    timezone: undefined,
    overlap: "allow",
    catchUp: "none",
    catchUpLimit: 1_000,
    jitter: 0,
    key: undefined,
  });
  const given: JobOptions = {
    name: "nightly",
    timezone: "UTC",
    overlap: "skip",
    catchUp: "all",
    catchUpLimit: Infinity,
    jitter: "5m",
    key: "n",
  };
  assertEquals(resolveJobOptions(given, "of a job", []), { ...given, jitter: 300_000 } as never);
});

Deno.test("resolveJobOptions() refuses what is wrong, and what makes no sense for such a job", () => {
  const wrong: [object, typeof TypeError | typeof RangeError, string][] = [
    [{ name: "" }, RangeError, "name of a job"],
    [{ name: 5 }, TypeError, "name of a job"],
    [{ key: "" }, RangeError, "key of a job"],
    [{ overlap: "wait" }, TypeError, "overlap of a job"],
    [{ catchUp: true }, TypeError, "catchUp of a job"],
    [{ catchUpLimit: 0 }, RangeError, "catchUpLimit of a job"],
    [{ jitter: -1 }, RangeError, "jitter of a job"],
    [{ every: 5 }, TypeError, 'Unknown option "every" of a job'],
    [{ timezone: "UTC" }, TypeError, 'Unknown option "timezone" of a job'],
  ];
  for (const [options, type, message] of wrong) {
    const error = assertThrows(() => resolveJobOptions(options, "of a job", ["timezone"]), Error, message);
    assertEquals(error.constructor === type || type === TypeError && error instanceof RangeError, true, message);
  }
});
