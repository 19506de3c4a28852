import { assertEquals, assertThrows } from "@std/assert";
import { TaskEventTarget } from "../../mod.ts";
import { mayMove, PENDING, READY, RUNNING, type StatusCode, STATUSES, TRANSITIONS } from "../../src/core/status.ts";
import { Engine } from "../../src/runner/engine.ts";
import { Ledger } from "../../src/runner/ledger.ts";
import { resolveRunnerOptions } from "../../src/runner/options.ts";
import { Handle } from "../../src/tasks/handle.ts";
import { specOfFunction } from "../../src/tasks/spec.ts";
import { SUBMIT } from "../../src/tasks/submitter.ts";

class Host extends TaskEventTarget {
  readonly open = true;
  [SUBMIT](): never {
    throw new Error("not in these tests");
  }
}

function setUp(): { host: Host; ledger: Ledger; handleIn: (code: StatusCode) => Handle } {
  const host = new Host();
  const engine = new Engine(resolveRunnerOptions({}), host, () => {}, () => {});
  const ledger = new Ledger(host);
  let seq = 0;
  const handleIn = (code: StatusCode) => {
    const handle = new Handle(engine, specOfFunction(function load() {}), ++seq, []);
    handle.code = code;
    ledger.admit(handle);
    return handle;
  };
  return { host, ledger, handleIn };
}

Deno.test("Ledger.apply() rejects running → pending", () => {
  const { ledger, handleIn } = setUp();
  const handle = handleIn(RUNNING);
  const error = assertThrows(() => ledger.apply(handle, PENDING), Error);
  assertEquals(error.message, `Cannot move "load#1" from running to pending`);
  assertEquals(handle.status, "running");
  assertEquals([ledger.count(RUNNING), ledger.count(PENDING)], [1, 0]);
});

Deno.test("Ledger.apply() allows just the moves of the table", () => {
  const codes = STATUSES.map((_, code) => code as StatusCode);
  for (const from of codes) {
    for (const to of codes) {
      const { ledger, handleIn } = setUp();
      const handle = handleIn(from);
      const isAllowed = TRANSITIONS[STATUSES[from]!].includes(STATUSES[to]!);
      assertEquals(mayMove(from, to), isAllowed);
      if (isAllowed) ledger.apply(handle, to);
      else assertThrows(() => ledger.apply(handle, to), Error, `from ${STATUSES[from]} to ${STATUSES[to]}`);
      assertEquals(handle.status, STATUSES[isAllowed ? to : from]);
    }
  }
});

Deno.test("Ledger counts tasks by their status", () => {
  const { ledger, handleIn } = setUp();
  const [a, b] = [handleIn(PENDING), handleIn(PENDING)];
  assertEquals([ledger.count(PENDING), ledger.unfinished], [2, 2]);
  ledger.apply(a, READY);
  ledger.apply(b, READY);
  ledger.apply(a, RUNNING);
  assertEquals([ledger.count(PENDING), ledger.count(READY), ledger.count(RUNNING), ledger.unfinished], [0, 1, 1, 2]);
  ledger.apply(a, 4);
  ledger.apply(b, 6);
  assertEquals([ledger.count(4), ledger.count(6), ledger.unfinished], [1, 1, 0]);
});

Deno.test("Ledger tells of submissions and moves, but not of a move back to pending", () => {
  const { host, ledger, handleIn } = setUp();
  const seen: string[] = [];
  for (const type of ["submitted", "ready", "pending"]) host.addEventListener(type, ({ type }) => seen.push(type));
  const handle = handleIn(PENDING);
  ledger.apply(handle, READY);
  ledger.apply(handle, PENDING);
  ledger.apply(handle, READY);
  assertEquals(seen, ["submitted", "ready", "ready"]);
});
