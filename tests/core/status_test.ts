import { assertEquals, assertStrictEquals } from "@std/assert";
import { isTerminal, mayMove, type StatusCode, STATUSES, type TaskStatus, TRANSITIONS } from "../../src/core/status.ts";
import * as status from "../../src/core/status.ts";

/** The table once more, from the design, so that a slip in the source's own is noticed. */
const ALLOWED: Record<TaskStatus, TaskStatus[]> = {
  pending: ["ready", "retrying", "completed", "failed", "cancelled", "skipped"],
  ready: ["pending", "running", "failed", "cancelled", "skipped"],
  running: ["retrying", "completed", "failed", "cancelled"],
  retrying: ["ready", "failed", "cancelled"],
  completed: [],
  failed: [],
  cancelled: [],
  skipped: [],
};
const CODES = STATUSES.map((_, code) => code as StatusCode);

for (const from of CODES) {
  Deno.test(`mayMove() allows from ${STATUSES[from]} what the design allows and nothing else`, () => {
    const to = CODES.filter((code) => mayMove(from, code)).map((code) => STATUSES[code]);
    assertEquals(new Set(to), new Set(ALLOWED[STATUSES[from]!]));
  });
}

Deno.test("TRANSITIONS says the same as mayMove() for every pair", () => {
  for (const from of CODES) {
    for (const to of CODES) {
      assertEquals(TRANSITIONS[STATUSES[from]!].includes(STATUSES[to]!), mayMove(from, to));
    }
  }
});

Deno.test("isTerminal() names exactly the statuses without a way out", () => {
  const terminal = CODES.filter(isTerminal).map((code) => STATUSES[code]);
  assertEquals(terminal, ["completed", "failed", "cancelled", "skipped"]);
  for (const from of CODES) assertEquals(isTerminal(from), !CODES.some((to) => mayMove(from, to)));
});

Deno.test("each status code is the index of its name", () => {
  const { PENDING, READY, RUNNING, RETRYING, COMPLETED, FAILED, CANCELLED, SKIPPED } = status;
  const codes = { PENDING, READY, RUNNING, RETRYING, COMPLETED, FAILED, CANCELLED, SKIPPED };
  for (const [name, code] of Object.entries(codes)) assertStrictEquals(STATUSES[code], name.toLowerCase());
});

Deno.test("STATUSES and TRANSITIONS are frozen", () => {
  assertEquals([Object.isFrozen(STATUSES), Object.isFrozen(TRANSITIONS)], [true, true]);
});
