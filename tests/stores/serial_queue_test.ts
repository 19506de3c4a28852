import { assertEquals, assertRejects } from "@std/assert";
import { SerialQueue } from "../../src/stores/serial_queue.ts";

Deno.test("SerialQueue runs jobs one after the other, in their order", async () => {
  const queue = new SerialQueue();
  const log: string[] = [];
  const first = Promise.withResolvers<void>();
  const jobs = [
    queue.run(async () => {
      log.push("first begins");
      await first.promise;
      log.push("first ends");
      return 1;
    }),
    queue.run(() => {
      log.push("second");
      return Promise.resolve(2);
    }),
  ];
  await Promise.resolve();
  assertEquals(log, ["first begins"]);
  first.resolve();
  assertEquals(await Promise.all(jobs), [1, 2]);
  assertEquals(log, ["first begins", "first ends", "second"]);
});

Deno.test("SerialQueue continues after a job that rejects or throws", async () => {
  const queue = new SerialQueue();
  const failed = queue.run(() => Promise.reject(new RangeError("rejected")));
  const thrown = queue.run(() => {
    throw new TypeError("thrown");
  });
  const last = queue.run(() => Promise.resolve("done"));
  await assertRejects(() => failed, RangeError, "rejected");
  await assertRejects(() => thrown, TypeError, "thrown");
  assertEquals(await last, "done");
});
