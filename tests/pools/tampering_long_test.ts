import { assertEquals, assertInstanceOf, assertMatch, assertThrows } from "@std/assert";
import { transfer, WorkerLostError } from "../../mod.ts";
import { fillsWith, logs, square } from "./conformance/tasks.ts";
import { type LogLine, quietRunner, WORKERS } from "./support.ts";
import { until } from "../support.ts";
import {
  breaksEncoder,
  KINDS_OF_PATCHES,
  patches,
  returnsMap,
  returnsThrowingThen,
  writesInto,
} from "./tricky_tasks.ts";

for (const backend of WORKERS) {
  for (const kind of KINDS_OF_PATCHES) {
    Deno.test(`A ${backend} continues to work after a task that set ${kind}`, async () => {
      const lines: LogLine[] = [];
      await using runner = quietRunner({ maxWorkers: 1 }, lines);
      const body = square.with({ backend });
      const handles = [
        runner.submit(patches.with({ backend }), kind),
        runner.submit(body, 3),
        runner.submit(returnsMap.with({ backend }), 1),
        runner.submit(logs.with({ backend })),
        runner.submit(body.with({ timeout: "5s" }), 4),
      ];
      const results = Promise.all(handles.map((handle) => handle.getResult()));
      await until("all are done", () => handles.every(({ done }) => done), 5_000);
      assertEquals((await results).map(({ value }) => value), [kind, 9, new Map([[1, 1]]), undefined, 16]);
      assertEquals([lines.length, runner.statistics().pools[backend]!.workers], [4, 1]);
      const bytes = new Uint8Array(4);
      const filled = await runner.submit(fillsWith.with({ backend }), transfer(bytes, [bytes.buffer]), 7);
      assertEquals(filled, new Uint8Array(4).fill(7));
    });
  }

  for (const how of ["return", "throw"] as const) {
    Deno.test(`A task on a ${backend} that leaves its worker no way to tell its ${how} fails, and the next one runs`, async () => {
      await using runner = quietRunner({ maxWorkers: 1 });
      const handle = runner.submit(breaksEncoder.with({ backend }), how);
      const next = runner.submit(square.with({ backend }), 3);
      for (const each of [handle, next]) void each.getResult();
      await until("both are done", () => handle.done && next.done);
      assertInstanceOf(await handle.exception(), WorkerLostError);
      assertEquals([handle.attempts, await next, next.attempts], [1, 9, 1]);
    });
  }

  Deno.test(`Memory that is shared with a task on a ${backend} is shared, or refused`, async () => {
    await using runner = quietRunner();
    const memory = new Int32Array(new SharedArrayBuffer(4));
    const submit = () => runner.submit(writesInto.with({ backend }), memory);
    if (backend === "thread") assertEquals([await submit(), memory[0]], [0, 1]);
    else assertThrows(submit, TypeError, "args[0] is an Int32Array, whose memory is shared");
    assertEquals(await runner.submit(square.with({ backend }), 3), 9);
  });
}

for (const backend of ["async", ...WORKERS] as const) {
  Deno.test(`A result on "${backend}" whose "then" cannot be read fails its task with that error, and nothing else`, async () => {
    await using runner = quietRunner({ maxWorkers: 1 });
    const handle = runner.submit(returnsThrowingThen.with({ backend }));
    const next = runner.submit(square.with({ backend }), 3);
    const error = await handle.exception();
    assertInstanceOf(error, RangeError);
    assertEquals([error.message, handle.attempts], ["do not look", 1]);
    assertEquals([await next, next.attempts], [9, 1]);
  });

  Deno.test(`A timeout on "${backend}" may be longer than any timer`, async () => {
    await using runner = quietRunner();
    for (const timeout of [2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, "60d", "300d"] as const) {
      const handle = runner.submit(square.with({ backend, timeout }), 3);
      assertEquals([timeout, await handle, handle.attempts], [timeout, 9, 1]);
    }
  });
}

Deno.test("A process that is gone because its task broke it tells how it ended", async () => {
  await using runner = quietRunner();
  const error = await runner.submit(breaksEncoder.with({ backend: "process" }), "throw").exception();
  assertInstanceOf(error, WorkerLostError);
  assertMatch(error.message, /exit code 1/);
});
