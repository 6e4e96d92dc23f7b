/** How a handler asks for its request's state. */
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { isExchange } from '../request/exchange.js';
import { markOn, type RequestState } from '../request/state.js';
import { type PlatformResponse, rawOf } from '../wire/platform.js';
import { IdempotencyConfigError } from '../config-error.js';
import { note } from './marks.js';
import { requireModule } from './module-required.js';

/** What a handler can know of its own request. */
export type IdempotencyState = RequestState;

/** Where compilers that emit metadata write down the types of a method's parameters. */
const PARAMETER_TYPES = 'design:paramtypes';

const parameter = createParamDecorator((_: unknown, context: ExecutionContext): RequestState => {
  const state = isExchange(context) ? markOn(rawOf(context.switchToHttp().getResponse<PlatformResponse>()))?.state : undefined;
  if (state) return state;
  throw new IdempotencyConfigError(
    `${context.getClass().name}.${context.getHandler().name} asks for @IdempotencyState(), but its request did not come through ` +
      'IdempotencyModule: add `IdempotencyModule.forRoot()` to the imports of the root module, and ask for it in HTTP handlers only.',
  );
});

/**
 * `@IdempotencyState() state: IdempotencyState` gives an HTTP handler the state of its request, protected or not.
 * Without the module, and on what is no HTTP handler, the start is refused.
 */
export const IdempotencyState = (): ParameterDecorator => (target, name, index) => {
  parameter()(target, name, index);
  if (name === undefined) return;
  note(target, name, '@IdempotencyState()');
  requireModule((target as Record<string | symbol, object>)[name] as object);
  const types = Reflect.getOwnMetadata(PARAMETER_TYPES, target, name) as unknown[] | undefined;
  // Compilers that see one file at a time, SWC among them, write down this function, as it has the name of the type: a pipe that
  // validates would try to make the state anew from it. `Object` is what `tsc` writes, and what pipes leave alone.
  if (types?.[index] === IdempotencyState) types[index] = Object;
};
