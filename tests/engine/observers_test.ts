import { assertEquals, assertThrows } from "@std/assert";
import { COMPLETED, PENDING, READY } from "../../src/core/status.ts";
import type { Observer } from "../../src/engine/observer.ts";
import { checkObserver, Observers } from "../../src/engine/observers.ts";
import { Line } from "../../src/engine/log_line.ts";
import { settle } from "../support.ts";
import { fakeHandle } from "./fake_handle.ts";

function setUp(): { observers: Observers; failures: [string, unknown][] } {
  const failures: [string, unknown][] = [];
  return { observers: new Observers((callback, error) => failures.push([callback, error])), failures };
}

Deno.test("Observers has a function for each callback while an observer has it, and only then", () => {
  const { observers } = setUp();
  const kinds = ["status", "attempt", "log", "progress", "worker", "run", "around"] as const;
  const present = () => kinds.filter((kind) => observers[kind] !== undefined);
  assertEquals(present(), []);
  for (const kind of kinds) {
    const observation = observers.add({ [kind]: () => {} });
    assertEquals(present(), [kind]);
    observation[Symbol.dispose]();
    observation[Symbol.dispose]();
    assertEquals(present(), []);
  }
});

Deno.test("Observers calls callbacks as methods, in the order of the observers, with statuses by name", () => {
  const { observers } = setUp();
  const seen: unknown[] = [];
  class Named implements Observer {
    constructor(readonly name: string) {}
    status(...[handle, from, to]: Parameters<NonNullable<Observer["status"]>>): void {
      seen.push(`${this.name}: ${handle.id} ${from} → ${to}`);
    }
  }
  observers.add(new Named("first"));
  const second = observers.add(new Named("second"));
  const handle = fakeHandle(1);
  observers.status!(handle, undefined, PENDING);
  second[Symbol.dispose]();
  observers.status!(handle, PENDING, READY);
  assertEquals(seen, [
    "first: fake#1 undefined → pending",
    "second: fake#1 undefined → pending",
    "first: fake#1 pending → ready",
  ]);
});

Deno.test("Observers reports what callbacks throw and reject with, and calls the others", async () => {
  const { observers, failures } = setUp();
  const [thrown, rejected] = [new Error("thrown"), new Error("rejected")];
  const broken = (): never => {
    throw thrown;
  };
  const event = { kind: "started", mode: "run", at: new Date() } as const;
  const worker = { kind: "started", pool: "thread", worker: "thread-1", at: new Date() } as const;
  const attempt = { number: 1, status: "running", startedAt: new Date() } as const;
  const handle = fakeHandle(1);
  observers.add({
    status: broken,
    attempt: broken,
    log: broken,
    progress: broken,
    worker: broken,
    run: broken,
    around: broken,
  });
  const late = () => Promise.reject(rejected) as unknown as undefined;
  observers.add({ status: late, attempt: late, log: late, progress: late, worker: late, run: late });
  const seen: string[] = [];
  observers.add({
    status: () => void seen.push("status"),
    attempt: () => void seen.push("attempt"),
    log: () => void seen.push("log"),
    progress: () => void seen.push("progress"),
    worker: () => void seen.push("worker"),
    run: () => void seen.push("run"),
    around: (_handle, _attempt, next) => (seen.push("around"), next()),
  });
  observers.status!(handle, READY, COMPLETED);
  observers.attempt!(handle, attempt);
  assertEquals(observers.log!(handle, new Line(1, "info", 0, "log", ["hello"])), false);
  observers.progress!(handle);
  observers.worker!(worker);
  observers.run!(event);
  assertEquals(observers.around!(handle, { number: 1, headers: {} }, () => "value"), "value");
  await settle();
  const kinds = ["status", "attempt", "log", "progress", "worker", "run", "around"];
  assertEquals(seen, kinds);
  assertEquals(failures.filter(([, error]) => error === thrown).map(([kind]) => kind), kinds);
  assertEquals(failures.filter(([, error]) => error === rejected).map(([kind]) => kind), kinds.slice(0, -1));
});

Deno.test("Observers.log says whether an observer shows a line; all get it", () => {
  const { observers } = setUp();
  const line = new Line(2, "warn", 0, "console", ["%d pages of", 3, { a: 1 }]);
  const seen: string[] = [];
  observers.add({ log: (_, { text }) => (seen.push(text), true) });
  observers.add({ log: (_, { text }) => void seen.push(text) });
  assertEquals(observers.log!(fakeHandle(1), line), true);
  assertEquals(seen, ["3 pages of { a: 1 }", "3 pages of { a: 1 }"]);
});

Deno.test("Observers.around nests, the first observer outermost", () => {
  const { observers } = setUp();
  const seen: string[] = [];
  for (const name of ["outer", "inner"]) {
    observers.add({
      around(_handle, { headers }, next) {
        headers[name] = "yes";
        seen.push(`${name} begins`);
        next();
        seen.push(`${name} ends`);
      },
    });
  }
  const attempt = { number: 1, headers: {} };
  assertEquals(observers.around!(fakeHandle(1), attempt, () => seen.push("body")), 3);
  assertEquals(seen, ["outer begins", "inner begins", "body", "inner ends", "outer ends"]);
  assertEquals(attempt.headers, { outer: "yes", inner: "yes" });
});

Deno.test("checkObserver() refuses what is not an observer", () => {
  assertEquals(checkObserver({}), {});
  for (const given of [undefined, null, () => {}, 5]) {
    assertThrows(() => checkObserver(given as unknown as Observer), TypeError, "An observer must be an object");
  }
  assertThrows(
    () => checkObserver({ run: 5 } as unknown as Observer),
    TypeError,
    "run of an observer must be a function",
  );
  assertThrows(
    () => checkObserver({ onStatus() {} } as Observer),
    TypeError,
    "An observer has onStatus, but none of the callbacks status, ",
  );
});
