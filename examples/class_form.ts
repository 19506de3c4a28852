/**
 * Shows tasks as classes: options are fields, the body is `run()`. Use this form where tasks share a policy, or need
 * something that is given to their constructor.
 *
 *     deno run examples/class_form.ts
 *
 * @module
 */

import { TaskBase, TaskRunner } from "@workflowy/workflowy";

/** Where prices come from; a stand-in for a database. */
class PriceList {
  readonly #prices = new Map([["tea", 4], ["milk", 2], ["honey", 9]]);
  #calls = 0;

  find(item: string): number | undefined {
    if (++this.#calls === 1) throw new Error("the connection was lost"); // Only once: the second attempt works.
    return this.#prices.get(item);
  }
}

/** What all tasks that use the price list have in common. */
abstract class PriceTask<A extends unknown[], R> extends TaskBase<A, R> {
  override retries = 2;
  override backoffBase = "10ms" as const;
  override timeout = "5s" as const;

  constructor(protected readonly prices: PriceList) {
    super();
  }
}

class FindPrice extends PriceTask<[item: string], number> {
  override name = "find-price"; // Default: the name of the class.

  run(item: string): number {
    const price = this.prices.find(item);
    if (price === undefined) throw new RangeError(`there is no price for ${item}`);
    return price;
  }
}

class Total extends TaskBase<[prices: number[]], number> {
  run(prices: number[]): number {
    return prices.reduce((sum, price) => sum + price, 0);
  }
}

const findPrice = new FindPrice(new PriceList());
const total = new Total();

// run() is a plain method: no runner, no retries. Good for tests.
console.log(`run() adds up to ${total.run([1, 2, 3])}`);

// An instance is a task like any other: submit(), map(), with() …
await using runner = new TaskRunner({ onTaskError: "continue" });
runner.enter();
const sum = total.submit(findPrice.map(["tea", "milk", "honey"]));
const unknown = findPrice.with({ name: "find-rare-price", retries: 0 }).submit("saffron");
const report = await runner.run();

console.log(`${sum.name} is ${await sum}`);
console.log(unknown.explain());
for (const { id, status, attempts } of report.results) console.log(`${id}: ${status} on attempt ${attempts}`);
