/** What nobody was told: the faults E of 0.1, and its second module. */
import { causesIn, type Regression, testsOf } from '../regression.js';

export const SILENCE_FAULTS: readonly string[] = [
  'C3 A second module is ignored, its scope too',
  'E1 A mark that nothing serves is passed over',
  'E1 A mark is hidden by a decorator above it',
  'E1 A mark is dropped by an override',
  'E1 A marked handler without the module runs every time',
  'E1 A handler that a controller inherits from another one runs every time',
  'E1 What a wrapper inherits of its handler is lost',
  'E3 A listener that fails ends the process',
  'E3 What a driver said is logged',
  'E4 What is overridden beside a backend is ignored',
  'E4 What is overridden elsewhere is ignored',
  'E4 Two applications of one process share a store',
  'E5 A URL without a driver starts',
  'E6 Nobody is told which profile answers',
  'E7 What is no HTTP request is taken for one',
  'E8 A pipe makes the state anew',
  'A misspelt option or value gets no hint',
];

const SETTINGS = 'packages/nestjs/src/settings';
const START = 'packages/nestjs/src/start';
const marks = testsOf('test/e2e/silence-marks.spec.ts');
const module = testsOf('test/e2e/silence-module.spec.ts');
const overrides = testsOf('test/e2e/silence-overrides.spec.ts');
const overridden = testsOf('test/e2e/overrides.spec.ts');
const state = testsOf('test/e2e/silence-state.spec.ts');
const inherited = testsOf('test/e2e/inherited-handlers.spec.ts');
const wrapped = testsOf('test/e2e/wrapped-handlers.spec.ts');
const told = testsOf('packages/nestjs/src/events.spec.ts');
const several = testsOf('test/e2e/several-applications.spec.ts');
const reopened = testsOf('test/redis/reopened.spec.ts');
const options = testsOf('test/e2e/configuration.spec.ts');

const seam = causesIn<string>('packages/nestjs/src/turn/seam.ts');
const served = causesIn<string>(`${START}/served-marks.ts`);
const discovered = causesIn<string>(`${START}/discovered-marks.ts`);
const events = causesIn<string>('packages/nestjs/src/events.ts');
const words = causesIn<string>('packages/nestjs/src/fault-words.ts');
const parts = causesIn<string>('packages/nestjs/src/backends/parts.ts');
const failed = testsOf('test/e2e/failed-starts.spec.ts');
const engines = causesIn<string>('packages/nestjs/src/backends/engines.ts');
const redis = causesIn<string>('packages/redis/src/url.ts');
const nearest = causesIn<string>(`${SETTINGS}/option-checks.ts`);

export const silenceFaults: readonly Regression[] = [
  causesIn<string>(`${START}/only-one.ts`)(
    'C3 A second module is ignored, its scope too',
    'they are not counted',
    'if (ours.length < 2) return;',
    'return;',
    module('on express refuses a second module'),
  ),
  discovered(
    'E1 A mark that nothing serves is passed over',
    'providers are not looked at',
    'if (prototype && type && !controllers.has(type)) checkProvider(type, prototype);',
    'void checkProvider;',
    marks('on express refuses a mark on'),
  ),
  discovered(
    'E1 A mark that nothing serves is passed over',
    'what a factory makes is not looked at',
    "if (typeof made === 'object' && made !== null)",
    "if (typeof made === 'object' && made !== null && !inject)",
    marks('on express refuses a mark on what a factory makes'),
  ),
  served(
    'E1 A mark that nothing serves is passed over',
    'on a message handler',
    'if (!isRoute(handler)) throw unserved(type, method, doorOf(handler));',
    'if (!isRoute(handler)) return;',
    marks('on express refuses a mark of a controller for a message or an event'),
  ),
  served(
    'E1 A mark that nothing serves is passed over',
    'on a GET',
    'if (!takesPart(handler, PROTECTED))\n',
    'if (false)\n',
    marks('on express refuses a mark of a controller for a GET'),
  ),
  served(
    'E1 A mark that nothing serves is passed over',
    'a message handler in a marked controller',
    'if (deaf)',
    'if (false as boolean && deaf)',
    marks('on express refuses an event handler in a marked controller'),
  ),
  served(
    'E1 A mark is hidden by a decorator above it',
    'the method in place has no mark',
    'if (settings.length > 0 && !markOf(handler))',
    'if (false as boolean)',
    marks('on express refuses a mark of a controller for a decorator above'),
  ),
  served(
    'E1 A mark is dropped by an override',
    'the method that is overridden counts no more',
    'checkOverride(controller, handler, method);',
    'void checkOverride;',
    marks('on express refuses an override'),
  ),
  causesIn<string>(`${SETTINGS}/decorators.ts`)(
    'E1 A marked handler without the module runs every time',
    'the decorator asks for nothing',
    "if (mark !== '@IdempotencyExempt()') requireModule(place);",
    'void requireModule;',
    module('on express refuses to start without the module: a marked'),
  ),
  causesIn<string>(`${SETTINGS}/state-decorator.ts`)(
    'E1 A marked handler without the module runs every time',
    'it asks for its state',
    'requireModule((target as',
    'void ((target as',
    module('on express refuses to start without the module: a handler that asks'),
  ),
  events(
    'E3 A listener that fails ends the process',
    'it throws',
    "this.#failed(event, 'threw', error);",
    'throw error;',
    told('logs a listener that threw'),
  ),
  events(
    'E3 A listener that fails ends the process',
    'it rejects',
    'if (isThenable(returned))',
    'if (false as boolean && isThenable(returned))',
    told('logs a listener that rejected'),
  ),
  words(
    'E3 What a driver said is logged',
    'by the message of its error',
    'return typeof code',
    "if ('message' in error) return String(error.message);\n    return typeof code",
    told('without the words of its cause'),
  ),
  words(
    'E3 What a driver said is logged',
    'as a code that is none',
    "typeof code === 'string' && CODE.test(code)",
    "typeof code === 'string'",
    told('a code that is none'),
  ),
  parts(
    'E4 What is overridden beside a backend is ignored',
    'storage and lock',
    'if (overridden.storage && overridden.lock) return paired(storage, lock, options);',
    'if (overridden.storage && overridden.lock) return provide(modules, options.backend);',
    overrides('beside a backend storage and lock are used'),
  ),
  parts(
    'E4 What is overridden beside a backend is ignored',
    'one of both',
    'if (!overridden.storage && !overridden.lock) return',
    'if (overridden) return',
    overrides('alone refuses the start'),
  ),
  parts(
    'E4 What is overridden beside a backend is ignored',
    'options are not checked',
    'useFactory: checkOptions',
    'useFactory: (options: IdempotencyOptions) => options',
    overrides('options are used, and checked'),
  ),
  engines(
    'E4 What is overridden elsewhere is ignored',
    'the storage of the default cache',
    'name === cacheName && this.storage !== inBackend',
    'false',
    overridden('on express by useValue the storage of the cache'),
  ),
  parts(
    'E4 What is overridden elsewhere is ignored',
    'the default cache is not what is injected',
    'cacheName === undefined ? use : caches?.[cacheName]',
    'use',
    overrides('without a backend the storage of the default cache'),
  ),
  engines(
    'E4 What is overridden elsewhere is ignored',
    'what a backend stands for is asked at the start',
    'parts ? [parts.storage, parts.lock] : [this.backend]',
    '[this.backend, this.storage, this.lock]',
    overridden('on express by useValue a backend over storage and lock'),
  ),
  causesIn<string>('packages/nestjs/src/idempotency.module.ts')(
    'E4 What is overridden elsewhere is ignored',
    'the interceptor',
    'injected.constructor === IdempotencyInterceptor ?',
    'injected ?',
    overridden('an interceptor that passes by'),
  ),
  redis(
    'E4 Two applications of one process share a store',
    'the first closes it for good',
    'isClosed = false;\n      return (await opened()).info();',
    'return (await opened()).info();',
    reopened('serves one application after another'),
  ),
  engines(
    'E4 Two applications of one process share a store',
    'one that did not start is told on of what is dropped',
    'await this.#close(0).catch(',
    'await this.#leave().catch(',
    failed('nobody listens to it any more where a part refuses'),
  ),
  engines(
    'E4 Two applications of one process share a store',
    'the first closes what the second uses',
    'map((part) => leave(part, this))',
    'map((part) => part.close?.())',
    reopened('serves two applications at once'),
  ),
  causesIn<string>('packages/nestjs/src/backends/users.ts')(
    'E4 Two applications of one process share a store',
    'what the second opens is closed by the end of the first',
    'return inTime(use.ended);',
    'return Promise.resolve();',
    several('an end that takes its time is over'),
  ),
  causesIn<string>('packages/core/src/engine.ts')(
    'E4 Two applications of one process share a store',
    'one that has ended is told of the other',
    'this.#endDrops?.();',
    '',
    several('a memory that drops tells no application'),
  ),
  causesIn<string>('packages/postgres/src/lock.ts')(
    'E4 Two applications of one process share a store',
    'a lock in Postgres is left to polling',
    'this.#listener?.reopen();',
    '',
    testsOf('test/postgres/listen.spec.ts')('wakes who waits for a lock'),
  ),
  causesIn<string>('packages/redis/src/subscription.ts')(
    'E4 Two applications of one process share a store',
    'nobody is woken any more',
    'this.#isClosed = false;\n',
    '\n',
    reopened('wakes who waits'),
  ),
  causesIn<string>('packages/redis/src/connection.ts')(
    'E5 A URL without a driver starts',
    'it is a warning',
    'if (error instanceof DriverMissingError) throw error;',
    'void DriverMissingError;',
    { spec: 'test/redis/driver-missing.spec.ts', tests: 'refuses the start' },
  ),
  causesIn<string>('packages/nestjs/src/idempotency.module.ts')(
    'E6 Nobody is told which profile answers',
    'no line at the start',
    'else this.#logger.log(line);',
    '',
    module('on express says once at the start'),
  ),
  causesIn<string>('packages/nestjs/src/idempotency.module.ts')(
    'E6 Nobody is told which profile answers',
    'a default is no warning',
    'this.options.profile === undefined',
    'this.options.profile === null',
    module('on express says once at the start'),
  ),
  causesIn<string>('packages/nestjs/src/request/exchange.ts')(
    'E7 What is no HTTP request is taken for one',
    'by its name',
    "if (context.getType() !== 'http') return false;",
    "return context.getType() === 'http';",
    module('on express passes by'),
  ),
  causesIn<string>(`${SETTINGS}/state-decorator.ts`)(
    'E8 A pipe makes the state anew',
    'of the type that the compiler wrote down',
    'types[index] = Object;',
    'void types;',
    state('on express pipes leave it alone'),
  ),
  nearest(
    'A misspelt option or value gets no hint',
    'a name',
    'if (near !== undefined) return `${prefix}${near}`;',
    '',
    options('on express refuses a misspelt option'),
  ),
  causesIn<string>('packages/core/src/kinds/wrong.ts')(
    'A misspelt option or value gets no hint',
    'a value',
    'return Object.hasOwn(others, word) ? others[word] : nearest(value, names);',
    'return undefined;',
    options('on express refuses a profile in capitals'),
  ),
  seam(
    'E1 A handler that a controller inherits from another one runs every time',
    'the ticket of its parent counts as a parameter',
    '.filter(([key]) => !key.startsWith(NAME))',
    '',
    inherited('on express a handler that several controllers have'),
  ),
  seam(
    'E1 What a wrapper inherits of its handler is lost',
    'only its own is carried on',
    'Reflect.getMetadataKeys(handler)',
    'Reflect.getOwnMetadataKeys(handler)',
    wrapped('on express a decorator that wraps the handler above all, and inherits'),
  ),
  nearest(
    'A misspelt option or value gets no hint',
    'the cache of a route',
    'const near = nearest(name, known);',
    'const near = undefined as string | undefined;',
    options('on express names the cache that a misspelt one'),
  ),
  causesIn<string>('packages/nestjs/src/idempotency.module.ts')(
    'A misspelt option or value gets no hint',
    'what an asynchronous root takes',
    'checkAsync(options);',
    'void checkAsync;',
    options('on express refuses what `forRootAsync`'),
  ),
];
