/** Which operation, whose, and what was asked: the faults C of 0.1. */
import { causesIn, type Regression, testsOf } from '../regression.js';

const ROOM = 'packages/nestjs/src/request';
const operations = testsOf('test/e2e/identity-operations.spec.ts');
const scopes = testsOf('test/e2e/identity-scope.spec.ts');
const bodies = testsOf('test/e2e/identity-bodies.spec.ts');
const uploads = testsOf('test/e2e/identity-uploads.spec.ts');

export const IDENTITY_FAULTS = [
  'C1 A version in a header is another operation',
  'C1 The versions of one handler are told apart',
  'C1 A host that the controller asks for is another operation',
  'C1 A constraint of a Fastify route is another operation',
  'C2 A scope that is no text fails closed',
  'C2 An id that stands for several callers fails closed',
  'C2 An encoder without a slot fails closed',
  'C2 A keyFormat that says nothing refuses the key',
  'C3 A second configuration stops the start',
  'C4 What a parser made is looked into, or refused',
  'C4 A body that was there and shows nothing is refused',
  'C4 A list with gaps is not walked through',
  'C4 The same bytes in another format are another body',
  'C5 Files that were taken elsewhere are refused',
  'C5 Fields beside hidden files are refused',
  'C6 Looking takes nothing away from an injected request',
  'C6 A body that HTTP/2 does not announce is seen',
  'C6 An upload that is broken off is no shorter upload',
  'C7 Many tiny parts are refused without a stall',
  'C8 A temporary file counts by its content',
  'C8 A file whose content is elsewhere is refused',
  'C9 What a client names decides nothing',
  'C10 A stream as body is an unread body',
  'C11 The absolute form of a target is its origin form',
  'C11 Spellings of one path are one operation',
  'C11 What stands behind a path is never dropped',
  'C12 Applications with names share a store without meeting',
  'C13 Safe methods take no part',
] as const;

type Row = (typeof IDENTITY_FAULTS)[number];

const routed = causesIn<Row>(`${ROOM}/routed.ts`);
const version = causesIn<Row>(`${ROOM}/version.ts`);
const target = causesIn<Row>(`${ROOM}/target.ts`);
const scope = causesIn<Row>(`${ROOM}/scope.ts`);
const identity = causesIn<Row>(`${ROOM}/identity.ts`);
const key = causesIn<Row>(`${ROOM}/key.ts`);
const body = causesIn<Row>(`${ROOM}/encoders/body.ts`);
const write = causesIn<Row>(`${ROOM}/encoders/write.ts`);
const mediaType = causesIn<Row>(`${ROOM}/encoders/media-type.ts`);
const parts = causesIn<Row>(`${ROOM}/encoders/parsed-parts.ts`);
const files = causesIn<Row>(`${ROOM}/encoders/uploaded-files.ts`);
const multipart = causesIn<Row>(`${ROOM}/encoders/multipart.ts`);
const unread = causesIn<Row>(`${ROOM}/encoders/unread.ts`);
const operation = causesIn<Row>(`${ROOM}/encoders/operation-encoder.ts`);
const module = causesIn<Row>('packages/nestjs/src/start/only-one.ts');
const profiles = causesIn<Row>('packages/nestjs/src/settings/profiles.ts');

export const identityFaults: readonly Regression[] = [
  routed(
    'C1 A version in a header is another operation',
    'it is passed over',
    'if (version !== undefined) operation.version = version;',
    '',
    operations('on express in ietf a version in a header is another operation'),
  ),
  routed(
    'C1 A version in a header is another operation',
    'the default version is passed over',
    ' ?? versioning?.defaultVersion',
    '',
    operations('on express in ietf a default version counts'),
  ),
  version(
    'C1 The versions of one handler are told apart',
    'the first that it declares is taken',
    'if (all.length === 1) return',
    'if (all.length > 0) return',
    operations('on express in ietf the versions of one handler are told apart by a header'),
  ),
  routed(
    'C1 A host that the controller asks for is another operation',
    'it is passed over',
    'if (hostOf) operation.host = hostOf(request);',
    '',
    operations('on express in ietf another host is another operation'),
  ),
  routed(
    'C1 A host that the controller asks for is another operation',
    'the case of its name counts',
    "host.toLowerCase().replace(/\\.$/, '')",
    'host',
    operations('on express in ietf another host is another operation'),
  ),
  routed(
    'C1 A constraint of a Fastify route is another operation',
    'it is passed over',
    'Reflect.getMetadata(FASTIFY_CONSTRAINTS, handler) ?? {}',
    '{}',
    operations('constraints of a Fastify route are told apart'),
  ),
  scope(
    'C2 A scope that is no text fails closed',
    'whatever it is becomes text',
    "if (typeof said === 'bigint') return",
    "if (said !== null && typeof said !== 'symbol') return",
    scopes('on express a scope that is an object lets nothing run'),
  ),
  scope(
    'C2 A scope that is no text fails closed',
    'a promise is text',
    "if (typeof said !== 'object' || said === null || !('then' in said)) return before + textOf(said);",
    "if (typeof said !== 'object' || said === null || 'then' in said) return before + String(said);",
    scopes('on express a user is never given the answer of another one'),
  ),
  scope(
    'C2 An id that stands for several callers fails closed',
    'a number may be as large as it likes',
    ' && Math.abs(said) <= Number.MAX_SAFE_INTEGER',
    '',
    scopes('on express a scope that is an id beyond'),
  ),
  identity(
    'C2 An encoder without a slot fails closed',
    'what it gives is taken as it is',
    'if (isDigest(identity.slot) && isDigest(identity.fingerprint)) return',
    'if (identity !== null) return',
    scopes('on express an encoder that gives no slot'),
  ),
  key(
    'C2 A keyFormat that says nothing refuses the key',
    'a promise is a yes',
    "if (typeof said === 'object' && said !== null && 'then' in said) throw unanswered(said);",
    '',
    scopes('on express a keyFormat that returns a promise'),
  ),
  module(
    'C3 A second configuration stops the start',
    'it is passed over',
    'if (ours.length < 2) return;',
    'if (ours.length > 0) return;',
    operations('on express an application that is configured twice'),
  ),
  write(
    'C4 What a parser made is looked into, or refused',
    'a query has no fields',
    'if (value instanceof URLSearchParams) return',
    'if (value instanceof Promise) return',
    bodies('on express in ietf URLSearchParams is known again'),
  ),
  write(
    'C4 What a parser made is looked into, or refused',
    'only the fields of an object are looked at',
    "  throw new BodyRefusedError('unseen');\n}\n\n/** Bytes are one",
    '  return writeFields(value as Record<string, unknown>, filter, writing, depth);\n}\n\n/** Bytes are one',
    bodies('on express in ietf an object with hidden fields is refused'),
  ),
  body(
    'C4 A body that was there and shows nothing is refused',
    'it counts as none',
    "if (isBlank(body, contentType) && hasBody(raw)) throw new BodyRefusedError('unseen');",
    '',
    bodies('on express in ietf nothing is refused'),
  ),
  write(
    'C4 A list with gaps is not walked through',
    'it is',
    'if (Object.keys(list).length !== list.length)',
    'if (list.length < 0)',
    bodies('on express in ietf an array with a field beside its items'),
  ),
  mediaType(
    'C4 The same bytes in another format are another body',
    'the format is passed over',
    "return `${JSON.stringify([type, charset, encoding ?? ''])} `;",
    "return '';",
    bodies('on Express, bytes that no parser wants are told apart by what they are to be read as'),
  ),
  parts(
    'C5 Files that were taken elsewhere are refused',
    'the body is what can be seen',
    "if (!isComplete(request)) throw new BodyRefusedError('unseen');",
    '',
    uploads('files that a hook of Fastify took are refused where they were saved'),
  ),
  parts(
    'C5 Fields beside hidden files are refused',
    'fields are all that there was',
    'return accountForAll(body, contentType, contentLength(raw));',
    'return true;',
    uploads('files that a hook of Fastify took are refused where a hook shows the fields only'),
  ),
  unread(
    'C6 Looking takes nothing away from an injected request',
    'only a request of HTTP/1 says that it is whole',
    'if (!isWhole(stream)) return;',
    'if ((stream as Partial<IncomingMessage>).complete !== true) return;',
    uploads('looking takes nothing away from an upload that is injected'),
  ),
  unread(
    'C6 A body that HTTP/2 does not announce is seen',
    'it counts as none',
    'stream ? stream.endAfterHeaders === false :',
    'stream ? false :',
    uploads('looking takes nothing away from an upload over HTTP/2'),
  ),
  unread(
    'C6 An upload that is broken off is no shorter upload',
    'its end is taken for the end of the body',
    'if ((stream as Partial<IncomingMessage>).aborted === true)',
    'if (length < 0)',
    uploads('looking takes nothing away and an upload over HTTP/2 that is broken off'),
  ),
  multipart(
    'C7 Many tiny parts are refused without a stall',
    'there is no limit',
    'if (pieces.length > maxParts + 1)',
    'if (maxParts < 0)',
    uploads('on express 80,000 tiny parts'),
  ),
  files(
    'C8 A temporary file counts by its content',
    'its name counts',
    'text: fileDigest(onDisk).then((content) => [...known, content])',
    'text: [...known, onDisk]',
    uploads('files that a middleware of Express took express-fileupload on the disk: are known again'),
  ),
  files(
    'C8 A file whose content is elsewhere is refused',
    'its name and type are enough',
    "throw new BodyRefusedError('unseen', { cause });",
    'void cause;',
    uploads('files that a middleware of Express took a storage that took the content elsewhere'),
  ),
  parts(
    'C9 What a client names decides nothing',
    'a field called as a parser calls its own is a file',
    'return `parts ${write([body, []], writing)}`;',
    "return 'originalname' in (body as object) ? 'parts' : `parts ${write([body, []], writing)}`;",
    uploads('files that a middleware of Express took express-fileupload in memory: a form without files'),
  ),
  parts(
    'C9 What a client names decides nothing',
    'JSON can play a part',
    "parts.every((part) => typeof part === 'object' && (part as AttachedPart | null)?.fields === body)",
    "parts.some((part) => typeof (part as AttachedPart | null)?.type === 'string')",

    uploads('files that a hook of Fastify took cannot be played by JSON where they are attached as values'),
  ),
  body(
    'C10 A stream as body is an unread body',
    'it is walked through',
    'if (isStream(body) || isUnread(raw)) return',
    'if (!isStream(body) && isUnread(raw)) return',
    bodies('on Fastify a stream as body is read once more'),
  ),
  target(
    'C11 The absolute form of a target is its origin form',
    'it is a path',
    "const rest = url.replace(ABSOLUTE, '');",
    'const rest = url;',
    operations('on express in classic the absolute form'),
  ),
  operation(
    'C11 Spellings of one path are one operation',
    'the path counts as it was sent',
    'operation?.pattern ?? bare',
    'bare',
    operations('on express under ietf /PAY is /pay'),
  ),
  operation(
    'C11 Spellings of one path are one operation',
    'the parameters are passed over',
    'params(operation.params) + ',
    '',
    operations('on express in ietf parameters of a path'),
  ),
  operation(
    'C11 What stands behind a path is never dropped',
    'a query begins at a question mark only',
    'operation ? /[?#;]/ : /\\?/',
    '/\\?/',
    operations('on express under ietf what stands behind the path counts'),
  ),
  scope(
    'C12 Applications with names share a store without meeting',
    'the name is passed over',
    "application === undefined ? ''",
    "application !== null ? ''",
    operations('on express applications with names'),
  ),
  profiles(
    'C13 Safe methods take no part',
    'only those of RFC 9110 are safe',
    ", 'QUERY', 'SEARCH', 'REPORT', 'PROPFIND'",
    '',
    operations('on express SEARCH changes nothing'),
  ),
];
