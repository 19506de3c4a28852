import { assert, assertEquals, assertLess, assertStrictEquals } from "@std/assert";
import {
  cycleInJson,
  describe,
  hiddenProperty,
  lostInJson,
  Refusal,
  sharedMemory,
  type Step,
  tooDeep,
  unreadable,
  unsupported,
} from "../../src/serialization/refusal.ts";

/** The message about a part of `args`, with the steps to it from the inside out. */
function messageOf(refusal: Refusal, ...steps: Step[]): string {
  for (const step of steps) refusal.addStep(step);
  return refusal.toError("args").message;
}

Deno.test("Refusal.toError() begins with the path, as one would write it in a program", () => {
  const record = { of: {}, key: "when" };
  assertEquals(messageOf(new Refusal("is bad"), record, { of: [], key: 0 }), "args[0].when is bad");
  const cases: [step: Step, path: string][] = [
    [{ of: {}, key: "not a name" }, 'args["not a name"]'],
    [{ of: {}, key: "__proto__" }, "args.__proto__"],
    [{ of: [], key: "0x" }, "args[0x]"],
    [{ mapKey: 1 }, "args.keys().toArray()[1]"],
    [{ mapValue: 1, key: "a" }, 'args.get("a")'],
    [{ mapValue: 1, key: {} }, "args.values().toArray()[1]"],
    [{ member: 2 }, "args.values().toArray()[2]"],
  ];
  for (const [step, path] of cases) assertEquals(messageOf(new Refusal("is bad"), step), `${path} is bad`);
});

Deno.test("Refusal.toError() cuts a long path in the middle, and keeps what was thrown", () => {
  const refusal = new Refusal("is bad", "closed");
  for (let level = 0; level < 1_000; level++) refusal.addStep({ of: {}, key: `level${level}` });
  const { message, cause } = refusal.toError("args");
  assertLess(message.length, 300);
  assert(/^args\.level999\..*….*\.level0 is bad$/.test(message), message);
  assertStrictEquals(cause, "closed");
  assertEquals("cause" in new Refusal("is bad").toError("args"), false);
});

Deno.test("each refusal says what is wrong, and what to do, by what the value is wanted for", () => {
  const cases: [refusal: Refusal, predicate: string][] = [
    [unsupported(Symbol("a"), "send"), "is a symbol, which cannot be sent to a worker: pass a string"],
    [unsupported(Symbol("a"), "save"), "is a symbol, which cannot be saved: use a string"],
    [unsupported(new URL("https://deno.com"), "send"), "is a URL, which cannot be sent to a worker: pass url.href"],
    [unsupported(Promise.resolve(), "save"), "is a Promise, which cannot be saved: await it first"],
    [
      unsupported(new ReadableStream(), "send"),
      "is a ReadableStream, which cannot be sent to a worker: read it first, or move it with transfer()",
    ],
    [
      sharedMemory(new SharedArrayBuffer(1), "send"),
      "whose memory is shared and cannot be sent to a worker: pass a copy",
    ],
    [tooDeep(1_000, "save"), "is more than 1000 levels deep and cannot be saved: use flatter data"],
    [unreadable(new Error("closed"), "save"), "cannot be saved, as reading it throws"],
    [lostInJson("-0", "use 0"), 'is -0, which JSON cannot keep; use 0, or use a checkpointer with codec: "structured"'],
    [cycleInJson(), "holds itself, which JSON cannot express"],
    [
      new Refusal(hiddenProperty("a", true, "send")),
      'has the property "a", which is not enumerable and cannot be sent',
    ],
    [new Refusal(hiddenProperty(Symbol("a"), true, "save")), "has a property under Symbol(a), which cannot be saved"],
  ];
  for (const [{ predicate }, expected] of cases) assert(predicate.includes(expected), predicate);
});

Deno.test("describe() names a value as a sentence would", () => {
  const values = [Symbol(), new Date(), new Error(), new (class {})(), new (class Point {})(), [1]];
  assertEquals(values.map(describe), [
    "a symbol",
    "a Date",
    "an Error",
    "an instance of a class",
    "a Point",
    "an Array",
  ]);
});
