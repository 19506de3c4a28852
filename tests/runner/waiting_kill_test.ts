import { assertEquals } from "@std/assert";
import { readCheckpoint } from "../../mod.ts";
import { tempFolder } from "../support.ts";
import { Service } from "./approval_service.ts";

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
