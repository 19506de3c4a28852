import { assertEquals, assertStrictEquals } from "@std/assert";
import { resolveOptions } from "../../src/core/resolve_options.ts";
import { Assignment, type AssignmentHolder } from "../../src/pools/assignment.ts";
import { transfer } from "../../src/tasks/transfer.ts";
import { FakeJob } from "./fake_channel.ts";

/** A holder that keeps what it is told. */
function holder(): AssignmentHolder & { readonly told: unknown[] } {
  const told: unknown[] = [];
  return { told, abort: (_, reason) => void told.push(reason) };
}

/** A job with a buffer that is to be moved, in an attempt of several. */
function jobOf(number: number, maxAttempts: number): { readonly job: FakeJob; readonly buffer: ArrayBuffer } {
  const bytes = new Uint8Array(4);
  const job = new FakeJob("fake#1", [transfer({ bytes }, [bytes.buffer])]);
  const options = resolveOptions({ module: "file:///fake.ts", maxAttempts }, "fake");
  return { job: Object.assign(job, { number, options }), buffer: bytes.buffer };
}

Deno.test("Assignment tells what has the job that it is aborted", () => {
  const job = new FakeJob("fake#1");
  const [pool, session] = [holder(), holder()];
  const assignment = new Assignment(job, "group", pool);
  assertStrictEquals(job.abortListener, assignment);
  assertEquals([assignment.state, assignment.group, assignment.abort], ["waiting", "group", undefined]);
  job.abortListener!.onAbort("first");
  assignment.holder = session;
  job.abortListener!.onAbort("second");
  assertEquals([pool.told, session.told], [["first"], ["second"]]);
});

Deno.test("Assignment does not watch its job any more once it is settled", () => {
  const job = new FakeJob("fake#1");
  const assignment = new Assignment(job, "", holder());
  assignment.settle();
  assertEquals([assignment.state, job.abortListener], ["settled", undefined]);
});

for (const [number, maxAttempts] of [[1, 1], [2, 2], [3, 3]] as const) {
  Deno.test(`Assignment moves buffers with attempt ${number} of ${maxAttempts}`, () => {
    const { job, buffer } = jobOf(number, maxAttempts);
    assertEquals(new Assignment(job, "", holder()).moved, [buffer]);
  });
}

for (const [number, maxAttempts] of [[1, 2], [2, 3]] as const) {
  Deno.test(`Assignment leaves buffers to the attempts after ${number} of ${maxAttempts}`, () => {
    assertEquals(new Assignment(jobOf(number, maxAttempts).job, "", holder()).moved, []);
  });
}
