// Declarations for the `deno-std` copy of jsr:@std/testing@1/types; see ../../registry_folder.ts.
// Each type answers `true` or `false`, for use as `assertType<IsExact<A, B>>(true)`.

export function assertType<T extends boolean>(expectTrue: T): void;

export type AssertTrue<T extends true> = never;
export type AssertFalse<T extends false> = never;
export type Assert<T extends boolean, Expected extends T> = never;

/** Whether `Type` is exactly `Expected`, `any` told apart at every depth. */
export type Has<T, U> = IsAny<T> extends true ? true
  : IsAny<U> extends true ? false
  : Extract<T, U> extends never ? false
  : true;
export type NotHas<T, U> = Has<T, U> extends false ? true : false;

export type IsNullable<T> = Extract<T, null | undefined> extends never ? false : true;

/** Two types are the same if the compiler cannot tell functions that depend on them apart. */
export type IsExact<T, U> = (<G>() => G extends T ? 1 : 2) extends (<G>() => G extends U ? 1 : 2) ? true
  : false;

export type IsAny<T> = 0 extends (1 & T) ? true : false;
export type IsNever<T> = [T] extends [never] ? true : false;
export type IsUnknown<T> = IsAny<T> extends true ? false
  : [unknown] extends [T] ? true
  : false;
