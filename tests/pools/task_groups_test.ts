import { assertEquals, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { TaskGroups } from "../../src/pools/task_groups.ts";
import { transfer } from "../../src/tasks/transfer.ts";
import { FakeKind, NamedJob } from "./fake_kind.ts";

Deno.test("TaskGroups asks for the group of a task once, and again when the program may do something else", () => {
  using time = new FakeTime();
  const kind = new FakeKind();
  let asked = 0;
  kind.groupOf = (task) => `${(task as NamedJob).group} ${++asked}`;
  const groups = new TaskGroups(kind);
  const [red, blue] = [new NamedJob("1", [], "a", "red"), new NamedJob("2", [], "b", "blue")];
  assertEquals([red, red, blue].map((job) => groups.of(job)), ["red 1", "red 1", "blue 2"]);
  time.tick(1_000);
  assertEquals(groups.of(red), "red 3");
});

Deno.test("TaskGroups checks rights, the group and the arguments of a task", () => {
  const kind = new FakeKind();
  const groups = new TaskGroups(kind);
  const job = new NamedJob("1", [], "load");
  const bytes = new Uint8Array(8);
  groups.check(job, [transfer(bytes, [bytes.buffer])]);
  const said = assertThrows(() => groups.check(job, [{ save: () => {} }]), TypeError);
  assertEquals(said.message.startsWith('Cannot submit "load" to run in a test: args[0].save'), true, said.message);
  kind.groupOf = () => {
    throw new TypeError("no module");
  };
  assertThrows(() => new TaskGroups(kind).check(job, []), TypeError, "no module");
  kind.requireRights = () => {
    throw new Deno.errors.NotCapable("no right");
  };
  assertThrows(() => groups.check(job, []), Deno.errors.NotCapable, "no right");
});
