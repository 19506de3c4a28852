import { assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { sayIfLate } from "../../src/remote/late_connection.ts";
import { recordingLogger } from "../support.ts";

Deno.test("that a server is waited for is said once, if it takes long", async () => {
  using time = new FakeTime();
  const logger = recordingLogger();
  const connecting = Promise.withResolvers<number>();
  const connected = sayIfLate(connecting.promise, logger, 'Pool "cluster"');
  await time.tickAsync(2_999);
  assertEquals(logger.lines, []);
  await time.tickAsync(10_000);
  assertEquals(logger.lines.map(({ level }) => level), ["warn"]);
  assertEquals(String(logger.lines[0]!.data[0]).startsWith('Pool "cluster" has no connection to its server yet'), true);
  connecting.resolve(1);
  assertEquals(await connected, 1);
});

Deno.test("nothing is said of a connection that is there, or refused, soon enough", async () => {
  using time = new FakeTime();
  const logger = recordingLogger();
  assertEquals(await sayIfLate(Promise.resolve(1), logger, "A worker"), 1);
  await assertRejects(() => sayIfLate(Promise.reject(new Error("no")), logger, "A worker"), Error, "no");
  await time.tickAsync(10_000);
  assertEquals(logger.lines, []);
});
