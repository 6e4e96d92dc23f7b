/** The race in memory, on one platform: the bare route, the floor, this library, and the one it is compared with. */
import type { Place } from './place.js';
import type { Row } from './race.js';

/** Which rows there are; each Nest is divided by its own bare route. */
export function memoryRows(ours: Place, rival: Place): readonly Row[] {
  const bare = `bare route (Nest ${ours.nest})`;
  const rivalBare = `bare route (Nest ${rival.nest})`;
  return [
    { name: bare, program: ours.program('bare'), keys: 'none' },
    { name: 'an interceptor that does nothing', program: ours.program('floor'), keys: 'none', against: bare },
    //    { name: 'nestjs-idempotency, first request', program: ours.program('ours'), keys: 'new', against: bare },
    //    { name: 'nestjs-idempotency, replay', program: ours.program('ours'), keys: 'kept', against: bare },
    { name: rivalBare, program: rival.program('bare'), keys: 'none' },
    { name: '@node-idempotency/nestjs, first request', program: rival.program('rival'), keys: 'new', against: rivalBare },
    { name: '@node-idempotency/nestjs, replay', program: rival.program('rival'), keys: 'kept', against: rivalBare },
  ];
}
