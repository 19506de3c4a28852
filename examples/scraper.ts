/**
 * Shows limits: 60 items are fetched from a server that turns clients away which ask too often.
 *
 *     deno run --allow-net=127.0.0.1 examples/scraper.ts
 *
 * @module
 */

import { task, TaskRunner } from "@workflowy/workflowy";
import { fetchItem, type Item } from "./scraper/items.ts";
import { openShop } from "./scraper/server.ts";

const report = task({ name: "report" }, (items: Item[]) => {
  const total = items.reduce((sum, { price }) => sum + price, 0);
  return `${items.length} items, ${total} in all`;
});

await using shop = openShop(25, 250); // 20 that start within the period, and 4 on their way
await using runner = new TaskRunner();
runner.enter();
runner.addEventListener("retrying", ({ handle, error }) => {
  console.log(`  ${handle.id}: ${(error as Error).message}`);
});

const items = fetchItem.map(Array.from({ length: 60 }, (_, id) => `${shop.url}/items/${id}`));
console.log(await report.submit(items));
console.log(`${shop.requests} requests, ${shop.rejected} of them turned away`);
