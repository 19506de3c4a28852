import { assert, assertEquals } from "@std/assert";
import { readCheckpoint } from "../../mod.ts";
import { sleep, tempFolder } from "../support.ts";
import { Service } from "./approval_service.ts";
import { Random } from "../crash/random.ts";

async function statusesOf(path: string, kind: "file" | "kv"): Promise<Record<string, string>> {
  const records = await Array.fromAsync(readCheckpoint(kind === "kv" ? { path, prefix: ["approvals"] } : path));
  return Object.fromEntries(records.map(({ id, name, status }) => [name === "order" ? id : name, status]));
}

const ENDS = [["SIGKILL", "file"], ["SIGTERM", "file"], ["SIGKILL", "kv"]] as const;

for (const [signal, kind] of ENDS) {
  Deno.test({
    name: `approvals and timeouts survive ${signal}, whatever it hits (${kind})`,
    ignore: Deno.build.os === "windows",
    async fn() {
      await using folder = await tempFolder();
      const path = folder.file();
      {
        const service = new Service(path, kind);
        await service.hears("ready");
        await service.tell("deliver early Ann"); // before any task waits
        await service.tell("order late 60000");
        await service.end(signal); // while it sleeps
      }
      assertEquals((await statusesOf(path, kind))["signal"], "completed");
      {
        const service = new Service(path, kind);
        await service.hears("ready");
        await service.tell("resubmit");
        await service.hears("asked late");
        await service.tell("order early 60000");
        await service.hears("early: approved by Ann");
        await service.tell("deliver early Bob");
        await service.hears("delivered early: false");
        await service.end(signal); // while it waits
      }
      {
        const service = new Service(path, kind);
        await service.hears("ready");
        await service.tell("deliver late Bob"); // while no task waits
        await service.end(signal);
      }
      {
        const service = new Service(path, kind);
        await service.hears("ready");
        await service.tell("deliver late Cid");
        await service.hears("delivered late: false");
        await service.tell("resubmit");
        await service.hears("late: approved by Bob");
        await service.tell("order never 1");
        await service.hears("never: too late");
        await service.end(signal);
      }
      await using service = new Service(path, kind);
      await service.hears("ready");
      await service.tell("deliver never Dan");
      await service.hears("delivered never: false");
      await service.tell("stop");
      const { late, early, never } = await statusesOf(path, kind);
      assertEquals([late, early, never], ["completed", "completed", "completed"]);
    },
  });
}

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
