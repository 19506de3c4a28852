import { assertEquals, assertThrows } from "@std/assert";
import { About, formatting, LOG_FORMATS } from "../../src/core/log_format.ts";
import { checkLogger, type Logger, unfailing } from "../../src/core/logger.ts";
import { recordingLogger } from "../support.ts";

Deno.test("checkLogger() names the methods that a logger must have", () => {
  checkLogger(console, "of the runner");
  for (const logger of [{}, { ...console, debug: 5 }, null, undefined]) {
    assertThrows(
      () => checkLogger(logger as never, "of the runner"),
      TypeError,
      "logger of the runner must have the methods debug, info, warn and error, as console has",
    );
  }
});

Deno.test("unfailing() passes everything on, and keeps the wish for names before lines", () => {
  const { lines, ...logger } = recordingLogger();
  const made = unfailing({ ...logger, verbose: true });
  for (const level of ["debug", "info", "warn", "error"] as const) made[level]("text", level);
  assertEquals(lines.map(({ level, data }) => [level, ...data]), [
    ["debug", "text", "debug"],
    ["info", "text", "info"],
    ["warn", "text", "warn"],
    ["error", "text", "error"],
  ]);
  assertEquals(made.verbose, true);
});

Deno.test("unfailing() writes at least the words if a value cannot be printed, and never throws", () => {
  const written: unknown[][] = [];
  const picky = (...data: unknown[]) => {
    if (data.some((each) => typeof each !== "string")) throw new Error("only words");
    written.push(data);
  };
  const never = (...data: unknown[]) => {
    written.push(["tried", ...data]);
    throw new Error("the disk is full");
  };
  const logger: Logger = unfailing({ debug: never, info: picky, warn: picky, error: picky });
  logger.error("it failed:", {}, "twice");
  logger.warn("words");
  logger.debug("words");
  assertEquals(written, [["it failed:", "twice"], ["words"], ["tried", "words"]]);
});

Deno.test("unfailing() leaves no promise alone that a logger returns, in any format", async () => {
  let written = 0;
  const write = () => {
    written++;
    return Promise.reject(new Error("the disk is full"));
  };
  const logger: Logger = { debug: write, info: write, warn: write, error: write };
  const runner = { name: "r", clock: { now: () => 0 } } as Parameters<typeof formatting>[2];
  for (const format of LOG_FORMATS) {
    const made = unfailing(formatting(logger, format, runner));
    made.info("words");
    for (const isPrefix of [true, false]) made.warn(new About({ id: "a#1", name: "a" }, 1, isPrefix), "words");
  }
  await new Promise((resolve) => setTimeout(resolve)); // a rejection that no one handles is told by then
  assertEquals(written, 3 * LOG_FORMATS.length);
});
