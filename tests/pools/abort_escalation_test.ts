import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  ABORT_TRANSITIONS,
  AbortEscalation,
  type AbortEvent,
  type AbortStage,
} from "../../src/pools/abort_escalation.ts";
import { FakeWitness } from "./fake_witness.ts";
import { testTransitions } from "./transitions_table.ts";

/** More than a worker has to say that its body knows, and how long that one then has, in milliseconds. */
const PATIENCE_MS = 25;
const GRACE_MS = 1_000;

/** The table once more, from the design, so that a slip in the source's own is noticed. */
const LEGAL: Record<AbortStage, Partial<Record<AbortEvent, AbortStage>>> = {
  none: { aborted: "unheard" },
  unheard: { heard: "heard", expired: "deaf", settled: "none" },
  deaf: { heard: "heard", settled: "none" },
  heard: { heard: "heard", expired: "overrun", settled: "none" },
  overrun: { heard: "overrun", expired: "deaf", settled: "none" },
};

testTransitions("ABORT_TRANSITIONS", ABORT_TRANSITIONS, LEGAL, ["aborted", "heard", "expired", "settled"]);

/** An escalation, and what it said. */
function escalate(): { escalation: AbortEscalation; witness: FakeWitness; told: string[] } {
  const witness = new FakeWitness();
  const told: string[] = [];
  const escalation = new AbortEscalation(witness, {
    deaf: () => void told.push("deaf"),
    overran: () => void told.push("overran"),
  });
  return { escalation, witness, told };
}

Deno.test("AbortEscalation takes no body for deaf by time alone: others must have had a chance to run", () => {
  using time = new FakeTime();
  const { escalation, witness, told } = escalate();
  escalation.aborted();
  time.tick(PATIENCE_MS - 1);
  assertEquals(witness.waiting, 0, "on a machine that is not busy no witness is needed");
  time.tick(1);
  assertEquals(witness.waiting, 1);
  time.tick(5_000); // the machine is so busy that no thread gets to do anything
  assertEquals([told, escalation.stage], [[], "unheard"]);
  witness.work();
  assertEquals([told, escalation.stage, witness.waiting], [["deaf"], "deaf", 0]);
  time.tick(60_000);
  witness.work();
  assertEquals(told, ["deaf"], "it is said once");
});

Deno.test("AbortEscalation does not wait for ever for a witness that cannot work", () => {
  using time = new FakeTime();
  const { escalation, witness, told } = escalate();
  escalation.aborted();
  time.tick(PATIENCE_MS + 9_999);
  assertEquals(told, []);
  time.tick(1);
  assertEquals([told, witness.waiting], [["deaf"], 0]);
});

for (const lateMs of [0, PATIENCE_MS, 9_000]) {
  Deno.test(`AbortEscalation gives a body that heard after ${lateMs} ms its second from then on`, () => {
    using time = new FakeTime();
    const { escalation, witness, told } = escalate();
    escalation.aborted();
    time.tick(lateMs);
    escalation.heard();
    assertEquals([escalation.stage, witness.waiting], ["heard", 0]);
    time.tick(GRACE_MS - 1);
    witness.work();
    assertEquals(told, []);
    time.tick(1);
    assertEquals(told, [], "what it said at the last moment may not have arrived");
    witness.work();
    assertEquals([told, escalation.stage], [["overran"], "overrun"]);
  });
}

Deno.test("AbortEscalation gives a body its second that was taken for deaf, and hears after all", () => {
  using time = new FakeTime();
  const { escalation, witness, told } = escalate();
  escalation.aborted();
  time.tick(PATIENCE_MS);
  witness.work();
  escalation.heard();
  time.tick(GRACE_MS - 1);
  witness.work();
  assertEquals([told, escalation.stage], [["deaf"], "heard"]);
  time.tick(1);
  witness.work();
  assertEquals(told, ["deaf", "overran"]);
});

Deno.test("AbortEscalation gives no second twice to a worker that says again that its body knows", () => {
  using time = new FakeTime();
  const { escalation, witness, told } = escalate();
  escalation.aborted();
  for (let passed = 0; passed < GRACE_MS; passed += 100) {
    escalation.heard();
    time.tick(100);
  }
  witness.work();
  assertEquals(told, ["overran"]);
  escalation.heard();
  assertEquals(escalation.stage, "overrun");
});

Deno.test("AbortEscalation takes a worker for deaf that was told to end after its body's second, and does not", () => {
  using time = new FakeTime();
  const { escalation, witness, told } = escalate();
  escalation.aborted();
  escalation.heard();
  time.tick(GRACE_MS);
  witness.work();
  time.tick(PATIENCE_MS);
  assertEquals(told, ["overran"]);
  witness.work();
  assertEquals(told, ["overran", "deaf"]);
});

for (const stage of ["unheard", "deaf", "heard", "overrun"] as const) {
  Deno.test(`AbortEscalation ends with the body, and can begin again (stage: ${stage})`, () => {
    using time = new FakeTime();
    const { escalation, witness, told } = escalate();
    const pass = (milliseconds: number) => {
      time.tick(milliseconds);
      witness.work();
    };
    escalation.aborted();
    if (stage === "deaf") pass(PATIENCE_MS);
    if (stage === "heard" || stage === "overrun") escalation.heard();
    if (stage === "overrun") pass(GRACE_MS);
    assertEquals(escalation.stage, stage);
    told.length = 0;
    escalation.settled();
    escalation.settled();
    pass(60_000);
    assertEquals([told, escalation.stage], [[], "none"]);
    escalation.aborted();
    pass(PATIENCE_MS);
    assertEquals(told, ["deaf"]);
    escalation.settled();
  });
}
