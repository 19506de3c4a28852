import { testAgainstCronParser } from "./cron_parser_times.ts";

testAgainstCronParser("2025-06-15T00:00:00Z", "2028-06-15T00:00:00Z");
