import { assertEquals, assertThrows } from "@std/assert";
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
