import { assertEquals, assertThrows } from "@std/assert";
import { task, TaskBase, TaskRunner } from "../../mod.ts";

const square = task(function square(x: number) {
  return x * x;
});
const join = task(function join(a: string, b: number) {
  return `${a}${b}`;
});

/** A generator that notes how it ended. */
class Source implements Iterable<number> {
  taken = 0;
  closed = 0;
  constructor(readonly count = Infinity) {}

  *[Symbol.iterator](): Generator<number> {
    try {
      while (this.taken < this.count) yield ++this.taken;
    } finally {
      this.closed++;
    }
  }
}

Deno.test("map() submits once for each value of one column", async () => {
  await using runner = new TaskRunner();
  const handles = runner.use(() => square.map([1, 2, 3]));
  assertEquals(await Promise.all(handles), [1, 4, 9]);
});

Deno.test("map() takes one value from each of two columns", async () => {
  await using runner = new TaskRunner();
  const handles = runner.use(() => join.map(["a", "b"], new Set([1, 2])));
  assertEquals(await Promise.all(handles), ["a1", "b2"]);
});

Deno.test("map() ends with the shortest column, whichever it is", async () => {
  await using runner = new TaskRunner();
  const lengths = runner.use(() => [join.map("abc", [1]), join.map("a", [1, 2, 3]), join.map("abc", [])]);
  assertEquals(lengths.map((handles) => handles.length), [1, 1, 0]);
  await runner.run();
});

Deno.test("map() closes a column without end when another one ends", async () => {
  await using runner = new TaskRunner();
  const [before, after] = [new Source(), new Source()];
  const add = task(function add(a: number, b: number, c: number) {
    return a + b + c;
  });
  const handles = runner.use(() => add.map(before, [10, 20], after));
  assertEquals([before.closed, after.closed], [1, 1]);
  assertEquals(await Promise.all(handles), [12, 24]);
});

Deno.test("map() closes the other columns when one throws", async () => {
  await using runner = new TaskRunner();
  const source = new Source();
  function* broken(): Generator<number> {
    yield 1;
    throw new Error("the tape tore");
  }
  const add = task(function add(a: number, b: number) {
    return a + b;
  });
  runner.use(() => assertThrows(() => add.map(source, broken()), Error, "the tape tore"));
  assertEquals([source.closed, runner.statistics().submitted], [1, 0]);
});

Deno.test("map() takes values from one iterator for two columns in turns", async () => {
  await using runner = new TaskRunner();
  const add = task(function add(a: number, b: number) {
    return a * 10 + b;
  });
  const values = [1, 2, 3, 4, 5].values();
  assertEquals(await Promise.all(runner.use(() => add.map(values, values))), [12, 34]);
});

Deno.test("map() takes handles in columns, also one level down", async () => {
  await using runner = new TaskRunner();
  const sum = task(function sum(numbers: number[]) {
    return numbers.reduce((a, b) => a + b, 0);
  });
  const handles = runner.use(() => {
    const squares = square.map([1, 2]);
    return [...square.map([squares[1]!, 3]), ...sum.map([squares, [5]])];
  });
  assertEquals(await Promise.all(handles), [16, 9, 5, 5]);
});

Deno.test("map() over columns of nothing submits nothing", async () => {
  await using runner = new TaskRunner();
  assertEquals(runner.use(() => square.map([])), []);
  assertEquals(runner.statistics().submitted, 0);
});

Deno.test("map() rejects no columns at all", () => {
  assertThrows(() => (square.map as unknown as () => void)(), TypeError, 'Cannot map "square"');
});

Deno.test("map() rejects what is not iterable, says which, and submits nothing", async () => {
  await using runner = new TaskRunner();
  for (const wrong of [5, null, undefined, { length: 1 }]) {
    runner.use(() =>
      assertThrows(() => join.map(["a"], wrong as unknown as number[]), TypeError, 'Cannot map "join": argument 2 is')
    );
  }
  assertEquals(runner.statistics().submitted, 0);
});

Deno.test("map() of a task made by with() submits each with those options", async () => {
  await using runner = new TaskRunner();
  const handles = square.with({ runner, source: "cron" }).map([1, 2]);
  assertEquals(handles.map(({ source }) => source), ["cron", "cron"]);
  await runner.run();
});

Deno.test("map() of the class form does the same", async () => {
  class Square extends TaskBase<[number], number> {
    run(x: number): number {
      return x * x;
    }
  }
  await using runner = new TaskRunner();
  assertEquals(await Promise.all(runner.use(() => new Square().map([2, 3]))), [4, 9]);
});
