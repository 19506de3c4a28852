import { assert, assertEquals, assertInstanceOf, assertNotStrictEquals, assertStrictEquals } from "@std/assert";
import { isInstance } from "../../src/core/error_classes.ts";
import type { ErrorEnvelope } from "../../src/core/error_envelope.ts";
import { fromEnvelope, toEnvelope } from "../../src/serialization/envelope.ts";
import { CheckpointError, TaskError, WorkerLostError } from "../../src/core/errors.ts";

type Loose = Error & Record<string, unknown>;

/** By structured clone, as to a worker. */
function cloned(thrown: unknown): Loose {
  return fromEnvelope(structuredClone(toEnvelope(thrown))) as Loose;
}

/** By JSON, as into a checkpoint. */
function viaJson(thrown: unknown): Loose {
  return fromEnvelope(JSON.parse(JSON.stringify(toEnvelope(thrown)))) as Loose;
}

const WAYS: [way: string, travel: (thrown: unknown) => Loose][] = [["structured clone", cloned], ["JSON", viaJson]];

const good = (): ErrorEnvelope => ({ name: "Error", message: "m", classes: ["Error"] });
Deno.test("a class without a name counts as its base", () => {
  const error = cloned(new (class extends RangeError {})("m"));
  assertStrictEquals(error.constructor, RangeError);
});

Deno.test("errors by prototype alone, as from before there were classes, are errors", () => {
  function OldError(this: Error) {
    this.message = "old";
  }
  OldError.prototype = Object.create(TypeError.prototype, { constructor: { value: OldError } });
  const sent: Error = Reflect.construct(OldError, []);
  const error = cloned(sent);
  assertInstanceOf(error, TypeError);
  assertEquals([error.constructor.name, error.message, error.stack], ["OldError", "old", undefined]);
});

Deno.test("an error with the name of a class of Deno's or ours is not mistaken for one", () => {
  const classes = [
    class NotFound extends Error {},
    class TaskError extends Error {},
    class CycleError extends TaskError {},
    class CheckpointError extends Error {},
  ];
  for (const type of classes) {
    for (const [, travel] of WAYS) {
      const error = travel(travel(new type("m")));
      assertEquals(error.constructor.name, type.name);
      assert(!(error instanceof Deno.errors.NotFound));
      assert(isInstance(error, type));
      assert(!isInstance(error, Deno.errors.NotFound) && !isInstance(error, CheckpointError));
    }
  }
  class Derived extends (classes[0] as typeof Error) {}
  assertEquals(cloned(new Derived()) instanceof Deno.errors.NotFound, false);
  assertEquals(cloned(new class extends Deno.errors.NotFound {}()) instanceof Deno.errors.NotFound, true);
});

Deno.test("an error of another copy of this package comes back as one of ours", () => {
  const make = () => {
    class TaskError extends Error {
      override name = "TaskError";
      readonly code: string = "TASK_ERROR";
      readonly task = "load";
    }
    return class WorkerLostError extends TaskError {
      override name = "WorkerLostError";
      override readonly code = "WORKER_LOST";
    };
  };
  assertInstanceOf(cloned(new (make())("m")), WorkerLostError);
});

Deno.test("isInstance() knows a class by its name once an error came out of an envelope", () => {
  class Base extends Error {}
  class Derived extends Base {}
  class Other extends Error {}
  const error = cloned(new Derived("m"));
  assert(!(error instanceof Derived));
  assertEquals([Derived, Base, Error, Other, TypeError].map((type) => isInstance(error, type)), [
    true,
    true,
    true,
    false,
    false,
  ]);
  assertEquals(isInstance(new Derived("m"), Base), true);
  assertEquals(isInstance(Object.assign(new Error("m"), { name: "Base" }), Base), false);
  for (const value of [undefined, null, 1, "Base", {}]) assertEquals(isInstance(value, Base), false);
});

Deno.test("fromEnvelope() handles class names of all kinds", () => {
  for (const classes of [[], [""], ["__proto__"], ["Error", "Error"], ["constructor", "TypeError"], ["a b\n"]]) {
    assertInstanceOf(fromEnvelope({ error: { ...good(), classes } }), Error);
  }
});

Deno.test("fromEnvelope() forgets the oldest of too many classes", () => {
  const make = (name: string) => fromEnvelope({ error: { ...good(), classes: [name, "Error"] } }) as Error;
  const first = make("First").constructor;
  assertStrictEquals(make("First").constructor, first);
  for (let index = 0; index < 1_000; index++) assertEquals(make(`Class${index}`).constructor.name, `Class${index}`);
  assertNotStrictEquals(make("First").constructor, first);
});
