import { task } from "../../../../mod.ts";

export const load = task({ name: "load" }, (city: string) => `weather in ${city}`);
