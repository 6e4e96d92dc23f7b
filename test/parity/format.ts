/** The form of a file of cases: behaviour that was observed over HTTP, told in this project's words. */
import { readFile } from 'node:fs/promises';

/**
 * The settings that a case runs under; a setting that is `null` is as if absent, but for the conflict status and the storage's class.
 * Times of the lock are in seconds, as in the settings that were observed.
 */
export interface CaseOptions {
  readonly conflictStatus?: number | null;
  readonly encoder?: string | null;
  readonly header?: string | null;
  readonly storage?: null | {
    readonly class?: string | null;
    readonly cacheName?: string | null;
    readonly storeOnStatuses?: readonly number[] | null;
  };
  readonly lock?: null | {
    readonly class?: string | null;
    readonly enabled?: boolean | null;
    readonly timeout?: number | null;
    readonly ttl?: number | null;
    readonly name?: string | null;
    readonly location?: string | null;
  };
}

/** What an answer must be. Members that are absent are not looked at. */
export interface Expectation {
  readonly status?: number;
  /** The whole body. */
  readonly json?: unknown;
  /** Some members of the body. */
  readonly json_has?: Readonly<Record<string, unknown>>;
  /** Some members of the body's `flags`. */
  readonly flags?: Readonly<Record<string, unknown>>;
  /** Headers by name; `null` is an absent one. */
  readonly headers?: Readonly<Record<string, string | null>>;
  /** The body as text. */
  readonly body?: string;
  readonly reason?: string;
}

/** One request and what its answer must be. */
export interface Step {
  readonly method: string;
  readonly path: string;
  /** The key; `$K` and its kin stand for keys of this case alone; `null` sends no header, a list sends several. */
  readonly key?: string | null | readonly string[];
  /** Header that carries the key. Default `Idempotency-Key`. */
  readonly hname?: string;
  /** Content-Type. Default `application/json`. */
  readonly ct?: string;
  /** Text is sent as it stands, anything else as JSON, empty text not at all. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly expect?: Expectation;
}

/** A step, or several that are sent at once. */
export type Stage = Step | readonly Step[] | { readonly parallel: readonly Step[] };

/** One behaviour. */
export interface ParityCase {
  readonly id: string;
  readonly title: string;
  readonly mode: 'opt-in' | 'opt-out';
  readonly options: CaseOptions;
  readonly steps: readonly Stage[];
  /** How often the handler runs in the whole case. */
  readonly executions?: number;
}

/** Reads the cases of `file`; throws for a file of another form. */
export async function readCases(file: string): Promise<readonly ParityCase[]> {
  const content: unknown = JSON.parse(await readFile(file, 'utf8'));
  const cases: unknown = Array.isArray(content) ? content : (content as { cases?: unknown } | null)?.cases;
  if (!Array.isArray(cases) || cases.length === 0) throw new Error(`${file} has no list of cases.`);
  return cases.map((one: Partial<ParityCase>, index) => {
    const { id = `case ${String(index + 1)}`, title = '', mode, options, steps } = one;
    if (mode !== 'opt-in' && mode !== 'opt-out') throw new Error(`${id}: the mode must be opt-in or opt-out.`);
    if (!Array.isArray(steps)) throw new Error(`${id}: there is no list of steps.`);
    return { ...one, id, title, mode, options: options ?? {}, steps };
  });
}

/** The steps of a stage, which are sent at once. */
export function stepsOf(stage: Stage): readonly Step[] {
  if ('parallel' in stage) return stage.parallel;
  return isList(stage) ? stage : [stage];
}

function isList(stage: Stage): stage is readonly Step[] {
  return Array.isArray(stage);
}
