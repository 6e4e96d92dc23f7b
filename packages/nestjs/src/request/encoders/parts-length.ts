/** Whether the fields of a form leave room in its body for anything else. Pure. */
import { boundaryOf } from './media-type.js';

/** The shortest head that a part with a name has. */
const HEAD = 'Content-Disposition: form-data; name=""\r\n\r\n'.length;

/** Whether `fields`, all of them text, take up the whole `length` of a form: then it had no files, and no other parts. */
export function accountForAll(fields: object, contentType: string | undefined, length: number): boolean {
  const boundary = boundaryOf(contentType ?? '')?.boundary;
  if (boundary === undefined) return false;
  // Two dashes before it, a line's end behind it.
  const delimiter = boundary.length + 4;
  let taken = delimiter + 2;
  for (const [name, values] of Object.entries(fields) as [string, unknown][])
    for (const value of [values].flat()) {
      if (typeof value !== 'string') return false;
      taken += delimiter + HEAD + Buffer.byteLength(name) + Buffer.byteLength(value) + 2;
    }
  const room = length - taken;
  return room >= -2 && room < delimiter + HEAD;
}
