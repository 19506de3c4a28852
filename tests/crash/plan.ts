/**
 * Random workflows, as plain data.
 *
 * @module
 */

import type { Backend, CodecName, OnDepFailure } from "../../mod.ts";
import { Random, seedOf } from "./random.ts";
import { kindsFor, type ValueKind } from "./values.ts";

/** What a plan is made from; the same one leads to the same plan. */
export interface PlanSetup {
  readonly seed: number;
  readonly codec: CodecName;
  readonly backends: readonly Backend[];
  /** `"heavy"`: arguments that soon fill a file with outdated lines, so that it is compacted. */
  readonly weight: "light" | "heavy";
}

/** What a body is told to do; its first argument. */
export interface Assignment {
  /** Tells the step from others. */
  readonly label: string;
  /** The kind of its result. */
  readonly result: ValueKind;
  /** How long it takes, in milliseconds. */
  readonly ms: number;
  /** What else it waits for: a sleep, or what the program delivers for it. */
  readonly pause: "none" | "sleep" | "signal";
  /** How many attempts fail before one does not. */
  readonly failures: number;
  /** `"fails"`: whatever the attempt. */
  readonly end: "returns" | "fails";
  /** What it submits and waits for. */
  readonly children: readonly ChildStep[];
}

/** How a step reaches its task: which one, and under which name. */
export interface Manner {
  readonly backend: Backend;
  readonly policy: OnDepFailure;
}

/** A task that a body submits. */
export interface ChildStep extends Manner {
  readonly assignment: Assignment;
  /** `"detached"`: the body does not wait for it. */
  readonly waits: "awaited" | "detached";
  /** By which it is shared with equal ones of other bodies, while it is unfinished. */
  readonly dedupKey: string | null;
}

/** How the result of a step comes to another one. */
export interface PlannedInput {
  /** The index of the step. */
  readonly on: number;
  readonly via: "argument" | "list" | "record" | "dependsOn";
}

/** One step; it depends on earlier ones. */
export interface Step extends Manner {
  readonly assignment: Assignment;
  /** An argument of its own. */
  readonly payload: { readonly kind: ValueKind; readonly seed: number };
  readonly inputs: readonly PlannedInput[];
  /** How often it is submitted: equal submissions. */
  readonly copies: number;
  readonly key: string | undefined;
  readonly version: string | undefined;
  /** A name that it is given when it is submitted. */
  readonly rename: string | undefined;
}

/** A workflow. */
export interface Plan {
  readonly steps: readonly Step[];
  /** The index of a step that nothing depends on, and that is left out at first. */
  readonly inserted: number;
}

/** What the labels of children begin with that several bodies submit. */
export const EQUAL = "equal";
/** How many of them there are. */
const MAX_EQUAL = 3;

/** The key of the signal that a step waits for, and what is delivered for it. */
export function signalOf(label: string): { readonly key: string; readonly value: string } {
  return { key: `go, ${label}`, value: `the word for ${label}` };
}

/** How many attempts a task has. */
export const MAX_ATTEMPTS = 4;

/** Makes a plan. */
export function planOf(setup: PlanSetup): Plan {
  return new Planner(setup).plan();
}

/** The steps that no other depends on. */
export function sinksOf({ steps }: Plan): number[] {
  const needed = new Set(steps.flatMap(({ inputs }) => inputs.map(({ on }) => on)));
  return steps.flatMap((_, index) => needed.has(index) ? [] : [index]);
}

/** How many tasks with each label one run submits at most: those of steps, and those that bodies submit. */
export function multiplicities({ steps }: Plan): Map<string, number> {
  const counts = new Map<string, number>();
  const add = (it: Assignment, times: number) => {
    counts.set(it.label, (counts.get(it.label) ?? 0) + times);
    // Each attempt finds what the one before has submitted.
    for (const { assignment } of it.children) add(assignment, times);
  };
  for (const { assignment, copies } of steps) add(assignment, copies);
  return counts;
}

/** The steps and what their bodies submit, by label. */
export function assignmentsOf({ steps }: Plan): Map<string, Assignment> {
  const all = new Map<string, Assignment>();
  const add = (assignment: Assignment) => {
    all.set(assignment.label, assignment);
    for (const child of assignment.children) add(child.assignment);
  };
  for (const { assignment } of steps) add(assignment);
  return all;
}

class Planner {
  readonly #setup: PlanSetup;
  readonly #random: Random;
  /** Of its own, so that plans are else as they were before there were pauses. */
  readonly #pauses: Random;
  readonly #kinds: readonly ValueKind[];
  readonly #steps: Step[] = [];
  readonly #equal = new Map<number, ChildStep>();

  constructor(setup: PlanSetup) {
    this.#setup = setup;
    this.#random = new Random(setup.seed);
    this.#pauses = new Random(seedOf(setup.seed, 1));
    this.#kinds = kindsFor(setup.codec);
  }

  plan(): Plan {
    const random = this.#random;
    const size = random.int(15, 40);
    let layer: number[] = [];
    let before: number[] = [];
    for (let left = size, width = 0; left > 0; left--, width--) {
      if (width <= 0) {
        before = [...before, ...layer].slice(-12);
        layer = [];
        width = random.int(1, 7);
      }
      layer.push(this.#add(before));
    }
    // What is left out at first must be a step that others do not need, and that can be told from others.
    const inserted = this.#add([...before, ...layer], { copies: 1 });
    return { steps: this.#steps, inserted };
  }

  #add(candidates: readonly number[], fixed: Partial<Step> = {}): number {
    const random = this.#random;
    const index = this.#steps.length;
    const backend = random.pick(this.#setup.backends);
    const isHeavy = this.#setup.weight === "heavy" && random.chance(0.8);
    const step: Step = {
      backend,
      policy: random.chance(0.8) ? "fail" : random.pick<OnDepFailure>(["skip", "run-anyway"]),
      assignment: this.#assignment(`s${index}`, backend === "async" && random.chance(0.2) ? random.int(1, 3) : 0),
      payload: { kind: isHeavy ? "medium" : random.pick(this.#smallKinds()), seed: random.seed() },
      inputs: random.some(candidates, random.pick([0, 1, 1, 2, 2, 3])).map((on) => this.#input(on)),
      copies: random.chance(0.12) ? random.int(2, 3) : 1,
      key: random.chance(0.15) ? `key of ${index}` : undefined,
      version: random.chance(0.1) ? "2" : undefined,
      rename: random.chance(0.1) ? `renamed ${index}` : undefined,
    };
    // Bodies in workers cannot wait for handles.
    const pause = backend === "async" ? this.#pauses.pick(["none", "none", "sleep", "signal"] as const) : "none";
    this.#steps.push({ ...step, assignment: { ...step.assignment, pause }, ...fixed });
    return index;
  }

  #input(on: number): PlannedInput {
    // Which of several equal submissions comes first is not the same each time: who depends on one depends on all.
    if (this.#steps[on]!.copies > 1) return { on, via: "dependsOn" };
    return { on, via: this.#random.pick(["argument", "argument", "list", "list", "record", "record", "dependsOn"]) };
  }

  #assignment(label: string, children: number): Assignment {
    const random = this.#random;
    const isSmall = random.chance(0.85);
    return {
      label,
      result: random.pick(isSmall ? this.#smallKinds() : this.#kinds),
      ms: random.chance(0.2) ? 0 : random.int(1, 9),
      pause: "none",
      failures: random.chance(0.15) ? random.int(1, MAX_ATTEMPTS - 1) : 0,
      end: random.chance(0.04) ? "fails" : "returns",
      children: Array.from({ length: children }, (_, index) => this.#child(label, index)),
    };
  }

  #child(parent: string, index: number): ChildStep {
    const random = this.#random;
    const waits = random.chance(0.2) ? "detached" : "awaited";
    if (random.chance(0.3)) return { ...this.#equalChild(random.int(0, MAX_EQUAL - 1)), waits };
    const assignment = this.#assignment(`${parent}.${index}`, 0);
    const backend = random.pick(this.#setup.backends);
    // Of several that fail, any may be the one whose error is heard.
    const end = index === 0 && waits === "awaited" ? assignment.end : "returns";
    return { backend, policy: "fail", assignment: { ...assignment, end }, waits, dedupKey: null };
  }

  /** What several bodies submit, or one several times. */
  #equalChild(number: number): ChildStep {
    const known = this.#equal.get(number);
    if (known !== undefined) return known;
    const random = this.#random;
    const assignment = this.#assignment(`${EQUAL}.${number}`, 0);
    const child: ChildStep = {
      backend: random.pick(this.#setup.backends),
      policy: "fail",
      assignment: { ...assignment, failures: 0, end: "returns" },
      waits: "awaited",
      dedupKey: random.chance(0.3) ? `shared ${number}` : null,
    };
    this.#equal.set(number, child);
    return child;
  }

  #smallKinds(): ValueKind[] {
    return this.#kinds.filter((kind) => !["large", "medium", "numbers", "bytes"].includes(kind));
  }
}
