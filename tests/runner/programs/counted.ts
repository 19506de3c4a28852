/**
 * Tasks whose calls can be counted, where they run in the program itself.
 *
 * @module
 */

import { task, TaskBase } from "../../../mod.ts";

/** Each call of a body: its name and first argument. */
export const calls: string[] = [];

const broken = new Set<number>();

export const count = task({ name: "count" }, (x: number) => {
  calls.push(`count ${x}`);
  return 10 * x;
});

/** Fails every other time for each number. */
export const brokenOnce = task({ name: "brokenOnce" }, (x: number) => {
  calls.push(`brokenOnce ${x}`);
  if (broken.delete(x)) return 2 * x;
  broken.add(x);
  throw new Error("broken");
});

export const thread = task({ name: "thread", backend: "thread" }, (x: number) => x);
export const child = task({ name: "child", backend: "process" }, (x: number) => 10 * x);

/** A task of the class form. */
export class Count extends TaskBase<[x: number], number> {
  run(x: number): number {
    calls.push(`Count ${x}`);
    return 100 * x;
  }
}

/** Gives back what it gets. */
export const ticket = task({ name: "ticket" }, (label: string, what: unknown) => {
  calls.push(`ticket ${label}`);
  return [label, what];
});

export const next = task({ name: "next" }, (x: number) => x + 1);

/** Submits a task of its own. */
export const family = task({ name: "family" }, async (x: number) => {
  calls.push(`family ${x}`);
  return await count.submit(x);
});

/** Nowhere to run. */
export const elsewhere = task({ name: "elsewhere", pool: "gpu" }, (x: number) => x);

class TicketTask extends TaskBase<[x: number], number> {
  override name = "Ticket";
  run(x: number): number {
    return x;
  }
}

export const Ticket = new TicketTask();
