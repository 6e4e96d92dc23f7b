/** What stands around the fixture's handlers: a guard that refuses callers, and a session that sets its cookie as the headers leave. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FixtureRequest } from './fixture.js';

/** Of the callers that name themselves in `X-User`, only alice may pass. */
@Injectable()
export class OnlyAlice implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const user = context.switchToHttp().getRequest<FixtureRequest>().headers['x-user'];
    return user === undefined || user === 'alice';
  }
}

/** Sets a session cookie if a handler wrote the session. */
export function sessions(request: IncomingMessage & { session?: string }, response: ServerResponse, next: () => void): void {
  const writeHead = response.writeHead.bind(response) as (...given: unknown[]) => ServerResponse;
  response.writeHead = (...given: unknown[]) => {
    const headers = given.at(-1);
    if (request.session === undefined) return writeHead(...given);
    // Headers that are given to writeHead would replace the cookie, so they are set first.
    if (isHeaders(headers)) for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.appendHeader('Set-Cookie', `sessionid=${request.session}; Path=/`);
    return writeHead(...(isHeaders(headers) ? given.slice(0, -1) : given));
  };
  next();
}

function isHeaders(given: unknown): given is Record<string, string | string[]> {
  return typeof given === 'object' && given !== null && !Array.isArray(given);
}
