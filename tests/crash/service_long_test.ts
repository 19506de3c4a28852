import { assertEquals } from "@std/assert";
import { killService } from "./service.ts";

const SEEDS = [1, 2, 3, 4, 5, 6];
const KILLS = 4;

for (const seed of SEEDS) {
  Deno.test(`A service that is killed ${KILLS} times does once what it has accepted and what is due, seed ${seed}`, async () => {
    const { problems } = await killService(seed, KILLS);
    assertEquals(problems, []);
  });
}
