import { assertEquals, assertThrows } from "@std/assert";
import { checkConcurrency, checkPoolConcurrency, checkPoolThrottle, checkThrottle } from "../../src/core/limits.ts";

const MESSAGES: [check: (value: unknown, what: string) => unknown, value: unknown, message: string][] = [
  [checkThrottle, 5, 'X must be an object such as { limit: 10, period: "1s" }, not 5'],
  [checkThrottle, { limit: 5 }, 'X needs a period, the time within which 5 may start, such as period: "1s"'],
  [checkThrottle, { limit: Infinity, period: 1 }, "limit in X must be finite; leave it out for no limit"],
  [checkThrottle, { limit: 1, period: 0 }, "period in X must be more than 0; leave X out for no limit"],
  [checkThrottle, { limit: 2, period: 1, burst: 3 }, "burst in X must be from 1 to its limit of 2, not 3"],
  [checkThrottle, { limit: 2, per: 1 }, 'Unknown option "per" in X: the options are limit, period, burst, key'],
  [checkConcurrency, "2", "X must be a number or an object such as { limit: 2, key }, not "],
  [checkConcurrency, { limit: 2, key: 5 }, "key in X must be a function, not 5"],
  [
    checkPoolThrottle,
    { limit: 1, period: 1, key: String },
    "X cannot have a key, as its tasks have different arguments",
  ],
  [checkPoolConcurrency, { limit: 1, key: String }, "give the key to the tasks"],
];

for (const [check, value, message] of MESSAGES) {
  Deno.test(`limits that cannot be are refused with: ${message}`, () => {
    assertThrows(() => check(value, "X"), Error, message);
  });
}

Deno.test("limits that were checked can be checked again, as those of a record are", () => {
  const throttle = checkThrottle({ limit: 5, period: "1s", burst: 2, key: undefined }, "X");
  assertEquals(checkThrottle(throttle, "X"), throttle);
  assertEquals(checkConcurrency(checkConcurrency(3, "X"), "X"), { limit: 3 });
});
