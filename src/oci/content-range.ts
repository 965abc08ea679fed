/** A part of something, as a server says it sends it. Bytes; `last` is the last one's position. */
export interface ContentRange {
  readonly first: number;
  readonly last: number;
  /** undefined where the server does not know it */
  readonly complete: number | undefined;
}

/** The Content-Range of a 206 (RFC 9110, 14.4); undefined where it is none that can be relied on. */
export function parseContentRange(header: string | undefined): ContentRange | undefined {
  // The name of the unit is the same in capitals (RFC 9110, 14.1).
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/i.exec(header?.trim() ?? '');
  if (match === null) return undefined;
  const [first, last] = [Number(match[1]), Number(match[2])];
  const complete = match[3] === '*' ? undefined : Number(match[3]);
  return first <= last && (complete === undefined || last < complete) ? { first, last, complete } : undefined;
}

/** How much of an upload a registry has, by its Range header (distribution-spec, "Pushing a blob in chunks"); bytes. */
export function uploadedBytes(header: string | undefined): number | undefined {
  const match = /^(?:bytes=)?0-(\d{1,15})$/.exec(header?.trim() ?? '');
  if (match === null) return undefined;
  // "0-0" is what registries say of an empty upload, though it could also be one byte.
  const last = Number(match[1]);
  return last === 0 ? 0 : last + 1;
}
