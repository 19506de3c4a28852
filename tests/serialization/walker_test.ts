import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { Refusal } from "../../src/serialization/refusal.ts";
import { located, walk, Walker } from "../../src/serialization/walker.ts";

/** Says in a string what it is led through. Refuses symbols. */
class Outline extends Walker<string, string[]> {
  readonly #path = new Set<object>();

  protected override primitive(value: unknown): string {
    if (typeof value === "symbol") throw new Refusal("is a symbol");
    return String(value);
  }
  protected override reached(object: object): string | undefined {
    if (this.#path.has(object)) return "again";
    this.#path.add(object);
    return undefined;
  }
  protected override atomic(object: object): string {
    return `atomic ${object.constructor.name}`;
  }
  protected override error(error: Error): string {
    return `error ${error.message}`;
  }
  protected override unsupported(object: object): string {
    return `unsupported ${object.constructor.name}`;
  }
  protected override tooDeep(): string {
    return "too deep";
  }
  protected override record(record: object, depth: number, isPlain: boolean): string {
    const parts = Object.entries(record).map(([key, value]) => `${key}: ${this.visit(value, depth + 1)}`);
    return `${isPlain ? "" : "class "}{${parts.join(", ")}}`;
  }
  protected override array(array: readonly unknown[], depth: number): string {
    return `[${array.map((item) => this.visit(item, depth + 1)).join(", ")}]`;
  }
  protected override otherArray(array: readonly unknown[]): string {
    return `other array of ${array.length}`;
  }
  protected override open(_container: object, kind: "map" | "set"): string[] {
    return [kind];
  }
  protected override addEntry(content: string[], key: string, item: string): string[] {
    return [...content, `${key} → ${item}`];
  }
  protected override addMember(content: string[], member: string): string[] {
    return [...content, member];
  }
  protected override close([kind, ...parts]: string[]): string {
    return `${kind}(${parts.join(", ")})`;
  }
}

Deno.test("Walker leads a visitor through all that can be reached, and tells it what each object is", () => {
  class Point {
    x = 1;
  }
  const cases: [value: unknown, outline: string][] = [
    [5, "5"],
    [{ a: [1, { b: 2 }] }, "{a: [1, {b: 2}]}"],
    [new Point(), "class {x: 1}"],
    [Object.create(null), "class {}"],
    [[1, , 3], "other array of 3"],
    [new Map<unknown, unknown>([[[1], new Set([2])]]), "map([1] → set(2))"],
    [[new Date(), new Error("closed"), new URL("a:b")], "[atomic Date, error closed, unsupported URL]"],
  ];
  for (const [value, outline] of cases) assertEquals(walk(new Outline(), value, "it"), outline);
});

Deno.test("Walker asks first whether an object was reached before, and stops below the deepest level", () => {
  const circle: unknown[] = [];
  circle.push(circle);
  assertEquals(walk(new Outline(), circle, "it"), "[again]");
  assertEquals(walk(new Outline(1), [[[]]], "it"), "[[too deep]]");
});

Deno.test("Walker is not led astray by what a class makes of the entries of a Map or the members of a Set", () => {
  const map = new Map([[1, 2]]);
  const set = new Set([1]);
  for (const container of [map, set]) Object.defineProperty(container, Symbol.iterator, { value: () => [].values() });
  assertEquals([map, set].map((each) => walk(new Outline(), each, "it")), ["map(1 → 2)", "set(1)"]);
});

Deno.test("walk() makes an error of a refusal, with the path through Maps and Sets", () => {
  const symbol = Symbol("a");
  const cases: [value: unknown, path: string][] = [
    [symbol, "it"],
    [new Map([[1, 2], [symbol as never, 3]]), "it.keys().toArray()[1]"],
    [new Map([["a", symbol]]), 'it.get("a")'],
    [new Set([1, symbol]), "it.values().toArray()[1]"],
  ];
  for (const [value, path] of cases) {
    const { message } = assertThrows(() => walk(new Outline(), value, "it"), TypeError);
    assertEquals(message, `${path} is a symbol`);
  }
});

Deno.test("walk() throws anything else as it is, and located() adds no step to it", () => {
  const error = new Error("closed");
  const proxy = new Proxy({}, {
    ownKeys() {
      throw error;
    },
  });
  assertStrictEquals(assertThrows(() => walk(new Outline(), proxy, "it")), error);
  assertStrictEquals(located(error, { member: 0 }), error);
});
