/**
 * Shows orders that wait for the approval of a person, for days if need be, with a reminder, in a service that is killed
 * again and again. The service is in approval/service.ts, which says how to run it by hand. This program is its user:
 *
 *     deno run --allow-read --allow-write=approval-demo --allow-net=127.0.0.1 --allow-run=deno examples/approval.ts
 *
 * @module
 */

const FOLDER = "approval-demo";
const SERVICE = new URL("approval/service.ts", import.meta.url).href;

/** The service as a process of its own. */
interface Service {
  /** Posts something. */
  post(path: string, body: string): Promise<void>;
  /** Asks for an order, until it has ended. */
  get(path: string): Promise<void>;
  /** Kills it as `kill -9` does: it cannot save anything any more. */
  kill(): Promise<void>;
}

async function start(): Promise<Service> {
  const flags = ["--quiet", "--allow-read", `--allow-write=${FOLDER}`, "--allow-net=127.0.0.1"];
  const child = new Deno.Command("deno", { args: ["run", ...flags, SERVICE, FOLDER], stdout: "piped" }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value: address = "" } = await reader.read();
  console.log("the service is up");
  return {
    async post(path, body) {
      const response = await fetch(`${address.trim()}/orders/${path}`, { method: "POST", body });
      console.log(`  POST ${path}: ${response.status} ${(await response.text()).trim()}`);
    },
    async get(path) {
      let said = "";
      do {
        await pause();
        said = (await (await fetch(`${address.trim()}/orders/${path}`)).text()).trim();
      } while (said === "under way");
      console.log(`  GET ${path}: ${said}`);
    },
    async kill() {
      child.kill("SIGKILL");
      await child.status;
      await reader.cancel();
      console.log("the service was killed");
    },
  };
}

/** Waits until a mail was sent, whichever service sends it. */
async function untilMailed(text: string): Promise<void> {
  while (!(await Deno.readTextFile(`${FOLDER}/mails.txt`).catch(() => "")).includes(text)) await pause();
  console.log(`  mail: ${text}`);
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}

function order(item: string, deadline: string): string {
  return JSON.stringify({ item, deadline, remindAfter: "300ms" });
}

if (import.meta.main) {
  await Deno.remove(FOLDER, { recursive: true }).catch(() => {});

  let service = await start();
  await service.post("7", order("a bicycle", "7d"));
  await service.post("8", order("a boat", "500ms"));
  await service.post("9/approval", "Bob"); // before the order is there
  await service.kill();

  service = await start();
  await untilMailed("order 7: a bicycle still waits for you"); // once, whatever was killed meanwhile
  await untilMailed("order 8: a boat was not approved in time");
  await service.kill();

  service = await start();
  await service.post("7/approval", "Ann");
  await service.post("7/approval", "Cid");
  await untilMailed("order 7: a bicycle is on its way");
  await service.kill();

  service = await start();
  await service.post("9", order("a tent", "7d"));
  await untilMailed("order 9: a tent is on its way");
  await service.post("8/approval", "Ann");
  for (const id of ["7", "8", "9"]) await service.post(id, order("it is known already", "1d"));
  for (const id of ["7", "8", "9"]) await service.get(id);
  await service.kill();

  await Deno.remove(FOLDER, { recursive: true });
}
