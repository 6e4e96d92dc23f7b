/** Which of a handler's versions a request asked for, by the rules of Nest's versioning. */
import { VERSION_NEUTRAL, type VersioningOptions, VersioningType } from '@nestjs/common';
import type { PlatformRequest } from './exchange.js';

/** The version that `request` was routed by; `undefined` where it was routed without one. */
export type VersionOf = (request: PlatformRequest) => string | undefined;

/** Reads the version for a handler that declares `declared`. Only where it serves several does the request say which. */
export function versionReader(declared: unknown, versioning: VersioningOptions | undefined): VersionOf {
  // In a URI the version is part of the routed pattern.
  if (!versioning || versioning.type === VersioningType.URI || declared === undefined) return () => undefined;
  const all: readonly unknown[] = [declared].flat();
  const versions = all.filter((version): version is string => version !== VERSION_NEUTRAL);
  const [only] = versions;
  if (all.length === 1) return () => only;
  return (request) => {
    const named = asked(request, versioning).filter((version) => versions.includes(version));
    // One by the rules of this Nest and another by those of an older one: only both together are never those of another request.
    return versioning.type === VersioningType.MEDIA_TYPE && named.length > 1 ? JSON.stringify(named) : named[0];
  };
}

/** What the request names, in the order in which Nest looks at it. */
function asked(request: PlatformRequest, versioning: VersioningOptions): readonly string[] {
  const { headers } = request;
  switch (versioning.type) {
    case VersioningType.HEADER:
      return [headers[versioning.header.toLowerCase()] ?? []].flat();
    case VersioningType.MEDIA_TYPE:
      return acceptedVersions(headers.accept ?? '', versioning.key);
    case VersioningType.CUSTOM:
      // The platforms call it with what they have while they route: Fastify with Node's own request.
      return [versioning.extractor(request.raw ?? request)].flat();
    default:
      return [];
  }
}

/** What Nest 12 reads in `accept`, and what Nest 11 does where that is something else. */
function acceptedVersions(accept: string, key: string): readonly string[] {
  const readings = [accepted(accept, key), accept.split(';')[1]?.split(key)[1]];
  return [...new Set(readings)].filter((version) => version !== undefined);
}

/** The first parameter of `accept` that begins with `key`; a quoted one without its quotes. */
function accepted(accept: string, key: string): string | undefined {
  for (const [parameter] of accept.matchAll(PARAMETER)) {
    const text = parameter.slice(1).trim();
    if (!text.startsWith(key)) continue;
    const version = text.slice(key.length);
    return /^".*"$/s.test(version) ? version.slice(1, -1).replace(/\\(.)/gs, '$1') : version;
  }
  return undefined;
}

/** From a semicolon to the next separator that stands in no quotes. */
const PARAMETER = /;(?:"(?:\\.|[^"\\])*"|[^";,])*/gs;
