/**
 * A program whose runs are traced: `traced.ts SCENE`, with `OTEL_DENO=true` and a collector.
 *
 * @module
 */

import { trace } from "@opentelemetry/api";
import { task, TaskRunner } from "../../../mod.ts";
import { telemetry } from "../../../src/observe/telemetry.ts";

const tracer = trace.getTracer("program");

/** Has a span of its own in its body, and after an await another one. */
export const spanning = task({ name: "spanning" }, async (what: string) => {
  tracer.startSpan(`${what} before`).end();
  await Promise.resolve();
  tracer.startSpan(`${what} after`).end();
  console.log(`printed by ${what}`);
  return what;
});

const join = task(
  { name: "join", label: (...parts: string[]) => parts.join("+"), tags: ["last"] },
  (...parts: string[]) => {
    return parts.join("+");
  },
);

const flaky = task({ name: "flaky", retries: 1, backoffBase: 0 }, () => {
  throw new TypeError("no answer");
});

const nesting = task({ name: "nesting" }, async () => await spanning.submit("child"));

const noop = task({ name: "noop" }, () => {});

const SCENES: Record<string, (runner: TaskRunner) => Promise<void>> = {
  async backends(runner) {
    const parts = (["async", "thread", "process"] as const).map((backend) =>
      spanning.with({ runner, backend }).submit(backend)
    );
    join.with({ runner }).submit(...parts);
    await runner.run();
  },

  async submitters(runner) {
    await tracer.startActiveSpan("request", async (span) => {
      nesting.with({ runner }).submit();
      span.end();
      await Promise.resolve();
    });
    await runner.run();
  },

  async failures(runner) {
    flaky.with({ runner }).submit();
    await runner.run();
  },

  async pools(runner) {
    const url = Deno.env.get("OTEL_EXPORTER_OTLP_ENDPOINT")!;
    runner.submit(task({ name: "busy" }, async () => await (await fetch(`${url}/until-gauges`)).text()));
    await runner.run();
  },

  async burst(runner) {
    for (let count = 0; count < 20_000; count++) runner.submit(noop);
    flaky.with({ runner }).submit();
    await runner.run();
  },
};

if (import.meta.main) {
  await using runner = new TaskRunner({ name: "traced", onTaskError: "continue" });
  using _ = telemetry(runner, { minDuration: 5, spansPerSecond: 500 });
  await SCENES[Deno.args[0]!]!(runner);
}
