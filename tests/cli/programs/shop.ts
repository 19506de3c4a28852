/**
 * A program that `workflowy run` runs. Its arguments say what it does.
 *
 * @module
 */

import { task, TaskRunner } from "../../../mod.ts";

const words = new Set(Deno.args);

const visit = task({ name: "visit", label: (shop: string) => `the shop <${shop}>` }, (shop: string) => {
  console.log(`visited ${shop}`);
  if (words.has("broken") && shop === "south") throw new TypeError("no & way\x01");
  if (words.has("stop") && shop === "south") Deno.exit(9);
  return shop;
});

if (import.meta.main) {
  const options = {
    maxWorkers: 1,
    ...(!words.has("raise") && { onTaskError: "log" as const }),
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    ...(words.has("own") && { checkpointPath: `${Deno.args.at(-1)}` }),
  };
  await using runner = new TaskRunner(options);
  if (!words.has("idle")) {
    const north = visit.with({ runner }).submit("north");
    visit.with({ runner, dependsOn: north }).submit("south"); // which starts when the outcome of the first one is saved
    await runner.run();
  }
  if (words.has("repaired")) {
    words.delete("broken");
    runner.retryFailed();
    await runner.run();
  }
  if (words.has("exit")) Deno.exit(7);
}
