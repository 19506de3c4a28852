// Declarations for the `deno-std` copy of jsr:@std/fs@1; see ../../registry_folder.ts.

export interface CopyOptions {
  overwrite?: boolean;
  preserveTimestamps?: boolean;
}

export function copy(
  src: string | URL,
  dest: string | URL,
  options?: CopyOptions,
): Promise<void>;
export function copySync(src: string | URL, dest: string | URL, options?: CopyOptions): void;

export function emptyDir(dir: string | URL): Promise<void>;
export function emptyDirSync(dir: string | URL): void;
export function ensureDir(dir: string | URL): Promise<void>;
export function ensureDirSync(dir: string | URL): void;
export function ensureFile(filePath: string | URL): Promise<void>;
export function ensureFileSync(filePath: string | URL): void;
export function ensureLink(src: string | URL, dest: string | URL): Promise<void>;
export function ensureLinkSync(src: string | URL, dest: string | URL): void;
export function ensureSymlink(target: string | URL, linkName: string | URL): Promise<void>;
export function ensureSymlinkSync(target: string | URL, linkName: string | URL): void;

export const LF: "\n";
export const CRLF: "\r\n";
export const EOL: "\n" | "\r\n";
export function detect(content: string): typeof EOL | null;
export function format(content: string, eol: typeof EOL): string;

export interface ExistsOptions {
  isReadable?: boolean;
  isDirectory?: boolean;
  isFile?: boolean;
}

export function exists(path: string | URL, options?: ExistsOptions): Promise<boolean>;
export function existsSync(path: string | URL, options?: ExistsOptions): boolean;

export interface MoveOptions {
  overwrite?: boolean;
}

export function move(
  src: string | URL,
  dest: string | URL,
  options?: MoveOptions,
): Promise<void>;
export function moveSync(src: string | URL, dest: string | URL, options?: MoveOptions): void;

export interface WalkOptions {
  /** How deep to go; `Infinity` by default. */
  maxDepth?: number;
  includeFiles?: boolean;
  includeDirs?: boolean;
  includeSymlinks?: boolean;
  followSymlinks?: boolean;
  canonicalize?: boolean;
  /** Only paths with one of these endings. */
  exts?: string[];
  match?: RegExp[];
  skip?: RegExp[];
}

export interface WalkEntry extends Deno.DirEntry {
  path: string;
}

export function walk(
  root: string | URL,
  options?: WalkOptions,
): AsyncIterableIterator<WalkEntry>;
export function walkSync(
  root: string | URL,
  options?: WalkOptions,
): IterableIterator<WalkEntry>;

export interface ExpandGlobOptions {
  extended?: boolean;
  globstar?: boolean;
  caseInsensitive?: boolean;
  root?: string;
  exclude?: string[];
  includeDirs?: boolean;
  followSymlinks?: boolean;
  canonicalize?: boolean;
}

export function expandGlob(
  glob: string | URL,
  options?: ExpandGlobOptions,
): AsyncIterableIterator<WalkEntry>;
export function expandGlobSync(
  glob: string | URL,
  options?: ExpandGlobOptions,
): IterableIterator<WalkEntry>;
