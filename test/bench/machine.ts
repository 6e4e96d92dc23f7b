/** What the figures were measured on. */
import { cpus, totalmem, type } from 'node:os';

/** One line: processor, memory, system, Node, and the day. */
export function machine(): string {
  const [first, ...others] = cpus();
  const gigabytes = (totalmem() / 2 ** 30).toFixed(0);
  const day = new Date().toISOString().slice(0, 10);
  return `${others.length + 1} × ${first?.model.trim() ?? 'unknown processor'}, ${gigabytes} GB, ${type()}, Node ${process.versions.node}, ${day}`;
}
