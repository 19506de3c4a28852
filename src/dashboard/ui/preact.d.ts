/**
 * What the page of the dashboard uses of Preact and htm, whose package for browsers has no types of its hooks.
 */

/** What a component returns. */
export type View = { readonly type: unknown } | undefined;

/** An event of an element of the page, as far as it is used; the DOM is not known where other modules are checked. */
export interface UiEvent {
  readonly key: string;
  readonly target: {
    readonly value: string;
    readonly scrollTop: number;
    readonly scrollHeight: number;
    readonly clientHeight: number;
    blur(): void;
  };
  preventDefault(): void;
}

/** What can stand in a template. */
export type Part = string | number | boolean | null | undefined | object;

/** Makes what a template says. A function in it listens to events; others say what they take themselves. */
export function html(
  strings: TemplateStringsArray,
  ...values: readonly (Part | ((event: UiEvent) => unknown))[]
): View;
/** Draws into an element. */
export function render(view: View, into: object | null): void;

type Change<T> = (next: T | ((before: T) => T)) => void;
export function useState<T>(): [T | undefined, Change<T | undefined>];
export function useState<T>(initial: T | (() => T)): [T, Change<T>];
export function useRef<T>(): { current: T | undefined };
export function useRef<T>(initial: T): { current: T };
export function useMemo<T>(make: () => T, inputs: readonly unknown[]): T;
export function useCallback<T>(call: T, inputs: readonly unknown[]): T;
type Effect = () => void | (() => unknown);
export function useEffect(effect: Effect, inputs?: readonly unknown[]): void;
export function useLayoutEffect(effect: Effect, inputs?: readonly unknown[]): void;
