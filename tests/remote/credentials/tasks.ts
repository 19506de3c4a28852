import { task } from "../../../src/tasks/mod.ts";

export const double = task(
  { name: "credentials-double", pool: "cluster", retries: 5, backoff: "none" },
  (x: number) => {
    console.log("doubles", x);
    return 2 * x;
  },
);

export const refuse = task({ name: "credentials-refuse", pool: "cluster" }, (x: number): number => {
  throw new RangeError(`${x} is too much`);
});
