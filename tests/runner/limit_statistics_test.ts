import { assert, assertEquals, assertGreater } from "@std/assert";
import { RetryAfterError, task, TaskRunner } from "../../mod.ts";
import { recordingLogger, until } from "../support.ts";

Deno.test("TaskRunner.limits() tells who waits for which limit, by key, those with most tasks first", async () => {
  await using runner = new TaskRunner({ pools: { mail: { maxWorkers: 9, throttle: { limit: 1, period: "1h" } } } });
  const gate = Promise.withResolvers<void>();
  const fetch = task({
    name: "fetch",
    concurrency: { limit: 2, key: (host: string) => host },
    throttle: { limit: 100, period: "1m", burst: 100 },
  }, (_host: string) => gate.promise);
  const handles = ["a", "a", "a", "a", "b"].map((host) => runner.submit(fetch, host));
  const mails = [1, 2].map(() => runner.submit(task({ name: "send", pool: "mail" }, () => {})));
  const run = runner.run();
  await until("all have started that may", () => runner.statistics().running === 3 && mails.some(({ done }) => done));
  const [first, second, ...others] = runner.limits();
  assertEquals(first, {
    kind: "concurrency",
    pool: "async",
    task: "fetch",
    key: "a",
    limit: 2,
    used: 2,
    waiting: 2,
  });
  const { opensInMs, ...mail } = second!;
  assertEquals(mail, { kind: "throttle", pool: "mail", limit: 1, periodMs: 3_600_000, used: 1, waiting: 1 });
  assertGreater(opensInMs!, 3_000_000);
  assertEquals(others.map(({ kind, task, limit, used, waiting }) => [kind, task, limit, used, waiting]), [
    ["throttle", "fetch", 100, 3, 0],
  ]);
  gate.resolve();
  await Promise.all(handles);
  for (const mail of mails) mail.cancel();
  await run;
  assertEquals(runner.limits().map(({ pool, waiting }) => [pool, waiting]), [["mail", 0]]);
});

Deno.test("TaskRunner.limits() reports a pause that an attempt has asked for", async () => {
  await using runner = new TaskRunner({ logger: recordingLogger(), onTaskError: "continue" });
  const busy = task({ name: "busy", retries: 1 }, (_n: number) => {
    throw new RetryAfterError("busy", { retryAfter: 3_600_000, pause: "task" });
  });
  const first = runner.submit(busy, 1);
  const run = runner.run();
  await until("it has asked", () => first.status === "retrying");
  const second = runner.submit(busy, 2);
  await until("the other one waits for that", () => runner.limits().length > 0);
  const [pause] = runner.limits();
  assertEquals([pause?.kind, pause?.task, pause?.waiting], ["pause", "busy", 1]);
  assert(pause!.opensInMs! > 3_000_000);
  first.cancel();
  second.cancel();
  await run;
  assertEquals(runner.limits(), []);
});
