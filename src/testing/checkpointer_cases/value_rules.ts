/**
 * That values and errors come back as they were.
 *
 * @module
 */

import type { TaskRecord } from "../../core/checkpointer.ts";
import { fromEnvelope, toEnvelope } from "../../serialization/envelope.ts";
import { jsonValues, keptErrors, structuredErrors, structuredValues } from "./values.ts";
import { sample } from "./samples.ts";
import type { CaseContext, CheckpointerRule } from "./case_context.ts";

/** The rules for values and errors. */
export const VALUE_RULES: readonly CheckpointerRule[] = [
  {
    name: "what JSON can hold comes back equal, as argument and as value",
    async test(context) {
      const records = jsonValues().map(([what, value]) => sample(what, { args: [0, value], value }));
      const store = await context.open();
      await store.save(records);
      await context.expect(store, records, "after save()");
      await context.expect(await context.open(), records, "after opening it again");
    },
  },
  {
    name: 'with codec: "structured", what structured clone keeps comes back equal, and of the same types',
    async test(context) {
      const store = await context.open();
      if (store.codec === "json") return;
      const cases = structuredValues();
      await store.save(cases.map(({ what, value }) => sample(what, { args: [0, value], value })));
      for (const when of ["after save()", "after opening it again"]) {
        const found = await context.load(when === "after save()" ? store : await context.open());
        for (const { what, value, isKept } of cases) {
          const record = found.get(what);
          if (record === undefined) context.fail(`${when}, the record with ${what} is not there`);
          for (const [as, kept] of [["argument", record?.args[1]], ["value", record?.value]] as const) {
            context.equal(kept, value, `${when}, as ${as}, ${what}`);
            if (isKept?.(kept) === false) {
              context.fail(`${when}, as ${as}, ${what} came back as something else: ${Deno.inspect(kept)}`);
            }
          }
        }
      }
    },
  },
  {
    name: 'with codec: "structured", what a record holds twice is one object when it comes back',
    async test(context) {
      const store = await context.open();
      if (store.codec === "json") return;
      const date = new Date(0);
      const shared = { list: [1], date };
      await store.save([sample("twice#1", { args: [shared, [shared, date]], value: new Map([[shared, shared]]) })]);
      const record = (await context.load(await context.open())).get("twice#1");
      const [first, second] = (record?.args ?? []) as readonly [typeof shared, readonly [typeof shared, Date]];
      if (first === undefined || first !== second[0]) {
        context.fail("what is twice among the arguments came back as two objects");
      }
      if (first.date !== second[1]) context.fail("a Date that is twice among the arguments came back as two");
      const [entry] = record?.value as ReadonlyMap<unknown, unknown>;
      if (entry?.[0] !== entry?.[1]) context.fail("what is twice in a value came back as two objects");
    },
  },
  {
    name: "errors come back with name, message, stack, cause, errors and fields",
    async test(context) {
      const store = await context.open();
      const errors = [...keptErrors(), ...(store.codec === "json" ? [] : structuredErrors())];
      const records = errors.map(([what, thrown]) => sample(what, { status: "failed", error: toEnvelope(thrown) }));
      await store.save(records);
      await context.expect(store, records, "after save()");
      const found = await context.load(await context.open());
      for (const [what, thrown] of errors) expectError(context, found.get(what), thrown, what);
    },
  },
  {
    name: 'with codec: "structured", errors among arguments and in values come back as errors',
    async test(context) {
      const store = await context.open();
      if (store.codec === "json") return;
      const errors = [...keptErrors(), ...structuredErrors()].filter(([, thrown]) => thrown instanceof Error);
      await store.save(errors.map(([what, error]) => sample(what, { args: [error], value: { inner: [error] } })));
      const found = await context.load(await context.open());
      for (const [what, error] of errors) {
        const record = found.get(what);
        expectSame(context, record?.args[0], error, `as argument, ${what}`);
        expectSame(
          context,
          (record?.value as { inner?: unknown[] } | undefined)?.inner?.[0],
          error,
          `as value, ${what}`,
        );
      }
    },
  },
];

function expectError(context: CaseContext, record: TaskRecord | undefined, thrown: unknown, what: string): void {
  if (record?.error === undefined) context.fail(`the record with ${what} came back without its error`);
  expectSame(context, fromEnvelope(record.error), thrown, what);
}

/** Makes sure that an error is as it was: its envelope says all that is kept of it. */
function expectSame(context: CaseContext, actual: unknown, thrown: unknown, what: string): void {
  if (thrown instanceof Error !== actual instanceof Error) {
    context.fail(`${what} came back as ${Deno.inspect(actual)}`);
  }
  context.equal(toEnvelope(actual), toEnvelope(thrown), what);
  if (thrown instanceof TypeError && !(actual instanceof TypeError)) context.fail(`${what} is no longer a TypeError`);
}
