import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { reportHtml } from "../../src/observe/report_html.ts";
import { READABLE } from "../../src/observe/task_graph.ts";
import { tempFolder } from "../support.ts";
import { NASTY, nastyRun } from "./support.ts";

const OPTIONS = { grouping: "auto", limits: READABLE, theme: "auto" } as const;

/** Where a browser may be; there is none on most machines. */
async function browser(): Promise<string | undefined> {
  for (const path of ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]) {
    if (await Deno.stat(path).then(({ isFile }) => isFile, () => false)) return path;
  }
  return undefined;
}

const chromium = await browser();
const title =
  "In a browser, the list shows every string as text, and the address has the filter and the task that is open";

Deno.test({
  name: chromium === undefined ? `${title} (ignored: no Chromium here)` : title,
  ignore: chromium === undefined,
  async fn() {
    await using folder = await tempFolder();
    const path = folder.file("report.html");
    await Deno.writeTextFile(path, await reportHtml(nastyRun(), OPTIONS));
    const dump = async (hash: string) => {
      const args = ["--headless", "--no-sandbox", "--disable-gpu", `--user-data-dir=${folder.path}/profile`];
      const child = new Deno.Command(chromium!, {
        args: [...args, "--dump-dom", `file://${path}${hash}`],
        stderr: "null",
        stdin: "null",
      });
      return new TextDecoder().decode((await child.output()).stdout);
    };
    const page = await dump("");
    assertEquals(/<title>owned/.test(page), false);
    assertEquals(page.match(/class="row"/g)?.length, NASTY.length);
    assertStringIncludes(page, `<span id="shown" class="faint">${NASTY.length} of ${NASTY.length}</span>`);
    const filtered = await dump("#q=quotes&s=failed");
    assertEquals(filtered.match(/class="row"/g)?.length, 1);
    assertEquals((await dump("#q=&s=running")).match(/class="row"/g), null);
    const opened = await dump("#t=1");
    const details = opened.slice(opened.indexOf('<div id="details">'));
    assertStringIncludes(details, "Caused by: thrown: &lt;/script&gt;&lt;script&gt;");
    assertMatch(details, /depends on<\/dt><dd><button[^>]* data-task="0">/);
  },
});
