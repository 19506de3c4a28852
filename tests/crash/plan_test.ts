import { assert, assertEquals } from "@std/assert";
import {
  assignmentsOf,
  type ChildStep,
  EQUAL,
  multiplicities,
  type Plan,
  planOf,
  type PlanSetup,
  sinksOf,
  type Step,
} from "./plan.ts";

const SETUP: PlanSetup = { seed: 1, codec: "structured", backends: ["async", "thread", "process"], weight: "light" };
const PLANS: readonly Plan[] = Array.from({ length: 120 }, (_, seed) => planOf({ ...SETUP, seed }));
const STEPS: readonly Step[] = PLANS.flatMap(({ steps }) => steps);

Deno.test("planOf() makes the same plan of the same setup", () => {
  assertEquals(planOf(SETUP), planOf(SETUP));
  assert(JSON.stringify(planOf(SETUP)) !== JSON.stringify(planOf({ ...SETUP, seed: 2 })));
});

Deno.test("planOf() makes steps that depend on earlier ones only", () => {
  for (const { steps, inserted } of PLANS) {
    assert(steps.length >= 15 && steps.length <= 41);
    for (const [index, { inputs }] of steps.entries()) assert(inputs.every(({ on }) => on < index));
    assert(sinksOf({ steps, inserted }).includes(inserted));
    assertEquals(steps[inserted]!.copies, 1);
  }
});

function childIs(is: (child: ChildStep) => boolean): (step: Step) => boolean {
  return ({ assignment: { children } }) => children.some(is);
}

const KINDS: Readonly<Record<string, (step: Step) => boolean>> = {
  "of equal submissions": ({ copies }) => copies > 1,
  "with a key": ({ key }) => key !== undefined,
  "with a version": ({ version }) => version !== undefined,
  "under another name": ({ rename }) => rename !== undefined,
  "that sleep": ({ assignment: { pause } }) => pause === "sleep",
  "that wait for a signal": ({ assignment: { pause } }) => pause === "signal",
  "that fail at first": ({ assignment: { failures } }) => failures > 0,
  "that fail for good": ({ assignment: { end } }) => end === "fails",
  "that submit more": ({ assignment: { children } }) => children.length > 0,
  "that submit what others submit, too": childIs(({ assignment: { label } }) => label.startsWith(EQUAL)),
  "that do not wait for a child": childIs(({ waits }) => waits === "detached"),
  "that share a child": childIs(({ dedupKey }) => dedupKey !== null),
  "with handles in a list": ({ inputs }) => inputs.some(({ via }) => via === "list"),
  "with handles in a record": ({ inputs }) => inputs.some(({ via }) => via === "record"),
  "with handles as arguments": ({ inputs }) => inputs.some(({ via }) => via === "argument"),
  "that depend on others without their values": ({ inputs }) => inputs.some(({ via }) => via === "dependsOn"),
  "that skip": ({ policy }) => policy === "skip",
  "that run anyway": ({ policy }) => policy === "run-anyway",
  "with large results": ({ assignment: { result } }) => result === "large",
  "on threads": ({ backend }) => backend === "thread",
  "in processes": ({ backend }) => backend === "process",
};

for (const [what, is] of Object.entries(KINDS)) {
  Deno.test(`planOf() makes steps ${what}, and others`, () => {
    const share = STEPS.filter(is).length / STEPS.length;
    assert(share > 0.005 && share < 0.9, `a share of ${share}`);
  });
}

Deno.test("multiplicities() counts each task that a run submits", () => {
  for (const plan of PLANS) {
    const counts = multiplicities(plan);
    assertEquals([...counts.keys()].sort(), [...assignmentsOf(plan).keys()].sort());
    for (const { assignment, copies } of plan.steps) assertEquals(counts.get(assignment.label), copies);
  }
});
