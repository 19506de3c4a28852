import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { makeMarks } from "../../../src/pools/protocol/thread_memory.ts";
import { TaskMarks } from "../../../src/pools/protocol/task_marks.ts";

/** The marks as both sides see them. */
function bothSides(): { thread: TaskMarks; pool: TaskMarks } {
  const memory = makeMarks();
  return { thread: new TaskMarks(memory), pool: new TaskMarks(memory) };
}

Deno.test("begin() and revokeAfter() agree on what has begun", () => {
  const { thread, pool } = bothSides();
  assertEquals(pool.revokeAfter(1, 5), undefined, "1 has not begun: nothing is revoked");
  assert(thread.begin(1));
  assertEquals(pool.revokeAfter(1, 5), 1);
  for (const taken of [2, 3, 4, 5]) assert(!thread.begin(taken), `${taken} was revoked`);
  assert(thread.begin(6));
  assertEquals(pool.revokeAfter(6, 6), 6);
  assert(thread.begin(7), "nothing stood behind 6");
});

Deno.test("revokeAfter() says which one was the last to begin, if that is a later one", () => {
  const { thread, pool } = bothSides();
  for (const seq of [1, 2, 3]) assert(thread.begin(seq));
  assertEquals(pool.revokeAfter(1, 10), 3);
  assert(!thread.begin(4) && !thread.begin(10) && thread.begin(11));
});

Deno.test("begin() lets none begin a second time, nor before one that has", () => {
  const { thread } = bothSides();
  assert(thread.begin(3));
  assert(!thread.begin(3) && !thread.begin(2));
});

Deno.test("No task is both begun and revoked, whatever the order of what both sides do", () => {
  const steps = fc.array(fc.record({ begins: fc.boolean(), ahead: fc.integer({ min: 0, max: 5 }) }), { maxLength: 40 });
  fc.assert(fc.property(steps, (all) => {
    const { thread, pool } = bothSides();
    const [begun, taken] = [new Set<number>(), new Set<number>()];
    let [next, first] = [1, 1];
    for (const { begins, ahead } of all) {
      if (begins) {
        if (thread.begin(next)) begun.add(first = next);
        next++;
      } else {
        const last = pool.revokeAfter(first, next + ahead);
        if (last !== undefined) { for (let seq = last + 1; seq <= next + ahead; seq++) taken.add(seq); }
      }
    }
    assertEquals([...begun].filter((seq) => taken.has(seq)), []);
  }));
});

Deno.test("abortOf() says whether a task was aborted, and why", () => {
  const { thread, pool } = bothSides();
  assertEquals([thread.abortOf(0), thread.abortOf(1)], [undefined, undefined]);
  pool.setAbort(5, "cancelled");
  assertEquals([4, 5, 6].map((seq) => thread.abortOf(seq)), [undefined, "cancelled", undefined]);
  pool.setAbort(6, "out of time");
  assertEquals([4, 5, 6].map((seq) => thread.abortOf(seq)), [undefined, undefined, "out of time"]);
});
