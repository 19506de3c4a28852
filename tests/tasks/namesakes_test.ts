import { assert, assertEquals, assertMatch } from "@std/assert";
import { task, TaskRunner } from "../../mod.ts";
import { recordingLogger } from "../support.ts";

/** Makes a task of a new function at each call. */
function made(name: string, value: number) {
  return task({ name }, () => value);
}

async function warningsOf(use: (runner: TaskRunner) => PromiseLike<unknown>): Promise<string[]> {
  const logger = recordingLogger();
  await using runner = new TaskRunner({ logger, onTaskError: "continue" });
  await use(runner);
  return logger.lines.map(({ level, data }) => `${level}: ${data[0]}`);
}

Deno.test("two functions of one name in one module are warned of once, with both places", async () => {
  const first = task({ name: "namesakes" }, () => 1);
  const second = task({ name: "namesakes" }, () => 2);
  const warnings = await warningsOf(async (runner) => {
    const sums = [first, second, first, second].map((each) => runner.submit(each));
    assertEquals(await Promise.all(sums), [1, 2, 1, 2]);
  });
  assertEquals(warnings.length, 1);
  const [, one, two] = /^warn: Two functions have the name "namesakes", at (\S+) and at (\S+)\. /.exec(warnings[0]!) ??
    [];
  assertMatch(one ?? "", /^namesakes_test\.ts:\d+:\d+$/);
  assertMatch(two ?? "", /^namesakes_test\.ts:\d+:\d+$/);
  assert(one !== two);
});

Deno.test("functions of one name that are made in one place are warned of", async () => {
  const warnings = await warningsOf(async (runner) => {
    assertEquals([await runner.submit(made("made", 1)), await runner.submit(made("made", 2))], [1, 2]);
  });
  assertEquals(warnings.length, 1);
});

Deno.test("a function that another one of its name has replaced is warned of, though only the first is submitted", async () => {
  const first = made("replaced", 1);
  made("replaced", 2);
  assertEquals((await warningsOf((runner) => runner.submit(first))).length, 1);
});

Deno.test("no namesakes are: functions of two runners, variants of one task, one function twice, renamed tasks", async () => {
  const body = () => 1;
  for (let round = 0; round < 2; round++) {
    assertEquals(await warningsOf((runner) => runner.submit(made("in-turns", round))), []);
  }
  const warnings = await warningsOf(async (runner) => {
    const one = made("variants", 1);
    await Promise.all([one, one.with({ priority: 1 }), one.with({ name: "other" })].map((each) => runner.submit(each)));
    for (const each of [task({ name: "twice" }, body), task({ name: "twice" }, body)]) await runner.submit(each);
    for (const name of ["users", "orders"]) await runner.submit(made("renamed", 1).with({ name }));
  });
  assertEquals(warnings, []);
});
