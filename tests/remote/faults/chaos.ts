/**
 * Kills and freezes at random: workers, the server, and the runner.
 *
 * What must hold: each task completes with its value, and no attempt begins twice.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { randomOf, sleep } from "../../support.ts";
import type { TestEngine } from "./engines.ts";
import { LEASE_MS, type Program, Stage } from "./stage.ts";

/** How much is done. */
export interface ChaosOptions {
  readonly seed: number;
  readonly tasks: number;
  readonly faults: number;
}

const WORKERS = 3;
/** How long a body takes, in milliseconds. */
const BODY_MS = 150;
/** Between two faults, in milliseconds: some come before the one before them is dealt with. */
const MAX_PAUSE_MS = 1_500;

/** What may happen, with how often it does, in parts. */
const FAULTS = { killWorker: 6, freezeWorker: 4, killServer: 2, freezeServer: 1, killRunner: 2 } as const;

type Fault = keyof typeof FAULTS;

/** Runs tasks while all of that happens. Returns what happened, in a line. */
export async function chaos(engine: TestEngine, { seed, tasks, faults }: ChaosOptions): Promise<string> {
  await using stage = await Stage.start(engine);
  const random = randomOf(seed);
  const workers: Program[] = [];
  let hired = 0;
  const hire = async () => void workers.push(await stage.worker(`worker-${++hired}`));
  for (let count = 0; count < WORKERS; count++) await hire();
  let runner = await stage.runner(tasks, BODY_MS);
  const counts: Partial<Record<Fault, number>> = {};
  const draws = Object.entries(FAULTS).flatMap(([fault, parts]) => Array<Fault>(parts).fill(fault as Fault));
  for (let count = 0; count < faults; count++) {
    await sleep(random(MAX_PAUSE_MS));
    const fault = draws[random(draws.length)]!;
    counts[fault] = (counts[fault] ?? 0) + 1;
    await inflict(fault);
  }
  const status = await runner.process.status;
  assertEquals([status.success, (await runner.output).split("\n").at(-2)], [true, `done ${tasks} wrong 0`]);
  if (counts.killRunner === undefined) stage.assertNoneTwice();
  stage.assertNoneEndedTwice();
  return `${engine.name}: seed ${seed}, ${tasks} tasks, ${stage.lines("begin").length} attempts, ${
    JSON.stringify(counts)
  }`;

  async function inflict(fault: Fault): Promise<void> {
    switch (fault) {
      case "killWorker": {
        const [worker] = workers.splice(random(workers.length), 1);
        await worker!.kill();
        return await hire();
      }
      case "freezeWorker": {
        const worker = workers[random(workers.length)]!;
        worker.signal("SIGSTOP");
        await sleep(random(2 * LEASE_MS));
        return worker.signal("SIGCONT");
      }
      case "killServer":
        await stage.server.kill();
        await sleep(random(LEASE_MS));
        return await stage.server.restart();
      case "freezeServer":
        stage.server.freeze(true);
        await sleep(random(2 * LEASE_MS));
        return stage.server.freeze(false);
      case "killRunner":
        await runner.kill();
        await sleep(random(LEASE_MS));
        runner = await stage.runner(tasks, BODY_MS);
    }
  }
}
