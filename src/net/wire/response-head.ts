import { HttpProtocolError, invalid } from './http-protocol-error.ts';
import type { Framing, WireReader } from './wire-body.ts';

/** For all lines together; bytes. */
const HEADER_LIMIT = 64 * 1024;
const START = 'HTTP/1.';
/** A later minor version is read as 1.1 (RFC 9110, 2.5); an undefined status is passed on to the caller (15). */
const STATUS = /^HTTP\/1\.(\d) ([1-9]\d\d)(?: |$)/;
/** RFC 9110, 5.1 and 5.5. Matches each text in only one way, so that long ones cost no more. */
const FIELD = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[^\0\r]*$/;

export interface ResponseHead {
  readonly status: number;
  /** By name in lower case; several values of one name are joined by ", ". */
  readonly fields: ReadonlyMap<string, string>;
  readonly framing: Framing;
  /** How long the connection can be reused (RFC 9112, 9.3); milliseconds, 0: not at all. */
  readonly keptFor: number;
}

/** Reads the header of the final response to a request. @throws HttpProtocolError if it is not HTTP/1.1 */
export async function readHead(reader: WireReader, method: string): Promise<ResponseHead> {
  for (;;) {
    const head = await readOne(reader, method);
    if (head.status === 101) throw invalid('it switched protocols without being asked');
    if (head.status >= 200) return head;
  }
}

async function readOne(reader: WireReader, method: string): Promise<ResponseHead> {
  let left = HEADER_LIMIT;
  // Some servers send an extra empty line after the previous body.
  const start = (await reader.line(left, checkStart)) || (await reader.line(left, checkStart));
  const [, minor, code] = STATUS.exec(start) ?? [];
  if (code === undefined) throw invalid('it does not respond with HTTP/1.1');
  const fields = await readFields(reader, left - start.length);
  const status = Number(code);
  const isOld = minor === '0';
  const framing = framingOf(status, fields, { method, isOld });
  const connection = listOf(fields.get('connection')).map((option) => option.toLowerCase());
  const isKept = !connection.includes('close') && (!isOld || connection.includes('keep-alive'));
  const mayFollow = isKept && framing !== 'close' && !isBodyAnnounced(status, fields);
  return { status, fields, framing, keptFor: mayFollow ? keptFor(fields) : 0 };
}

/** Another protocol, such as TLS, may never send the end of a line. */
function checkStart(text: string): void {
  if (START.startsWith(text.slice(0, START.length)) || text.startsWith('\r')) return;
  throw new HttpProtocolError('WIRE_INVALID', 'it does not respond with HTTP/1.1', text.slice(0, START.length));
}

/** @param most bytes for all lines together */
async function readFields(reader: WireReader, most: number): Promise<Map<string, string>> {
  const fields = new Map<string, string>();
  let last: string | undefined;
  for (let left = most; ;) {
    // A header usually arrives as a whole: nothing is waited for then.
    const line = reader.lineNow(left) ?? (await reader.line(left));
    if (line === '') return fields;
    left -= line.length;
    if (last !== undefined && isBlank(line.charCodeAt(0))) {
      // A folded line continues the value before it (RFC 9112, 5.2).
      if (/[\0\r]/.test(line)) throw invalid('a line of its header is not "name: value"');
      fields.set(last, trimmed(`${fields.get(last)} ${trimmed(line)}`));
      continue;
    }
    if (!FIELD.test(line)) throw invalid('a line of its header is not "name: value"');
    const colon = line.indexOf(':');
    last = line.slice(0, colon).toLowerCase();
    const before = fields.get(last);
    const own = trimmed(line.slice(colon + 1));
    fields.set(last, before === undefined ? own : `${before}, ${own}`);
  }
}

/** Whether the header announces a body where there must be none: if one follows, it would be taken for the next response. */
function isBodyAnnounced(status: number, fields: ReadonlyMap<string, string>): boolean {
  if (status !== 204) return false;
  return fields.has('transfer-encoding') || Number(fields.get('content-length') ?? 0) !== 0;
}

/** As long as the server allows, minus a second in case its close and our next request cross. */
function keptFor(fields: ReadonlyMap<string, string>): number {
  const seconds = /\btimeout=(\d{1,9})\b/i.exec(fields.get('keep-alive') ?? '')?.[1];
  return seconds === undefined ? Number.POSITIVE_INFINITY : Math.max(0, (Number(seconds) - 1) * 1000);
}

/** Whether a Transfer-Encoding is supported; no other one was requested. */
export function isChunkedOnly(coding: string): boolean {
  const [only = '', ...others] = listOf(coding);
  return only.toLowerCase() === 'chunked' && others.length === 0;
}

/** The elements of a list, without empty ones (RFC 9110, 5.6.1). */
function listOf(value: string | undefined): string[] {
  const elements = value?.split(',').map(trimmed) ?? [];
  return elements.filter((element) => element !== '');
}

/** Without surrounding spaces and tabs. */
function trimmed(text: string): string {
  let [begin, end] = [0, text.length];
  while (begin < end && isBlank(text.charCodeAt(begin))) begin++;
  while (end > begin && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(begin, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

function framingOf(
  status: number,
  fields: ReadonlyMap<string, string>,
  { method, isOld }: { readonly method: string; readonly isOld: boolean },
): Framing {
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return { length: 0 };
  const coding = fields.get('transfer-encoding');
  const length = fields.get('content-length');
  if (coding !== undefined) {
    // HTTP/1.0 has no transfer codings: the header does not reliably tell where the body ends (RFC 9112, 6.1).
    if (isOld) throw invalid('it has a Transfer-Encoding, which HTTP/1.0 does not know');
    // Both together are a way to smuggle a response past an intermediary.
    if (length !== undefined) throw invalid('its header has both Content-Length and Transfer-Encoding');
    if (!isChunkedOnly(coding)) throw invalid(`its body has the transfer coding ${coding.slice(0, 40)}`);
    return 'chunked';
  }
  if (length === undefined) return 'close';
  // Repetitions of the same value are allowed.
  const [first = '', ...others] = listOf(length);
  const bytes = Number(first);
  if (!/^\d+$/.test(first) || !Number.isSafeInteger(bytes) || others.some((each) => each !== first)) {
    throw invalid('its Content-Length is not a number of bytes');
  }
  return { length: bytes };
}
