/**
 * A script whose tasks stand in the script itself, after a top-level `await` and with side effects: `main_script.ts
 * BACKEND`.
 *
 * @module
 */

import { type Backend, task, TaskBase, TaskRunner } from "../../../mod.ts";

const settings = await new Promise<{ factor: number }>((resolve) => setTimeout(() => resolve({ factor: 3 }), 50));
(globalThis as { loaded?: number }).loaded = ((globalThis as { loaded?: number }).loaded ?? 0) + 1;
console.error("side effect");

const named = task(function named(x: number) {
  return settings.factor * x;
});

const nameless = task((x: number) => x + settings.factor);

class Described extends TaskBase<[x: number], string> {
  async run(x: number): Promise<string> {
    await Promise.resolve();
    return `${x} times ${settings.factor}`;
  }
}
const described = new Described();

const loads = task({ name: "loads" }, () => (globalThis as { loaded?: number }).loaded);
const isMain = task({ name: "isMain" }, () => import.meta.main);

if (import.meta.main) {
  const backend = Deno.args[0] as Backend;
  await using runner = new TaskRunner({ maxWorkers: 1, backend });
  const handles = [
    runner.submit(named, 5),
    runner.submit(nameless, 5),
    runner.submit(described, 5),
    runner.submit(loads),
    runner.submit(isMain),
  ];
  console.log(`\nRESULTS ${JSON.stringify(await Promise.all<unknown>(handles))}`);
}
