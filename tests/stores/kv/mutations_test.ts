import { assert, assertEquals } from "@std/assert";
import { KeySpace } from "../../../src/stores/kv/keys.ts";
import { drop, fitTogether, packed, put, type Unit } from "../../../src/stores/kv/mutations.ts";

const keys = new KeySpace(["p"]);
const unit = (id: string, bytes: number, count = 1): Unit => ({
  mutations: Array.from({ length: count }, (_, index) => put(keys.row(`${id}${index}`), new Uint8Array(bytes))),
});

Deno.test("packed() keeps units whole and in order, in few portions that Deno KV takes", async () => {
  using kv = await Deno.openKv(":memory:");
  const units = [
    ...Array.from({ length: 2_500 }, (_, index) => unit(`small${index}-`, 10)),
    ...Array.from({ length: 30 }, (_, index) => unit(`large${index}-`, 60_000, 3)),
    ...Array.from({ length: 500 }, (_, index) => unit(`${index}${"k".repeat(400)}`, 1)),
    { mutations: [drop(keys.row("gone"))] },
  ];
  const portions = packed(units);
  assertEquals(portions.flat(), units);
  assert(portions.length <= 3 + 8 + 3 + 1, `${portions.length} portions`);
  for (const portion of portions) {
    assert(fitTogether(portion));
    const atomic = kv.atomic();
    for (const { key, value } of portion.flatMap(({ mutations }) => mutations)) {
      if (value === undefined) atomic.delete([...key]);
      else atomic.set([...key], value);
    }
    assert((await atomic.commit()).ok);
  }
});

Deno.test("fitTogether() says whether units fit into one portion", () => {
  assert(fitTogether([]));
  assert(fitTogether(Array.from({ length: 900 }, (_, index) => unit(`${index}`, 10))));
  assert(!fitTogether(Array.from({ length: 991 }, (_, index) => unit(`${index}`, 10))));
  assert(!fitTogether(Array.from({ length: 14 }, (_, index) => unit(`${index}`, 60_000))));
});
