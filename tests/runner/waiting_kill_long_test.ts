import { assert, assertEquals } from "@std/assert";
import { readCheckpoint } from "../../mod.ts";
import { Random } from "../crash/random.ts";
import { sleep, tempFolder } from "../support.ts";
import { Service } from "./approval_service.ts";

const KILLS = 25;
const ORDERS_PER_ROUND = 6;

for (const kind of ["file", "kv"] as const) {
  Deno.test({
    name: `orders and approvals survive kills at random moments, and each key is delivered once (${kind})`,
    ignore: Deno.build.os === "windows",
    async fn() {
      const seed = 7;
      const random = new Random(seed);
      await using folder = await tempFolder();
      const path = folder.file();
      const orders: string[] = [];
      /** For which value an order's approval was said to be delivered. */
      const accepted = new Map<string, string>();
      const problems: string[] = [];

      /** Sends all orders and approvals that may have been lost, in a random order. */
      const send = async (service: Service, round: number) => {
        const lines = [
          ...orders.map((id) => `order ${id} 3600000`),
          ...orders.map((id) => `deliver ${id} ${round}.${id}`),
          "resubmit",
        ];
        while (lines.length > 0) await service.send(lines.splice(random.int(0, lines.length - 1), 1)[0]!);
      };
      const note = (said: string, round: number) => {
        for (const [, id = "", isNew] of said.matchAll(/^delivered (\S+): (true|false)$/gm)) {
          if (isNew === "false") continue;
          if (accepted.has(id)) problems.push(`the approval of ${id} was delivered twice`);
          accepted.set(id, `${round}.${id}`);
        }
      };

      for (let round = 1; round <= KILLS; round++) {
        for (let count = 0; count < ORDERS_PER_ROUND; count++) orders.push(`${round}-${count}`);
        const service = new Service(path, kind);
        await service.hears("ready");
        await send(service, round);
        await sleep(random.int(0, 150));
        await service.end("SIGKILL");
        note(service.said, round);
      }
      {
        await using service = new Service(path, kind);
        await service.hears("ready");
        await send(service, 0);
        await service.tell("stop");
        note(service.said, 0);
      }
      const records = new Map(
        (await Array.fromAsync(readCheckpoint(kind === "kv" ? { path, prefix: ["approvals"] } : path))).map((
          record,
        ) => [record.id, record]),
      );
      for (const id of orders) {
        const { status, value } = records.get(id) ?? {};
        if (status !== "completed") problems.push(`order ${id} is ${status}`);
        const approver = accepted.get(id);
        // Without an answer, it was delivered in a round that was cut short.
        if (approver !== undefined && value !== `approved by ${approver}`) {
          problems.push(`order ${id} was ${value}, not by ${approver}`);
        }
      }
      assertEquals(problems, [], `seed ${seed}`);
      assert(accepted.size > KILLS, `${accepted.size} answers`);
    },
  });
}
