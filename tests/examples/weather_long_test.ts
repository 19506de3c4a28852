import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl, join } from "@std/path";

const PROGRAM = fromFileUrl(new URL("../../examples/weather.ts", import.meta.url));
const HEADER = "location,date,precipitation,temp_max,temp_min,wind,weather";
const GOOD = "Seattle,2013-02-27,1.5,9,4,2.5,rain";

/** A scratch folder, in which the program is run. */
async function scratchFolder() {
  const path = await Deno.makeTempDir({ prefix: "workflowy-weather-test-" });
  const run = async (right: string, ...args: string[]) => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-check", "--no-prompt", right, "--allow-write=.", PROGRAM, ...args],
      cwd: path,
      env: { NO_COLOR: "1" },
    }).output();
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  };
  return {
    file: (name: string) => join(path, name),
    write: (name: string, content: string | Uint8Array) =>
      Deno.writeFile(join(path, name), typeof content === "string" ? new TextEncoder().encode(content) : content),
    run: (...args: string[]) => run("--allow-read", ...args),
    /** Runs it with no right to read the airports. */
    runWithoutAirports: (...args: string[]) => run("--allow-read=.", ...args),
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

/** Files that cannot be used, each with the one line that says why. */
const UNUSABLE: [what: string, content: string | Uint8Array, message: string | RegExp][] = [
  ["an empty file", "", "weather.csv is empty. Expected is a CSV file whose first line names the columns " + HEADER],
  ["a file with a header alone", `${HEADER}\r\n\r\n`, "weather.csv has a header, but no rows"],
  ["other columns", "a;b;c\n1;2;3\n", /^weather\.csv has none of the columns\. Expected is /],
  ["a missing column", `${HEADER.replace(",wind", "")}\n`, /^weather\.csv has no column wind\. Expected is /],
  ["a broken header", `"${HEADER}\n${GOOD}\n`, /^weather\.csv has none of the columns\. Expected is /],
  [
    "bytes that are not text",
    new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0xff]),
    /^Cannot read weather\.csv: it is not text/,
  ],
  ["UTF-16", new Uint8Array([0x6c, 0, 0x6f, 0, 0x63, 0]), /^Cannot read weather\.csv: it is not text in UTF-8/],
];

for (const [what, content, message] of UNUSABLE) {
  Deno.test(`weather.ts refuses ${what} in one line`, async () => {
    await using folder = await scratchFolder();
    await folder.write("weather.csv", content);
    const { code, stderr } = await folder.run("weather.csv");
    assertEquals(code, 1);
    assertEquals(stderr.trimEnd().split("\n").length, 1, stderr);
    if (typeof message === "string") assertEquals(stderr.trimEnd(), message);
    else assertMatch(stderr, message);
  });
}

Deno.test("weather.ts refuses a file that is not there, and a folder", async () => {
  await using folder = await scratchFolder();
  const missing = await folder.run("nowhere.csv");
  assertEquals([missing.code, missing.stderr], [1, "Cannot read nowhere.csv: there is no such file\n"]);
  const directory = await folder.run(".");
  assertEquals(directory.code, 1);
  // Windows says that access is denied.
  assertMatch(directory.stderr, /^Cannot read \.: .+\n$/);
});

Deno.test("weather.ts refuses wrong arguments, and to overwrite what it reads", async () => {
  await using folder = await scratchFolder();
  await folder.write("weather.csv", `${HEADER}\n${GOOD}\n`);
  for (const args of [["--nonsense"], ["a.csv", "b.csv"], ["weather.csv", "--out=./weather.csv"]]) {
    const { code, stderr } = await folder.run(...args);
    assertEquals(code, 1);
    assertEquals(stderr.trimEnd().split("\n").length, 1, stderr);
  }
  assertEquals(await Deno.readTextFile(folder.file("weather.csv")), `${HEADER}\n${GOOD}\n`);
});

Deno.test("weather.ts reports a report that cannot be written", async () => {
  await using folder = await scratchFolder();
  await folder.write("weather.csv", `${HEADER}\n${GOOD}\n`);
  const { code, stderr } = await folder.run("weather.csv", "--out=missing/report.md");
  assertEquals([code, stderr], [1, "Cannot write missing/report.md: there is no such folder\n"]);
});

Deno.test("weather.ts reports each bad row with its line, and continues with the others", async () => {
  await using folder = await scratchFolder();
  await folder.write(
    "weather.csv",
    [
      `\uFEFF${HEADER}`,
      GOOD,
      "Seattle,2013-02-30,1,5,1,2,rain",
      "Seattle,2013-02-28,wet,5,10,2,",
      "",
      "Seattle,2013-02-26,1,5,1,2",
      '"Seattle,2013-02-25,1,5,1,2,rain',
      GOOD,
      "Seattle,2013-02-24,-1,500,1,1e3,rain",
      '"Portland, OR",2013-02-27,0,9,4,2.5,sun',
      "Atlantis,2013-02-27,0,9,4,2.5,fog",
    ].join("\r\n"),
  );
  const { code, stdout, stderr } = await folder.run("weather.csv");
  const expected = [
    'line 3: date is "2013-02-30", not a day such as 2013-02-28',
    'line 4: precipitation is "wet", not a number; weather is empty; temp_min 10 is above temp_max 5',
    "line 6: needs 7 fields, but has 6",
    "line 7: not CSV: quote not closed",
    "line 8: repeats Seattle on 2013-02-27, which line 2 has already",
    'line 9: precipitation is -1 mm, not within 0 and 2000; temp_max is 500 °C, not within -95 and 60; wind is "1e3", not a number',
  ];
  assertEquals(stderr, expected.map((line) => `Bad row: ${line}\n`).join(""));
  assertEquals(code, 0);
  assertStringIncludes(stdout, "Wrote weather-report.md: 3 good rows, 6 bad, ");
  const report = await Deno.readTextFile(folder.file("weather-report.md"));
  assertStringIncludes(report, expected.map((line) => `- ${line}\n`).join(""));
  assertMatch(report, /^- Portland, OR: Portland Intl \(PDX, /m);
  assertMatch(report, /^- Atlantis: unknown, as no airport is known in this city/m);
});

Deno.test("weather.ts shows the first bad rows, and lists all of them in the report", async () => {
  await using folder = await scratchFolder();
  await folder.write("weather.csv", [HEADER, GOOD, ...Array.from({ length: 25 }, () => "?")].join("\n"));
  const { code, stderr } = await folder.run("weather.csv", "--out=out.md");
  assertEquals(code, 0);
  const lines = stderr.trimEnd().split("\n");
  assertEquals(lines.length, 21);
  assertEquals(lines.at(-1), "… and 5 more bad rows");
  assertStringIncludes(await Deno.readTextFile(folder.file("out.md")), "- line 27: needs 7 fields, but has 1\n");
});

Deno.test("weather.ts fails if all rows are bad", async () => {
  await using folder = await scratchFolder();
  await folder.write("weather.csv", `${HEADER}\n?\n`);
  const { code, stderr } = await folder.run("weather.csv");
  assertEquals(code, 1);
  assertEquals(stderr, "Bad row: line 2: needs 7 fields, but has 1\nweather.csv has no good row (1 bad)\n");
});

Deno.test("weather.ts writes its report without airports if they cannot be loaded", async () => {
  await using folder = await scratchFolder();
  await folder.write("weather.csv", `${HEADER}\n${GOOD}\n`);
  const { code, stdout, stderr } = await folder.runWithoutAirports("weather.csv");
  assertEquals(code, 0);
  assertMatch(stdout, /✗ load airports +0\/1 .*1 failed/);
  assertMatch(stderr, /^"load airports#\d+" failed with InputError: Cannot read airports\.csv: /);
  const report = await Deno.readTextFile(folder.file("weather-report.md"));
  assertStringIncludes(report, "- Seattle: unknown, as the airports could not be loaded");
});

Deno.test("weather.ts writes a page about the run if it is asked to, also of one that fails", async () => {
  await using folder = await scratchFolder();
  await folder.write("weather.csv", `${HEADER}\n${GOOD}\n`);
  await folder.write("empty.csv", "");
  for (const [file, expected] of [["weather.csv", 0], ["empty.csv", 1]] as const) {
    const { code } = await folder.run(file, "--report=run.html");
    assertEquals(code, expected);
    const page = await Deno.readTextFile(folder.file("run.html"));
    assertStringIncludes(page, "<title>Weather</title>");
    assertEquals(page.includes("empty.csv is empty"), expected === 1);
  }
});
