import { assertEquals, assertThrows } from "@std/assert";
import { CliError } from "../../../src/cli/context.ts";
import { stateArguments } from "../../../src/cli/state/arguments.ts";

const FILES = new Set(["a.jsonl", "list"]);
const parse = (line: string) => stateArguments(line === "" ? [] : line.split(" "), (path) => FILES.has(path));

for (
  const [line, source, action, id] of [
    ["a.jsonl", "a.jsonl", "list", undefined],
    ["a.jsonl stats", "a.jsonl", "stats", undefined],
    ["stats a.jsonl", "a.jsonl", "stats", undefined],
    ["a.jsonl show x", "a.jsonl", "show", "x"],
    ["show a.jsonl x", "a.jsonl", "show", "x"],
    ["a.jsonl why list", "a.jsonl", "why", "list"],
    ["list", "list", "list", undefined], // a file of that name
    ["list list", "list", "list", undefined],
    ["kv:", "kv:", "list", undefined],
    ["", undefined, "list", undefined],
    ["stats", undefined, "stats", undefined],
    ["nap", "nap", "list", undefined],
    ["nap why x", "nap", "why", "x"],
    ["show x", undefined, "show", "x"],
  ] as const
) {
  Deno.test(`stateArguments: workflowy state ${line}`, () =>
    assertEquals<unknown>(parse(line), { source, action, id }));
}

for (
  const [line, message] of [
    ["show", "Name a task: workflowy state show ID"],
    ["show a.jsonl", "Name a task: workflowy state a.jsonl show ID"],
    ["a.jsonl sats", 'did you mean "stats"?'],
    ["sats a.jsonl", 'did you mean "stats"?'],
    ["kv:x shwo", 'did you mean "show"?'],
    ["a.jsonl show", "Name a task"],
    ["a.jsonl stats now", '"now" is one word too many'],
    ["a.jsonl show x y", '"y" is one word too many'],
  ] as const
) {
  Deno.test(`stateArguments: workflowy state ${line}: ${message}`, () => {
    assertThrows(() => parse(line), CliError, message);
  });
}
