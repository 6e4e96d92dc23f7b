/** The files that a middleware left on the request, by their content: never by a name, a path or a time of this try. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { digest } from './digest.js';
import { BodyRefusedError } from './refusal.js';

/** What stands for a file: its field, its name, its type, and a digest of its content. */
export type FileText = readonly string[];

export interface UploadedFile {
  readonly field: string;
  /** A promise where the file went to the disk. */
  readonly text: FileText | Promise<FileText>;
}

/** What multer (`fieldname`, `originalname`) and `express-fileupload` (`name`, `mv`) leave of a file. */
interface Left {
  readonly fieldname?: string;
  readonly originalname?: string;
  readonly name?: string;
  readonly mimetype?: string;
  readonly buffer?: unknown;
  readonly path?: string;
  readonly data?: unknown;
  readonly tempFilePath?: string;
  readonly mv?: unknown;
}

/** The files on `request`; `undefined` where there is no place for them. Throws `BodyRefusedError` for a file whose content cannot be read. */
export function uploadedFiles(request: object): UploadedFile[] | undefined {
  const { file, files } = request as { readonly file?: unknown; readonly files?: unknown };
  const left: [string | undefined, unknown][] = [];
  if (isObject(file)) left.push([undefined, file]);
  if (Array.isArray(files)) for (const one of files as unknown[]) left.push([undefined, one]);
  else if (isObject(files))
    for (const [field, some] of Object.entries(files)) for (const one of [some].flat() as unknown[]) left.push([field, one]);
  else if (left.length === 0) return undefined;
  return left.map(([field, one]) => uploadedFile(field, one));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function uploadedFile(under: string | undefined, left: unknown): UploadedFile {
  if (!isObject(left)) throw new BodyRefusedError('unseen');
  const { fieldname, originalname, name, mimetype, buffer, path, data, tempFilePath, mv } = left as Left;
  const field = fieldname ?? under ?? '';
  const known = ['file', field, originalname ?? name ?? '', mimetype ?? ''];
  const onDisk = typeof mv === 'function' ? tempFilePath : path;
  if (typeof onDisk === 'string' && onDisk !== '')
    return { field, text: fileDigest(onDisk).then((content) => [...known, content]) };
  const content = typeof mv === 'function' ? data : buffer;
  // A storage that took the file elsewhere.
  if (!(content instanceof Uint8Array)) throw new BodyRefusedError('unseen');
  return { field, text: [...known, digest(content)] };
}

async function fileDigest(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  } catch (cause) {
    throw new BodyRefusedError('unseen', { cause });
  }
  return hash.digest('base64url');
}
