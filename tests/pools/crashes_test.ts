import { assertEquals, assertInstanceOf, assertMatch } from "@std/assert";
import { RetryExhaustedError, WorkerLostError } from "../../mod.ts";
import { square, waits } from "./conformance/tasks.ts";
import { announcesPid, crashesAtFirst } from "./hostile_tasks.ts";
import { quietRunner, untilEvent, WORKERS } from "./support.ts";

for (const backend of WORKERS) {
  Deno.test(`A task that lost its worker on a ${backend} is tried again in a new one`, async () => {
    await using runner = quietRunner({ maxWorkers: 1 });
    const again = crashesAtFirst.with({ backend, retries: 2, backoff: "none" });
    const handle = runner.submit(again, 2, "Deno.exit(7)");
    assertEquals([await handle, handle.attempts], [3, 3]);
    const error = await runner.submit(again, 9, "Deno.exit(7)").exception();
    assertInstanceOf(error, RetryExhaustedError);
    assertInstanceOf(error.cause, WorkerLostError);
    const never = crashesAtFirst.with({ backend, retries: 2, backoff: "none", retryOn: RangeError });
    assertEquals((await runner.submit(never, 9, "Deno.exit(7)").getResult()).attempts, 1);
    const lost = crashesAtFirst.with({ backend, retries: 2, backoff: "none", retryOn: WorkerLostError });
    assertEquals(await runner.submit(lost, 1, "Deno.exit(7)"), 2);
  });
}

Deno.test("kill -9 of a child costs the task that it runs, which is tried again if it may be", async () => {
  await using runner = quietRunner();
  const neighbour = runner.submit(waits.with({ backend: "process" }), 300);
  const doomed = runner.submit(announcesPid.with({ backend: "process" }), 60_000);
  await untilEvent(runner, "progress", doomed);
  const behind = square.with({ backend: "process", runner }).map([1, 2, 3]);
  Deno.kill(Number(doomed.progressMessage), "SIGKILL");
  const error = await doomed.exception();
  assertInstanceOf(error, WorkerLostError);
  assertEquals(error.signal, "SIGKILL");
  assertMatch(error.message, /SIGKILL/);
  assertEquals([await neighbour, neighbour.attempts], [300, 1]);
  assertEquals(await Promise.all(behind), [1, 4, 9]);

  const again = announcesPid.with({ backend: "process", retries: 1, backoff: "none" });
  const retried = runner.submit(again, 200);
  await untilEvent(runner, "progress", retried);
  Deno.kill(Number(retried.progressMessage), "SIGKILL");
  assertEquals([await retried, retried.attempts], [2, 2]);
});
