/**
 * Finds what the documentation of the public API lacks: `deno run -A .ci/jsdoc.ts`, or for some
 * folders `deno run -A .ci/jsdoc.ts src/schedule`.
 *
 * The rules are those of std. Exported functions and public methods have `@param` for each parameter
 * and `@returns` unless they return nothing; exported functions and classes have an `@example` with
 * a title, and so has each of a class's own public methods. What is `@internal` is not public.
 *
 * @module
 */

import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import config from "../deno.json" with { type: "json" };

const ROOT = fileURLToPath(new URL("../", import.meta.url));

interface Tag {
  readonly kind: string;
  readonly name?: string;
  readonly doc?: string;
}

interface Doc {
  readonly doc?: string;
  readonly tags?: readonly Tag[];
}

interface Type {
  readonly repr: string;
  readonly kind: string;
  readonly value?: { readonly typeName?: string; readonly typeParams?: readonly Type[] } | string;
}

interface Parameter {
  readonly kind: string;
  readonly name?: string;
  readonly left?: Parameter;
  readonly arg?: Parameter;
}

interface Signature {
  readonly hasBody?: boolean;
  readonly params?: readonly Parameter[];
  readonly returnType?: Type;
}

interface Member extends Signature {
  readonly name?: string;
  readonly kind?: string;
  readonly accessibility?: string;
  readonly isStatic?: boolean;
  readonly jsDoc?: Doc;
  readonly location: Location;
  readonly functionDef?: Signature;
}

interface Location {
  readonly filename: string;
  /** Counted from 0. */
  readonly line: number;
}

interface Declaration {
  readonly kind: string;
  readonly jsDoc?: Doc;
  readonly location: Location;
  readonly def:
    & Signature
    & Readonly<Partial<Record<"constructors" | "methods" | "callSignatures", readonly Member[]>>>;
}

interface Documented {
  readonly name: string;
  readonly declarations: readonly Declaration[];
}

/** The output of `deno doc --json`. */
export interface DocOutput {
  readonly nodes: Readonly<Record<string, { readonly symbols: readonly Documented[] }>>;
}

/** Something that is not documented as it should be. */
export interface Finding {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/** What the documentation of an API lacks, each place once. */
export function findGaps(output: DocOutput): Finding[] {
  const found = new Map<string, Finding>();
  for (const { symbols } of Object.values(output.nodes)) {
    for (const symbol of symbols) {
      for (const { location, message } of gapsOf(symbol)) {
        const { filename } = location;
        const line = location.line + 1;
        const file = filename.startsWith("file:") ? relative(ROOT, fileURLToPath(filename)) : filename;
        found.set(`${file}:${line} ${message}`, { file, line, message });
      }
    }
  }
  return [...found.values()].sort((a, b) => a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line);
}

interface Gap {
  readonly location: Location;
  readonly message: string;
}

function* gapsOf({ name, declarations }: Documented): Generator<Gap> {
  const isClass = declarations.some(({ kind }) => kind === "class");
  if (!declarations.some(({ jsDoc }) => hasExample(jsDoc)) && declarations.some(({ kind }) => isCallable(kind))) {
    yield { location: declarations[0]!.location, message: `${name} lacks an @example with a title` };
  }
  for (const { kind, def, jsDoc, location } of withoutImplementation(declarations, ({ def }) => def, () => name)) {
    if (isInternal(jsDoc)) continue;
    if (kind === "function") yield* gapsOfSignature(`${name}()`, def, jsDoc, location);
    const { constructors = [], methods = [], callSignatures = [] } = def;
    for (const each of constructors) yield* gapsOfMember(`new ${name}()`, each, each);
    for (const each of callSignatures) yield* gapsOfMember(`${name}()`, each, each);
    const withExample = new Set(methods.filter((each) => hasExample(each.jsDoc)).map((each) => each.name));
    const checked = new Set<string | undefined>();
    for (const each of withoutImplementation(methods, functionOf, (each) => each.name)) {
      if (each.kind === "getter" || each.kind === "setter") continue;
      const what = `${name}.${each.name}()`;
      yield* gapsOfMember(what, each, functionOf(each));
      if (!isClass || isPrivate(each) || isSymbol(each) || withExample.has(each.name) || checked.has(each.name)) {
        continue;
      }
      checked.add(each.name); // of several signatures, one with an example is enough
      yield { location: each.location, message: `${what} lacks an @example with a title` };
    }
  }
}

/** Where there are several signatures, the one with a body implements the others, and is not seen by callers. */
function withoutImplementation<T>(
  all: readonly T[],
  signatureOf: (each: T) => Signature,
  nameOf: (each: T) => string | undefined,
): T[] {
  const overloaded = new Set(all.filter((each) => !signatureOf(each).hasBody).map(nameOf));
  return all.filter((each) => !signatureOf(each).hasBody || !overloaded.has(nameOf(each)));
}

function functionOf(member: Member): Signature {
  return member.functionDef ?? member;
}

function* gapsOfMember(what: string, member: Member, signature: Signature): Generator<Gap> {
  if (!isPrivate(member)) yield* gapsOfSignature(what, signature, member.jsDoc, member.location);
}

function* gapsOfSignature(
  what: string,
  { params = [], returnType }: Signature,
  doc: Doc | undefined,
  location: Location,
): Generator<Gap> {
  const tags = doc?.tags ?? [];
  const named = new Map(tags.filter(({ kind }) => kind === "param").map(({ name, doc = "" }) => [name, doc]));
  if ((doc?.doc ?? "").trim() === "") yield { location, message: `${what} says nothing about what it does` };
  for (const [index, parameter] of params.entries()) {
    const name = nameOf(parameter);
    // A parameter that is taken apart has no name of its own.
    const text = name === undefined ? [...named.values()][index] : named.get(name);
    if (text === undefined || text.trim() === "") {
      yield { location, message: `${what} lacks @param ${name ?? `for its parameter ${index + 1}`}` };
    }
  }
  const isDescribed = tags.some(({ kind, doc = "" }) => kind === "return" && doc.trim() !== "");
  if (returnType !== undefined && !isNothing(returnType) && !isDescribed) {
    yield { location, message: `${what} lacks @returns` };
  }
}

function nameOf(parameter: Parameter): string | undefined {
  const { kind, name, left, arg } = parameter;
  if (kind === "identifier") return name;
  const inner = left ?? arg;
  return inner === undefined ? undefined : nameOf(inner);
}

/** Whether a function returns nothing, or a promise of nothing. */
function isNothing({ repr, value, kind }: Type): boolean {
  if (kind === "keyword") return repr === "void" || repr === "never";
  if (typeof value === "string" || value?.typeName !== "Promise") return false;
  const [inner] = value.typeParams ?? [];
  return inner !== undefined && isNothing(inner);
}

function isCallable(kind: string): boolean {
  return kind === "function" || kind === "class";
}

function isPrivate({ accessibility, jsDoc }: Member): boolean {
  return accessibility === "private" || accessibility === "protected" || isInternal(jsDoc);
}

/** `[Symbol.asyncDispose]()` and the like: examples use them without their name. */
function isSymbol({ name = "" }: Member): boolean {
  return name.startsWith("[");
}

function isInternal(doc: Doc | undefined): boolean {
  return doc?.tags?.some(({ kind }) => kind === "internal") ?? false;
}

/** An example has a title if there is something before its code block. */
function hasExample(doc: Doc | undefined): boolean {
  return doc?.tags?.some(({ kind, doc = "" }) => kind === "example" && /^\s*[^\s`]/.test(doc)) ?? false;
}

async function main(places: readonly string[]): Promise<number> {
  const entries = Object.values(config.exports).map((path) => join(ROOT, path));
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", ...entries],
    cwd: ROOT,
    stderr: "inherit",
  }).output();
  if (!success) return 1;
  const gaps = findGaps(JSON.parse(new TextDecoder().decode(stdout)));
  const wanted = gaps.filter(({ file }) => places.length === 0 || places.some((place) => file.startsWith(place)));
  for (const { file, line, message } of wanted) console.log(`${file}:${line}  ${message}`);
  if (wanted.length > 0) console.log(`${wanted.length} gaps in the documentation (the rules are in .ci/jsdoc.ts)`);
  return wanted.length > 0 ? 1 : 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
