import { AsyncLocalStorage } from "node:async_hooks";
import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import {
  type ContextSlot,
  contextSlot,
  localStorageNeighbour,
  slotStorage,
  usableSlot,
  variableNeighbour,
} from "../../src/core/context_slot.ts";
import { seenBy } from "./context_flow.ts";

const isStandard = Deno.env.get("WORKFLOWY_CONTEXT") === "standard";

Deno.test("contextSlot is there with every supported Deno, unless it is turned off", () => {
  assertEquals(contextSlot === undefined, isStandard);
});

Deno.test("contextSlot is not used where the environment variable says so, and is where its value may not be read", async () => {
  const module = new URL("../../src/core/context_slot.ts", import.meta.url).href;
  const code = `console.log((await import(${JSON.stringify(module)})).contextSlot !== undefined)`;
  const used = async (env: Record<string, string>, ...rights: string[]) => {
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-q", "--no-check", "--no-prompt", ...rights, `data:text/javascript,${encodeURIComponent(code)}`],
      clearEnv: true,
      env: { DENO_DIR: Deno.env.get("DENO_DIR") ?? "", HOME: Deno.env.get("HOME") ?? "", NO_COLOR: "1", ...env },
    }).output();
    const decoder = new TextDecoder();
    return decoder.decode(stdout).trim() + decoder.decode(stderr).trim();
  };
  const standard = { WORKFLOWY_CONTEXT: "standard" };
  assertEquals(await used({}, "-A"), "true");
  assertEquals(await used(standard, "-A"), "false");
  assertEquals(await used(standard, "--allow-import", "--allow-read"), "true");
});

const { internal } = Deno as unknown as { internal: symbol };
const { core } = Reflect.get(Deno, internal);
/** The slot as it is, whatever the environment says. */
const real: ContextSlot = { read: core.getAsyncContext, write: core.setAsyncContext };

const NEIGHBOURS = {
  "an AsyncLocalStorage": localStorageNeighbour(),
  "a variable of Deno's": variableNeighbour(real, core.AsyncVariable),
};
const BROKEN: Record<string, ContextSlot> = {
  "keeps nothing": { read: real.read, write: () => {} },
  "returns nothing": { read: () => undefined, write: real.write },
  "always returns the same": { read: () => ({}), write: real.write },
  "is another one than that of AsyncLocalStorage": (() => {
    let frame: ReturnType<ContextSlot["read"]>;
    return { read: () => frame, write: (next) => frame = next };
  })(),
  "hands down no fields of others": {
    read: real.read,
    write: (frame) => real.write(frame && Object.fromEntries(Object.entries(frame))),
  },
  "fails to read": {
    read: () => {
      throw new Error("no");
    },
    write: real.write,
  },
  "fails to write": {
    read: real.read,
    write: () => {
      throw new Error("no");
    },
  },
};
for (const [beside, neighbour] of Object.entries(NEIGHBOURS)) {
  for (const [what, slot] of Object.entries(BROKEN)) {
    Deno.test(`usableSlot() refuses a slot that ${what}, tried out beside ${beside}, and leaves everything as it was`, () => {
      const other = new AsyncLocalStorage<number>();
      other.run(1, () => {
        const before = real.read();
        assertEquals(usableSlot(slot, neighbour), undefined);
        assertStrictEquals(real.read(), before);
        assertEquals(other.getStore(), 1);
      });
    });
  }

  Deno.test(`usableSlot() takes Deno's slot beside ${beside}, also within the values of others, and leaves everything as it was`, () => {
    const other = new AsyncLocalStorage<number>();
    for (const inContext of [(fn: () => void) => fn(), (fn: () => void) => other.run(1, fn)]) {
      inContext(() => {
        const before = real.read();
        assertStrictEquals(usableSlot(real, neighbour), real);
        assertStrictEquals(real.read(), before);
      });
    }
  });
}

Deno.test("slotStorage() is seen by the same code as an AsyncLocalStorage", async () => {
  const expected = await seenBy(new AsyncLocalStorage<string>());
  assertEquals(await seenBy(slotStorage(real, Symbol())), expected);
  assert(expected.length > 80, `${expected.length}`);
});
