import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import type { RunnerLink, SubmittedJob, Whereabouts } from "../../../src/remote/engine.ts";
import { EarlierAttempts } from "../../../src/remote/pool/earlier_attempts.ts";
import { Entry } from "../../../src/remote/pool/entry.ts";
import type { Job } from "../../../src/core/pool.ts";
import type { OutcomeRecord } from "../../../src/remote/protocol/outcome_frame.ts";

/** What an engine says. */
interface Engine {
  readonly remembers: boolean;
  readonly queued?: readonly string[] | Error;
  readonly places?: Record<string, Whereabouts>;
}

/** An engine, and what happens to attempts that are located there. */
function scene({ remembers, queued = [], places = {} }: Engine, hasHeardAll = true) {
  const told: string[] = [];
  let failures = 0;
  const link = {
    remembers,
    listQueued: () => queued instanceof Error ? Promise.reject(queued) : Promise.resolve(new Set(queued)),
    locate: (jobs: readonly SubmittedJob[]) => {
      if (failures-- > 0) return Promise.reject(new Error("not now"));
      told.push(`asked for ${jobs.map(({ token }) => token)}`);
      return Promise.resolve(new Map(Object.entries(places)));
    },
  } as unknown as RunnerLink;
  const closing = new AbortController();
  const attempts = new EarlierAttempts({
    hasHeardAll,
    submit: ({ token }) => void told.push(`submit ${token}`),
    follow: ({ token }) => void told.push(`follow ${token}`),
  }, closing.signal);
  const locate = (...tokens: string[]) =>
    tokens.map((token) => {
      const entry = new Entry(token, {} as Job, { aborted: () => {} });
      attempts.locate(entry, link);
      return entry;
    });
  return { attempts, link, told, locate, closing, failOnce: () => void (failures = 1) };
}

Deno.test("EarlierAttempts asks once for attempts that are executed together, and submits those that are nowhere", async () => {
  using time = new FakeTime();
  const { told, locate } = scene({ remembers: true, places: { a: "unknown", b: "queued", c: "taken" } });
  locate("a", "b", "c");
  await time.runAllAsync();
  assertEquals(told, ["asked for a,b,c", "submit a", "follow b", "follow c"]);
});

Deno.test("EarlierAttempts leaves out what has got an outcome while the engine was asked", async () => {
  using time = new FakeTime();
  const { told, locate } = scene({ remembers: true, places: { a: "unknown", b: "unknown" } });
  const [a] = locate("a", "b");
  a!.state = "settled";
  await time.runAllAsync();
  assertEquals(told, ["asked for b", "submit b"]);
});

Deno.test("EarlierAttempts trusts an engine that forgets only if all workers were heard and it was not in the queue", async () => {
  using time = new FakeTime();
  const places = { a: "unknown", b: "unknown", c: "unknown" } as const;
  const cases: [queued: readonly string[] | Error, hasHeardAll: boolean, told: string[]][] = [
    [["b"], true, ["submit a", "follow b", "follow c"]],
    [["b"], false, ["follow a", "follow b", "follow c"]],
    [new Error("no list"), true, ["follow a", "follow b", "follow c"]],
  ];
  for (const [queued, hasHeardAll, expected] of cases) {
    const { attempts, link, told, locate } = scene({ remembers: false, queued, places }, hasHeardAll);
    await attempts.list(link);
    attempts.heardOf("c");
    locate("a", "b", "c");
    await time.runAllAsync();
    assertEquals(told.slice(1), expected);
  }
});

Deno.test("EarlierAttempts asks again if the engine cannot say where attempts are, until the pool is disposed of", async () => {
  using time = new FakeTime();
  const { told, locate, closing, failOnce } = scene({ remembers: true, places: { a: "unknown" } });
  failOnce();
  locate("a");
  await time.tickAsync(0);
  assertEquals(told, []);
  await time.runAllAsync();
  assertEquals(told, ["asked for a", "submit a"]);
  failOnce();
  closing.abort();
  locate("b");
  await time.runAllAsync();
  assertEquals(told.length, 2);
});

Deno.test("EarlierAttempts keeps the first outcome of an attempt until it is taken, and none that says it was returned", () => {
  const { attempts } = scene({ remembers: true });
  const record = (worker: string, kind: "lost" | "returned"): OutcomeRecord => ({
    ...{ token: "a", worker, id: "a", ahead: 0 },
    outcome: kind === "lost" ? { kind } : { kind, submission: 1 },
  });
  assertEquals(attempts.noteOutcome(record("first", "returned")), false);
  assertEquals(attempts.noteOutcome(record("second", "lost")), true);
  assertEquals(attempts.noteOutcome(record("third", "lost")), false);
  assertEquals(attempts.takeOutcome("a")?.worker, "second");
  assertEquals(attempts.takeOutcome("a"), undefined);
});
