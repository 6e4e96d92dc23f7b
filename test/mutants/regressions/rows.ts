/** What broke other libraries of this kind, one row for each cause: every one of them is put back here, and must be noticed. */

/** How an answer comes back. */
const ANSWERS = [
  'A file',
  'Bytes on Express',
  'Bytes on Fastify',
  'A handler that answers by itself, on Express',
  'A handler that answers by itself, on Fastify',
  'A replay to a handler that answers by itself',
  'A handler that sets the response and returns its body',
  'No content',
  'Nothing returned',
  'Null',
  'An empty string',
  'Zero',
  'False',
  'Text',
  'A serializer outside',
  'What an exception filter made',
  'A redirect',
  'A header of several values',
  'Headers of the answer come back',
  'Cookies do not come back',
  'Rate limits do not come back',
  'Request ids do not come back',
  'A status that the route declares',
  'A status that the handler sets',
  'A status of an exception',
] as const;

/** What happens while a handler runs. */
const MOMENTS = [
  'An Observable that is empty',
  'An Observable of several values',
  'An Observable that errors',
  'A handler that throws is not stuck',
  'A handler that throws can be kept',
  'An error that runs in a circle',
  'What an error says inside',
  'A timeout outside',
  'Bound on method, class and application',
  'Many at once with one key',
  'A client that leaves',
  'A handler longer than its lease',
  'A renewal that fails',
  'A lease that is lost',
  'A holder that comes late',
  'A holder that was killed',
  'A live holder is not overtaken',
  'A clock that is set',
] as const;

/** Which requests are the same. */
const KEYS = [
  'No key',
  'An empty key',
  'A key of 300 and of 5,000 characters',
  'A long path',
  'A key that is not ASCII',
  'A key in quotes',
  'A key with control characters',
  'A key that is sent twice',
  'A separator in a key, a scope or a path',
  'Another caller with the same key',
  'Another query',
  'The order of a query',
  'A body that names __proto__',
  'The order of the keys of a body',
  'A body that is nested deeply',
  'How a number is written',
  'A number that is too large',
  'The boundary of an upload',
  'No key in events and logs',
] as const;

/** What a store can do to a request. */
const STORES = [
  'A mismatch leaves the record alone',
  'Another body while the first runs',
  'When to come back',
  'A race that was lost is a replay',
  'A record at the very end of its time',
  'A record of a cache at the very end of its time',
  'A time longer than a timer can be',
  'A record that has expired since it was claimed',
  'A record that is damaged',
  'The store is down at the claim',
  'The store is down at the save',
  'The store is down at the release',
  'The store is down at a renewal',
  'A store that throws at once',
  'A store that is slow',
  'A claim whose answer was lost',
  'A bound of memory',
] as const;

/** The rows that need neither Redis nor PostgreSQL. */
export const ROWS = [...ANSWERS, ...MOMENTS, ...KEYS, ...STORES] as const;

export type Row = (typeof ROWS)[number];
