/**
 * The ids of tasks that are submitted with a key.
 *
 * @module
 */

/**
 * Keys that could be the id of something else: of a task without a key (`name#…`), of a run of a job (`job@time`), or of
 * the state of a job, or of a signal.
 */
const AMBIGUOUS_KEY = /[#%]|@[+-]?\d+-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z(?:~\w+)?$|^(?:schedule|signal):/;

/** A task, as a message names it. */
interface NamedTask {
  readonly name: string;
  readonly module?: string | undefined;
}

/** Says that a key is already that of another task. */
export function otherTaskMessage(key: string, task: NamedTask, other: NamedTask): string {
  const describe = ({ name, module }: NamedTask) => `"${name}"${module === undefined ? "" : ` of ${module}`}`;
  return `Cannot submit ${describe(task)} with the key "${key}", which is the key of ${describe(other)}: ` +
    `use another key, one key stands for one piece of work`;
}

/** The id for a key: the key itself, or encoded where it could be the id of something else. */
export function idOfKey(key: string): string {
  return AMBIGUOUS_KEY.test(key) ? encodeURIComponent(key) : key;
}
