import { assertEquals } from "@std/assert";
import { MemoryCheckpointer, task, TaskRunner } from "../../mod.ts";
import { ATTACHED_TOOL, type AttachedTool, type LentCheckpoint } from "../../src/runner/attached_tool.ts";

const made: [runner: object, checkpoint: string | undefined][] = [];

/** A tool that is attached until it is disposed of. */
function attach(lent?: LentCheckpoint): Disposable {
  let left = lent;
  const tool: AttachedTool = {
    takeCheckpoint: () => {
      const taken = left;
      left = undefined;
      return taken;
    },
    runnerMade: (runner, checkpoint) => void made.push([runner, checkpoint]),
  };
  const holder = globalThis as { [ATTACHED_TOOL]?: AttachedTool };
  holder[ATTACHED_TOOL] = tool;
  made.length = 0;
  return { [Symbol.dispose]: () => void delete holder[ATTACHED_TOOL] };
}

async function lentBy(checkpointer: MemoryCheckpointer): Promise<LentCheckpoint> {
  const records = await Array.fromAsync(checkpointer.load());
  return { checkpointer, records: new Map(records.map((record) => [record.id, record])) };
}

Deno.test("attached tool: hears of each runner, and what it writes to", async () => {
  const path = await Deno.makeTempFile();
  {
    using _ = attach();
    await using plain = new TaskRunner();
    await using file = new TaskRunner({ checkpointPath: path });
    await using memory = new TaskRunner({ checkpointer: new MemoryCheckpointer() });
    assertEquals(made, [[plain, undefined], [file, path], [memory, ""]]);
  }
  {
    using _ = attach();
    await using resumed = await TaskRunner.resume(path);
    assertEquals(made, [[resumed, path]]);
  }
  await Deno.remove(path);
});

Deno.test("attached tool: lends its checkpoint to the first runner without one, which continues from it", async () => {
  const calls: number[] = [];
  let works = false;
  const square = task({ name: "square" }, (x: number) => {
    calls.push(x);
    if (x === 3 && !works) throw new Error("not yet");
    return x * x;
  });
  const checkpointer = new MemoryCheckpointer();
  for (const expected of [[1, 2, 3], [3], []]) {
    using _ = attach(await lentBy(checkpointer));
    calls.length = 0;
    await using own = new TaskRunner({ checkpointer: new MemoryCheckpointer() });
    await using runner = new TaskRunner({ onTaskError: "continue" });
    await using other = new TaskRunner();
    square.with({ runner }).map([1, 2, 3]);
    await runner.run();
    assertEquals(calls, expected);
    assertEquals([own.orphaned.length, await other.submit(square, 2)], [0, 4]);
    works = true;
  }
});
