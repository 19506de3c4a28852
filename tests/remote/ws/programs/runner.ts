/** Runs tasks on workers that connect to it: prints the port, and that it has disposed of its runner. */

import { task, TaskRunner } from "../../../../mod.ts";
import { webSocketPool } from "../../../../src/remote/ws/mod.ts";

export const LEASE = "5m";
export const double = task({ name: "ends-double", pool: "cluster" }, (x: number) => 2 * x);

if (import.meta.main) {
  {
    const pool = webSocketPool({ name: "ends", port: 0, lease: LEASE, onListen: ({ port }) => console.log(port) });
    await using runner = new TaskRunner({ pools: { cluster: pool } });
    for (let x = 0; x < 4; x++) runner.submit(double, x);
    await runner.run();
  }
  console.log("disposed");
}
