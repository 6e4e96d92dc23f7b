/** Which statements begin or end a transaction: read from their text alone. */

/** What a statement does to a transaction; `refused` says why it cannot be had inside of another one. */
export type Control = { readonly kind: 'begin' | 'commit' | 'rollback' } | { readonly kind: 'refused'; readonly why: string };

const BEFORE = /^(?:\s|;|--[^\n]*(?:\n|$)|\/\*[^]*?\*\/)*/;
const FIRST = /^(BEGIN|START\s+TRANSACTION|COMMIT|END|ROLLBACK|ABORT|PREPARE\s+TRANSACTION)\b/i;
const NOISE = /^(?:WORK|TRANSACTION)\b\s*/i;
/** What every transaction is unless it is told otherwise. */
const USUAL = /^(?:(?:READ\s+WRITE|NOT\s+DEFERRABLE)[\s,]*)*$/i;

const CURE =
  'run the work in outsideTransaction(…), or give the modes to the transaction of the request, as fromPool(pool, { begin }).';

/** What `text` does to a transaction; `undefined` for all that neither begins nor ends one, such as ROLLBACK TO SAVEPOINT. */
export function controlIn(text: string): Control | undefined {
  const statement = text.replace(BEFORE, '');
  const first = FIRST.exec(statement)?.[1];
  if (first === undefined) return undefined;
  const word = first.toUpperCase();
  const after = statement.slice(first.length).replace(BEFORE, '');
  const [own = '', ...others] = after.split(';').map((part) => part.replace(BEFORE, '').trim());
  const rest = own.replace(NOISE, '').replace(BEFORE, '');
  if (word.startsWith('PREPARE')) return refused('PREPARE TRANSACTION');
  // Postgres itself refuses these inside of a transaction, and the first leaves it open.
  if (/^(?:TO|PREPARED)\b/i.test(rest)) return undefined;
  if (others.some((other) => other !== ''))
    return { kind: 'refused', why: `${word} was sent together with other statements: send them one by one.` };
  if (word === 'BEGIN' || word.startsWith('START')) return USUAL.test(rest) ? { kind: 'begin' } : refused(`${word} ${rest}`);
  if (rest !== '' && !/^AND\s+NO\s+CHAIN$/i.test(rest)) return refused(`${word} ${rest}`);
  return { kind: word === 'COMMIT' || word === 'END' ? 'commit' : 'rollback' };
}

const COMMENT = /--[^\n]*|\/\*[^]*?\*\//g;
const MODE = String.raw`(?:ISOLATION\s+LEVEL\s+(?:SERIALIZABLE|REPEATABLE\s+READ|READ\s+(?:UN)?COMMITTED)|READ\s+WRITE|(?:NOT\s+)?DEFERRABLE)`;
const BEGINNING = new RegExp(
  String.raw`^\s*(?:BEGIN(?:\s+(?:WORK|TRANSACTION))?|START\s+TRANSACTION)(?:\s+${MODE}(?:\s*,\s*${MODE}|\s+${MODE})*)?\s*;?\s*$`,
  'i',
);

/** Whether `text` is one statement that begins a transaction in which can be written, with modes that Postgres has, and no other. */
export const isBeginning = (text: string): boolean => BEGINNING.test(text.replace(COMMENT, ' '));

const refused = (statement: string): Control => ({
  kind: 'refused',
  why: `${statement} cannot be had inside the transaction of a request: ${CURE}`,
});
