/** What the figures were measured on. */
import { cpus, loadavg, totalmem, type } from 'node:os';

/** One line: processor, memory, system, Node, the day, and how busy the machine was with other things: 0 is a machine of one's own. */
export function machine(): string {
  const [first, ...others] = cpus();
  const gigabytes = (totalmem() / 2 ** 30).toFixed(0);
  const busy = (loadavg()[0] ?? 0).toFixed(1);
  const day = new Date().toISOString().slice(0, 10);
  return `${others.length + 1} × ${first?.model.trim() ?? 'unknown processor'}, ${gigabytes} GB, ${type()}, Node ${process.versions.node}, ${day}, load average before the bench ${busy}`;
}
