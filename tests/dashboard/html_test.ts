import { assert, assertEquals } from "@std/assert";
import { html } from "../../src/dashboard/ui/html.js";

/** Marks that would turn around what stands beside them. */
const MARKS = ["\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069"];

/** All strings of a view, wherever they stand in it. */
function stringsIn(view: unknown): string {
  return JSON.stringify(view, (key, value) => key === "type" && typeof value === "function" ? "component" : value);
}

Deno.test("what the page shows has no marks that turn around what stands beside it", () => {
  for (const mark of MARKS) {
    const bad = `a${mark}b`;
    const view = html`<p title=${bad} aria-label=${bad}>${bad} and <b>x ${bad}</b>${[bad, [html`<i>${bad}</i>`]]}</p>`;
    assert(!stringsIn(view).includes(mark), stringsIn(view));
    assertEquals(stringsIn(view).split("a\ufffdb").length - 1, 6);
  }
});

Deno.test("what components are given, and where links lead, stays as it is", () => {
  const Part = ({ id }: { id: string }) => html`<b>${id}</b>`;
  const id = "a\u202eb";
  const list = [id];
  const view = html`<${Part} id=${id}><u>${list}</u><//>` as unknown as {
    props: { id: string; children: { props: { children: unknown } } };
  };
  assertEquals(view.props.id, id);
  assertEquals(view.props.children.props.children, ["a\ufffdb"]);
  assertEquals(list, [id]);
  assertEquals(stringsIn(html`<a href="/tasks/${id}">${1}${undefined}${null}${false}</a>`).includes(id), true);
});

Deno.test("no file of the page but html.js takes templates from where text stays as it is", async () => {
  const folder = new URL("../../src/dashboard/ui/", import.meta.url);
  const found: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    const text = await Deno.readTextFile(new URL(name, folder));
    if (/import \{[^}]*\bhtml\b[^}]*\} from "\.\/preact\.js"/.test(text)) found.push(name);
  }
  assertEquals(found, ["html.js"]);
});
