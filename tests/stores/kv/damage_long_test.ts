import { testRandomDamage } from "./random_damage.ts";

testRandomDamage(1_000);
