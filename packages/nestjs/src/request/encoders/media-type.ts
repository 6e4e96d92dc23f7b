/** What a content type says of the bytes behind it (RFC 9110, 8.3). Pure. */

/** Whether it is a body of several parts. */
export function isMultipart(contentType: string | undefined): contentType is string {
  return contentType !== undefined && /^\s*multipart\//i.test(contentType);
}

/** The boundary of a multipart type, and the type without it; `undefined` where there is none, or more than one to choose from. */
export function boundaryOf(contentType: string): { readonly boundary: string; readonly rest: string } | undefined {
  const [found, ...others] = contentType.matchAll(/;\s*boundary=(?:"((?:[^"\\]|\\.)+)"|([^\s;]+))/gi);
  const boundary = found?.[1]?.replace(/\\(.)/g, '$1') ?? found?.[2];
  if (found === undefined || boundary === undefined || others.length > 0) return undefined;
  return { boundary, rest: contentType.replace(found[0], '').trim().toLowerCase() };
}

/** How the bytes are to be read, as text; empty for JSON in UTF-8, which nearly all of them are. */
export function formatOf(contentType: string | undefined, encoding: string | undefined): string {
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const charset = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(contentType ?? '')?.[1]?.toLowerCase() ?? 'utf-8';
  if ((type === '' || type === 'application/json') && charset === 'utf-8' && encoding === undefined) return '';
  return `${JSON.stringify([type, charset, encoding ?? ''])} `;
}
