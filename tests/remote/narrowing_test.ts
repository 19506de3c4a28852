import { assertEquals } from "@std/assert";
import type { TaskPermissions } from "../../mod.ts";
import { narrower, smaller } from "../../src/remote/worker/narrowing.ts";

const CASES: readonly [TaskPermissions | undefined, TaskPermissions | undefined, TaskPermissions | undefined][] = [
  [undefined, undefined, undefined],
  ["none", undefined, "none"],
  ["none", "inherit", "none"],
  [undefined, "none", "none"],
  ["inherit", { read: ["a"] }, { read: ["a"] }],
  [{ read: ["a"] }, "none", "none"],
  [{ read: ["a"] }, { read: true, net: true }, { read: ["a"] }],
  [{ read: ["a"], net: true }, { read: ["b"], net: ["x"] }, { read: [], net: ["x"] }],
  [{ env: "inherit" }, { env: ["HOME"] }, { env: ["HOME"] }],
  [{ env: true }, { env: "inherit" }, { env: "inherit" }],
  [{ run: ["git", "ls"] }, { run: ["ls"] }, { run: ["ls"] }],
  [{ import: ["example.com"] }, { read: true }, { import: false }],
  [{ import: true }, { read: true }, {}],
  [{ import: false }, { import: true }, { import: false }],
];

Deno.test("of two sets of permissions a task gets what both give, whichever comes first", () => {
  for (const [a, b, both] of CASES) {
    const label = JSON.stringify([a, b]);
    assertEquals(narrower(a, b) ?? "inherit", both ?? "inherit", label);
    assertEquals(narrower(b, a) ?? "inherit", both ?? "inherit", label);
  }
  const limits = [smaller(undefined, 5), smaller(5, undefined), smaller(5, 3), smaller(undefined, undefined)];
  assertEquals(limits, [5, 5, 3, undefined]);
});
