/** What else than its path leads a request to its handler. */
import { joinParts } from './digest.js';
import type { RoutedOperation } from './encoder.js';

/** Version and host, each behind its name; nothing where the handler has none, so that a slot stays what it was without them. */
export function routing(operation: RoutedOperation | undefined): string {
  if (!operation) return '';
  const { version, host } = operation;
  if (version === undefined && host === undefined) return '';
  return joinParts(...(version === undefined ? [] : ['version', version]), ...(host === undefined ? [] : ['host', host]));
}
