import { task } from "../../../../mod.ts";

export const load = task({ name: "load" }, (city: string) => `customers in ${city}`);
