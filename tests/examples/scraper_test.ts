import { assertEquals } from "@std/assert";
import { TaskRunner } from "@workflowy/workflowy";
import { fetchItem } from "../../examples/scraper/items.ts";
import { openShop } from "../../examples/scraper/server.ts";

Deno.test("the scraper needs about one request for each item, and gets all of them", async () => {
  await using shop = openShop(25, 250);
  await using runner = new TaskRunner({ onTaskError: "continue" });
  const items = Array.from({ length: 60 }, (_, id) => runner.submit(fetchItem, `${shop.url}/items/${id}`));
  const { counts } = await runner.run();
  assertEquals([counts.completed, counts.failed], [60, 0]);
  assertEquals((await items[59]!).id, 59);
  // Two fail once. The shop allows as many as are started within the period, and those that are on their way.
  assertEquals([shop.requests, shop.rejected], [62, 0]);
});
