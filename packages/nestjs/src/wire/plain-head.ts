/** What is given to `writeHead`, in one form. Pure. */
import type { OutgoingHttpHeaders } from 'node:http';

/** Where headers stand among the arguments of `writeHead`: a reason phrase may stand before them. */
export function headersAt(writeHead: readonly unknown[]): 1 | 2 {
  return typeof writeHead[1] === 'string' ? 2 : 1;
}

/**
 * The arguments of `writeHead` with the headers as an object, which is a copy: its owner may use it again. A list of them is read by some versions of Node as what it says, by
 * others so that the last of equal names wins; so it would be on the first answer, and not on the replay.
 */
export function plainHead(args: readonly unknown[]): readonly unknown[] {
  const at = headersAt(args);
  const list = args[at];
  if (list === undefined || list === null) return args;
  if (!Array.isArray(list)) return [...args.slice(0, at), copied(list as OutgoingHttpHeaders)];
  const pairs = Array.isArray(list[0]) ? (list as [string, unknown][]) : paired(list);
  const byName = new Map<string, [name: string, values: unknown[]]>();
  for (const [name, value] of pairs) {
    const known = byName.get(name.toLowerCase());
    if (known === undefined) byName.set(name.toLowerCase(), [name, [value].flat()]);
    else known[1].push(value);
  }
  const entries = [...byName.values()].map(([name, values]) => [name, values.length === 1 ? values[0] : values.map(String)]);
  return [...args.slice(0, at), Object.fromEntries(entries)];
}

function copied(given: OutgoingHttpHeaders): OutgoingHttpHeaders {
  const copy: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(given)) copy[name] = Array.isArray(value) ? [...value] : value;
  return copy;
}

function paired(list: readonly unknown[]): [string, unknown][] {
  return list.flatMap((name, i) => (i % 2 === 0 ? [[String(name), list[i + 1]] as [string, unknown]] : []));
}
