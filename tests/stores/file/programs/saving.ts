/** Saves batches in the file named until it is killed, from the number given on, and prints the number of each once saved. */
import { FileCheckpointer } from "../../../../src/stores/file_checkpointer.ts";
import { batch } from "../batches.ts";

const [path = "", first = "0"] = Deno.args;
const checkpointer = new FileCheckpointer(path);
for (let number = Number(first);; number++) {
  await checkpointer.save(batch(number));
  Deno.stdout.writeSync(new TextEncoder().encode(`${number}\n`));
}
