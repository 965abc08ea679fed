/** The position of a part in its content, as a server states it; `last` is the position of the last byte. */
export interface ContentRange {
  readonly first: number;
  readonly last: number;
  /** Undefined if the server does not know the complete length. */
  readonly complete: number | undefined;
}

/** The Content-Range of a 206 response (RFC 9110, 14.4); undefined if it is missing or not valid. */
export function parseContentRange(header: string | undefined): ContentRange | undefined {
  // The name of the unit is case-insensitive (RFC 9110, 14.1).
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/i.exec(header?.trim() ?? '');
  if (match === null) return undefined;
  const [first, last] = [Number(match[1]), Number(match[2])];
  const complete = match[3] === '*' ? undefined : Number(match[3]);
  return first <= last && (complete === undefined || last < complete) ? { first, last, complete } : undefined;
}

/**
 * The number of bytes of an upload that a registry has, from its Range header (distribution-spec, "Pushing a blob in
 * chunks").
 */
export function uploadedBytes(header: string | undefined): number | undefined {
  const match = /^(?:bytes=)?0-(\d{1,15})$/.exec(header?.trim() ?? '');
  if (match === null) return undefined;
  // Registries report "0-0" for an empty upload, although it could also mean one byte.
  const last = Number(match[1]);
  return last === 0 ? 0 : last + 1;
}
