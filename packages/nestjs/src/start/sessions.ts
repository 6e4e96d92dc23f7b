/** Whether an application knows its callers by cookies. Pure. */

/** Express middleware by the names of its functions: cookie-parser, express-session, cookie-session, passport's session. */
const MIDDLEWARE = new Set(['cookieParser', 'session', '_cookieSession', 'cookieSession', 'SessionStrategy']);

/** What `@fastify/cookie`, `@fastify/session` and `@fastify/secure-session` add to a request. */
const DECORATORS = ['cookies', 'session'];

interface Stack {
  readonly stack?: readonly { readonly name?: string }[];
}

/** What Express (5, then 4) or Fastify let be seen of themselves. */
interface Instance {
  readonly router?: Stack;
  readonly _router?: Stack;
  hasRequestDecorator?(name: string): boolean;
}

/** Whether `instance`, an Express or Fastify application, was given a cookie parser or sessions. */
export function knowsCookies(instance: object): boolean {
  const seen = instance as Instance;
  if (seen.hasRequestDecorator) return DECORATORS.some((name) => seen.hasRequestDecorator?.(name));
  const layers = (seen.router ?? seen._router)?.stack ?? [];
  return layers.some(({ name }) => name !== undefined && MIDDLEWARE.has(name));
}
