/**
 * A service for orders that a person has to approve. It forgets nothing, however often it is killed.
 *
 *     deno run --allow-read --allow-write=orders --allow-net=127.0.0.1 examples/approval/service.ts orders
 *
 * Then, with the port that it prints:
 *
 *     curl -d '{"item":"a bicycle","deadline":"7d","remindAfter":"1d"}' http://127.0.0.1:PORT/orders/7
 *     curl -d 'Ann' http://127.0.0.1:PORT/orders/7/approval
 *     curl http://127.0.0.1:PORT/orders/7
 *
 * @module
 */

import { type Duration, task, TaskRunner, TaskTimeoutError, waitFor } from "@workflowy/workflowy";

/** What is ordered, until when it must be approved, and after which time the approver is reminded. */
interface Order {
  readonly item: string;
  readonly deadline: Duration;
  readonly remindAfter: Duration;
}

const [folder = "orders"] = Deno.args;

/** Stands for sending a mail: it appends a line to a file. */
const mail = task({ name: "mail", retries: 5 }, async (text: string) => {
  await Deno.writeTextFile(`${folder}/mails.txt`, `${text}\n`, { append: true });
});

const ship = task({ name: "ship", retries: 5 }, async (id: string, item: string) => {
  await mail.submit(`order ${id}: ${item} is on its way`);
});

/** An order from its arrival to its end, which may be a week: it takes no slot while it waits. */
const processOrder = task({ name: "order" }, async (id: string, { item, deadline, remindAfter }: Order) => {
  await mail.submit(`order ${id}: please approve ${item}`);
  const reminder = mail.with({ startAfter: remindAfter }).submit(`order ${id}: ${item} still waits for you`);
  try {
    const approver = await waitFor<string>(approvalOf(id), { timeout: deadline });
    await ship.submit(id, item);
    return `shipped, approved by ${approver}`;
  } catch (error) {
    if (!(error instanceof TaskTimeoutError)) throw error;
    await mail.submit(`order ${id}: ${item} was not approved in time`);
    return "closed";
  } finally {
    reminder.cancel();
  }
});

function approvalOf(id: string): string {
  return `approval of order ${id}`;
}

/** Answers a request; a 2xx means that what it asked for is on record. */
async function answer(request: Request, runner: TaskRunner): Promise<Response> {
  const [, orders, id, what] = new URL(request.url).pathname.split("/");
  if (orders !== "orders" || !id) return new Response("no such page\n", { status: 404 });
  if (what === "approval" && request.method === "POST") {
    const isNew = await runner.deliver(approvalOf(id), await request.text());
    return new Response(isNew ? "approved\n" : "approved before, or too late\n", { status: isNew ? 200 : 409 });
  }
  if (request.method === "POST") {
    const order: Order = await request.json();
    // With a key, an order that is sent twice is one order.
    await processOrder.with({ runner, key: `order-${id}` }).submit(id, order).saved();
    return new Response("accepted\n", { status: 202 });
  }
  const handle = runner.handles().find((each) => each.id === `order-${id}`);
  if (handle === undefined) return new Response("no such order\n", { status: 404 });
  return new Response(`${handle.peek()?.value ?? "under way"}\n`);
}

if (import.meta.main) {
  await Deno.mkdir(folder, { recursive: true });
  await using runner = await TaskRunner.resume(`${folder}/state.jsonl`, { handleSignals: true });
  const served = runner.serve();
  runner.resubmitOrphans(); // the orders that are under way
  Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: ({ port }) => console.log(`http://127.0.0.1:${port}`),
  }, (request) => answer(request, runner));
  await served;
}
