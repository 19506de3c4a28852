import { assertEquals } from "@std/assert";
import { resolveOptions } from "../../src/core/resolve_options.ts";
import { TO } from "../../src/pools/protocol/messages.ts";
import { TaskReferences } from "../../src/pools/task_references.ts";
import { FakeJob } from "./fake_channel.ts";

class OtherJob extends FakeJob {
  override readonly options = resolveOptions({ module: "file:///other.ts" }, "fake");
}

Deno.test("TaskReferences numbers tasks by module and name there, whatever options they are submitted with", () => {
  const references = new TaskReferences();
  const first = references.of(new FakeJob("1"));
  assertEquals(first, { ref: 1, define: [TO.define, 1, "file:///fake.ts", "fake"] });
  assertEquals(references.of(new FakeJob("2")), first);
  assertEquals(references.of(new OtherJob("3")).ref, 2);
  assertEquals(references.of(new FakeJob("4")).ref, 1);
});

class ThrottledJob extends FakeJob {
  override readonly options = resolveOptions({ module: "file:///fake.ts" }, "fake");
  readonly wantsStart = true;
}

Deno.test("TaskReferences asks workers to tell when bodies start, for tasks that want to know", () => {
  const references = new TaskReferences();
  references.of(new FakeJob("1"));
  assertEquals(references.of(new ThrottledJob("2")), {
    ref: 2,
    define: [TO.define, 2, "file:///fake.ts", "fake", true],
  });
});
