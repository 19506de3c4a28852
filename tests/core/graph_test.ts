import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import {
  addLink,
  findPath,
  type GraphNode,
  type Links,
  listLinks,
  uniqueLinks,
  waitFor,
} from "../../src/core/graph.ts";

class Node implements GraphNode<Node> {
  dependencies: Links<Node> = undefined;
  dependents: Links<Node> = undefined;
  blocking = 0;
}

const next = (node: Node) => listLinks(node.dependencies);

Deno.test("addLink() and listLinks() hold no node, one and several, in order", () => {
  const [a, b, c] = [new Node(), new Node(), new Node()];
  let links: Links<Node>;
  assertEquals(listLinks(links), []);
  links = addLink(links, a);
  assertStrictEquals(links, a);
  for (const each of [b, c]) links = addLink(links, each);
  assert([a, b, c].every((each, index) => listLinks(links)[index] === each));
  assertEquals(listLinks(links).length, 3);
});

/** Makes a node wait for another one. */
function link(node: Node, on: Node): void {
  node.dependencies = addLink(node.dependencies, on);
  waitFor(node, on);
}

Deno.test("waitFor() makes a node wait, and the other know of it", () => {
  const [node, open] = [new Node(), new Node()];
  waitFor(node, open);
  assertEquals(node.blocking, 1);
  assertStrictEquals(open.dependents, node);
});

Deno.test("uniqueLinks() keeps each node once, in order", () => {
  const nodes = Array.from({ length: 20 }, () => new Node());
  assertStrictEquals(uniqueLinks(undefined), undefined);
  assertStrictEquals(uniqueLinks(nodes[0]), nodes[0]);
  assertStrictEquals(uniqueLinks([nodes[0]!, nodes[0]!]), nodes[0]);
  for (const count of [2, 3, 20]) {
    const some = nodes.slice(0, count);
    const unique = listLinks(uniqueLinks([...some, ...some.toReversed()]));
    assert(unique.length === count && unique.every((each, index) => each === some[index]));
    assertStrictEquals(uniqueLinks(some), some);
  }
});

Deno.test("waitFor() counts each dependency", () => {
  const node = new Node();
  for (let count = 0; count < 3; count++) waitFor(node, new Node());
  assertEquals(node.blocking, 3);
});

Deno.test("findPath() from a node to itself is that node", () => {
  const node = new Node();
  const path = findPath(node, node, next);
  assertEquals(path?.length, 1);
  assertStrictEquals(path?.[0], node);
});

Deno.test("findPath() finds no way against the links", () => {
  const [a, b] = [new Node(), new Node()];
  link(a, b);
  assertEquals(findPath(a, b, next)?.length, 2);
  assertEquals(findPath(b, a, next), undefined);
});

Deno.test("findPath() ends in a graph with circles", () => {
  const [a, b, c] = [new Node(), new Node(), new Node()];
  link(a, b);
  link(b, a);
  assertEquals(findPath(a, c, next), undefined);
});

Deno.test("findPath() visits each node once where many ways lead to it", () => {
  const layers = Array.from({ length: 40 }, () => [new Node(), new Node()]);
  layers.slice(1).forEach((layer, index) => {
    for (const node of layer) for (const lower of layers[index]!) link(node, lower);
  });
  let visits = 0;
  const counted = (node: Node) => (visits++, next(node));
  assertEquals(findPath(layers.at(-1)![0]!, new Node(), counted), undefined);
  assertEquals(visits, 79);
});

Deno.test("findPath() searches a chain of a hundred thousand", () => {
  const chain = Array.from({ length: 100_000 }, () => new Node());
  chain.slice(1).forEach((node, index) => link(node, chain[index]!));
  assertEquals(findPath(chain.at(-1)!, chain[0]!, next)?.length, 100_000);
});

Deno.test("findPath() finds a way along links exactly where there is one", () => {
  const edges = fc.array(fc.tuple(fc.nat(7), fc.nat(7)), { maxLength: 15 });
  fc.assert(fc.property(edges, fc.nat(7), fc.nat(7), (all, from, to) => {
    const successors = (node: number) => all.filter(([a]) => a === node).map(([, b]) => b);
    const reached = new Set([from]);
    for (const node of reached) for (const each of successors(node)) reached.add(each);

    const nodes = Array.from({ length: 8 }, (_, number) => ({ number }));
    const path = findPath(nodes[from]!, nodes[to]!, ({ number }) => successors(number).map((each) => nodes[each]!));
    assertEquals(path !== undefined, reached.has(to));
    if (path === undefined) return;
    assertEquals([path[0]?.number, path.at(-1)?.number], [from, to]);
    path.slice(1).forEach(({ number }, index) => assert(successors(path[index]!.number).includes(number)));
  }));
});
