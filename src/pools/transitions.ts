/**
 * States and the legal moves between them, written down as a table.
 *
 * @module
 */

/** Which event is legal in which state, and the state that follows. What is not in the table is refused. */
export type Transitions<State extends string, Event extends string> = Readonly<
  Record<State, Readonly<Partial<Record<Event, State>>>>
>;

/**
 * The state that follows.
 *
 * @param what What is in that state, for the error.
 * @throws {RangeError} If the event is not legal in that state: a worker said what none says there, or the pool has a
 * fault.
 */
export function nextState<State extends string, Event extends string>(
  table: Transitions<State, Event>,
  what: string,
  state: State,
  event: Event,
): State {
  const next = table[state][event];
  if (next === undefined) throw new RangeError(`"${event}" cannot happen to ${what} that is "${state}"`);
  return next;
}
