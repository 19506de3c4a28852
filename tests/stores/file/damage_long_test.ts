import { testChangedBytes, testRandomDamage } from "./random_damage.ts";

testChangedBytes(1);
testRandomDamage(2_000);
