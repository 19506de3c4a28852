/**
 * A program whose tasks print on each backend: `prints_much.ts SCENE`. It says something on its standard error output, and
 * begins once its standard input was closed.
 *
 * @module
 */

import { task, TaskRunner } from "../../../mod.ts";

export const prints = task({ name: "prints" }, async (lines: number) => {
  for (let line = 0; line < lines; line++) {
    console.error(`line ${line}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return lines;
});

export const fails = task({ name: "fails" }, () => {
  console.error("about to fail");
  throw new Error("failed");
});

if (import.meta.main) {
  let unhandled = 0;
  if (Deno.args[0] === "guarded") {
    addEventListener("unhandledrejection", (event) => {
      event.preventDefault();
      unhandled++;
    });
  }
  console.error("ready");
  for await (const _ of Deno.stdin.readable);
  await using runner = new TaskRunner({ onTaskError: "log" });
  const backends = ["async", "thread", "process"] as const;
  const handles = backends.map((backend) => runner.submit(prints.with({ backend }), 20));
  for (const backend of backends) runner.submit(fails.with({ backend }));
  runner.addEventListener("completed", () => {
    throw new Error("a listener that throws");
  });
  const { counts } = await runner.run();
  const values = Object.fromEntries(await Promise.all(handles.map(async (each, at) => [backends[at], await each])));
  console.log(JSON.stringify({ ...values, failed: counts.failed, unhandled }));
}
