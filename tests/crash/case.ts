/**
 * One plan, killed again and again until it is done.
 *
 * @module
 */

import type { Order } from "./order.ts";
import { sinksOf } from "./plan.ts";
import { type CaseReport, type Run, Runs } from "./runs.ts";
import { type End, endOf, type Kill, type Scenario } from "./scenario.ts";
import { type Records, recordsOf } from "./store.ts";
import { tearLastWrite } from "./torn.ts";

/** In how many places a write is cut. */
const MAX_CUTS = 90;

/**
 * Puts a program through a scenario.
 *
 * @throws {CrashFailure} If a rule is broken.
 */
export async function runCase(scenario: Scenario, folder: string): Promise<CaseReport> {
  const runs = new Runs(scenario, folder);
  const rhythm = await runs.goUndisturbed();
  const { random } = runs;
  const kills = new Map<Kill, number>();
  let records: Records = new Map();
  let torn = 0;
  for (let count = 0, tries = 0; count < scenario.kills && tries < 2 * scenario.kills; tries++) {
    const end = endOf(random.pick(scenario.kinds), random, rhythm, shareLeft(runs, records));
    const order = randomOrder(runs, end);
    const run = await runs.go(order, end, records);
    records = run.after;
    const wasStruck = wasKilled(run) || run.ending.hitServer;
    if (wasStruck) {
      count++;
      kills.set(end.kill, (kills.get(end.kill) ?? 0) + 1);
    }
    if (isDone(run, order)) break;
    if (!wasStruck) continue;
    if (scenario.tearsAfter === count && runs.store.kind === "file") torn = await tearLastWrite(runs, MAX_CUTS);
  }
  await runs.go(runs.orderOf(), undefined, records);
  return { kills, torn, ...runs.report };
}

function wasKilled({ ending }: Run): boolean {
  return ending.signal !== null || ending.code !== 0;
}

function isDone(run: Run, { submits, omitted }: Order): boolean {
  return !wasKilled(run) && submits === "steps" && omitted.length === 0;
}

/** The first runs lack a step, later ones another one now and then. */
function randomOrder(runs: Runs, { kill, strike }: End): Order {
  const { random, plan } = runs;
  return runs.orderOf({
    omitted: runs.count < 2 ? [plan.inserted] : random.chance(0.3) ? [random.pick(sinksOf(plan))] : [],
    submits: random.chance(0.15) ? "orphans" : "steps",
    keepFailed: random.chance(0.2),
    handleSignals: kill === "term",
    strike,
  });
}

/** How much of the work is not on record. */
function shareLeft({ plan }: Runs, records: Records): number {
  const done = recordsOf("bodies", records).values().filter(({ status }) => status === "completed").toArray().length;
  const all = plan.steps.reduce((sum, { copies, assignment }) => sum + copies + assignment.children.length, 0);
  return Math.max(0.05, 1 - done / all);
}
