import { assert, assertEquals, assertMatch, assertStrictEquals, assertThrows } from "@std/assert";
import { currentTask, type Duration, TaskBase, TaskRunner } from "../../mod.ts";

class Greet extends TaskBase<[name: string], string> {
  override retries = 2;
  override timeout: Duration = "10s";
  greeting = "Hello";

  run(name: string): string {
    return `${this.greeting}, ${name}!`;
  }
}

Deno.test("TaskBase takes its options from fields", () => {
  class Tuned extends Greet {
    override name = "tuned";
    override pool = "gpu";
    override priority = 3;
  }
  const { name, pool, priority, maxAttempts, timeout, module } = new Tuned().options;
  assertEquals({ name, pool, priority, maxAttempts, timeout, module }, {
    name: "tuned",
    pool: "gpu",
    priority: 3,
    maxAttempts: 3,
    timeout: 10_000,
    module: import.meta.url,
  });
});

Deno.test("TaskBase takes its options from the fields of an instance, set in its constructor too", () => {
  class Fetch extends TaskBase<[], void> {
    constructor(override readonly name: string) {
      super();
      this.retries = 4;
    }
    run(): void {}
  }
  assertEquals([new Fetch("a"), new Fetch("b")].map(({ options }) => [options.name, options.retries]), [
    ["a", 4],
    ["b", 4],
  ]);
});

Deno.test("TaskBase options are frozen and the same each time", () => {
  const greet = new Greet();
  assert(Object.isFrozen(greet.options));
  assertStrictEquals(greet.options, greet.options);
});

Deno.test("TaskBase is called like its class by default", () => {
  const greet = new Greet();
  assertEquals([greet.name, greet.options.name], ["Greet", "Greet"]);
});

Deno.test("TaskBase without a name of its class is called like the place where it was made", () => {
  const make = () =>
    class extends TaskBase<[], void> {
      run(): void {}
    };
  const Anonymous = make();
  assertMatch(new Anonymous().options.name, /^task_base_test\.ts:\d+:\d+$/);
});

Deno.test("TaskBase.run() called directly needs no runner", () => {
  assertEquals(new Greet().run("Ada"), "Hello, Ada!");
});

Deno.test("TaskBase runs run() with its instance, on a runner", async () => {
  await using runner = new TaskRunner();
  const greet = new Greet();
  greet.greeting = "Bye";
  assertEquals(await runner.submit(greet, "Ada"), "Bye, Ada!");
  assertEquals(await runner.use(() => greet.submit("Bob")), "Bye, Bob!");
});

Deno.test("TaskBase runs an async run()", async () => {
  class Slow extends TaskBase<[], string | undefined> {
    async run(): Promise<string | undefined> {
      await Promise.resolve();
      return currentTask()?.name;
    }
  }
  await using runner = new TaskRunner();
  assertEquals(await runner.submit(new Slow()), "Slow");
});

Deno.test("TaskBase finds out about wrong options when they are first needed, each time", async () => {
  class Wrong extends TaskBase<[], void> {
    override retries = -1;
    run(): void {}
  }
  class Both extends TaskBase<[], void> {
    override backend = "async" as const;
    override pool = "gpu";
    run(): void {}
  }
  const wrong = new Wrong();
  await using runner = new TaskRunner();
  runner.enter();
  for (const use of [() => wrong.options, () => wrong.submit(), () => wrong.with({ priority: 1 })]) {
    assertThrows(use, RangeError, 'retries of task "Wrong"');
  }
  assertThrows(() => runner.submit(wrong), RangeError, 'retries of task "Wrong"');
  assertThrows(() => new Both().options, TypeError, "backend or pool");
  assertEquals(runner.statistics().submitted, 0);
});

Deno.test("TaskBase.with() does not change the instance", async () => {
  await using runner = new TaskRunner();
  const greet = new Greet();
  const other = greet.with({ maxAttempts: 7, name: "greet-more", key: "k", runner });
  assertEquals([other.name, other.options.maxAttempts, other.options.timeout], ["greet-more", 7, 10_000]);
  assertEquals([greet.name, greet.options.maxAttempts], ["Greet", 3]);
  const handle = other.submit("Ada");
  assertEquals([handle.id, handle.name, await handle], ["k", "greet-more", "Hello, Ada!"]);
});

Deno.test("TaskBase can be subclassed with types left open", async () => {
  abstract class Step<T> extends TaskBase<[T], T[]> {
    override priority = 1;
    abstract step(value: T): T;
    run(value: T): T[] {
      return [this.step(value)];
    }
  }
  class Double extends Step<number> {
    step(value: number): number {
      return value * 2;
    }
  }
  await using runner = new TaskRunner();
  const double = new Double();
  assertEquals([double.name, double.options.priority], ["Double", 1]);
  assertEquals(await runner.submit(double, 4), [8]);
});

Deno.test("a subclass of a subclass overrides options and can call super.run()", async () => {
  class Loud extends Greet {
    override retries = 5;
    override run(name: string): string {
      return super.run(name).toUpperCase();
    }
  }
  await using runner = new TaskRunner();
  const loud = new Loud();
  const { retries, timeout, name } = loud.options;
  assertEquals({ retries, timeout, name }, { retries: 5, timeout: 10_000, name: "Loud" });
  assertEquals(await runner.submit(loud, "Ada"), "HELLO, ADA!");
});

Deno.test("TaskBase takes options from getters as well", () => {
  class Computed extends TaskBase<[], void> {
    run(): void {}
  }
  Object.defineProperty(Computed.prototype, "priority", { get: () => 9 });
  const computed = new Computed();
  delete computed.priority;
  assertEquals(computed.options.priority, 9);
});

Deno.test("TaskBase hands its arguments to dedupBy", async () => {
  class Fetch extends TaskBase<[id: number], number> {
    override dedupBy = (id: number): string => `user ${id}`;
    run(id: number): number {
      return id;
    }
  }
  await using runner = new TaskRunner();
  const fetch = new Fetch();
  const [first, twin, other] = [1, 1, 2].map((id) => runner.submit(fetch, id));
  assertStrictEquals(first, twin);
  assert(first !== other);
  await runner.run();
});
