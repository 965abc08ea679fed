import { invalid } from './wire-error.ts';
import type { WireReader } from './wire-reader.ts';

/** Of all lines together; bytes. */
const MOST = 64 * 1024;
const STATUS = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: |$)/;
/** RFC 9110, 5.1 and 5.5; no folding (RFC 9112, 5.2). One way to match each text, however long. */
const FIELD = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):([^\0\r]*)$/;

/** How an answer's body ends (RFC 9112, 6.3); `length` in bytes. */
export type Framing = { readonly length: number } | 'chunked' | 'close';

export interface ResponseHead {
  readonly status: number;
  /** Values of a name in lower case, several joined by ", ". */
  readonly fields: ReadonlyMap<string, string>;
  readonly framing: Framing;
  /** How long another request can follow on the connection (RFC 9112, 9.3); milliseconds, 0 for not at all. */
  readonly keptFor: number;
}

/** Reads the header of the final answer to a request. @throws WireError where it is no HTTP/1.1 */
export async function readHead(reader: WireReader, method: string): Promise<ResponseHead> {
  for (;;) {
    const head = await readOne(reader, method);
    if (head.status === 101) throw invalid('it changes the protocol, which nobody asked for');
    if (head.status >= 200) return head;
  }
}

async function readOne(reader: WireReader, method: string): Promise<ResponseHead> {
  let left = MOST;
  const start = await reader.line(left);
  const [, minor, code] = STATUS.exec(start) ?? [];
  if (code === undefined) throw invalid('it does not answer with HTTP/1.1');
  const fields = new Map<string, string>();
  for (left -= start.length; ;) {
    const line = await reader.line(left);
    if (line === '') break;
    left -= line.length;
    const [, name, value] = FIELD.exec(line) ?? [];
    if (name === undefined || value === undefined) throw invalid('a line of its header is not "name: value"');
    const before = fields.get(name.toLowerCase());
    const own = trimmed(value);
    fields.set(name.toLowerCase(), before === undefined ? own : `${before}, ${own}`);
  }
  const status = Number(code);
  const framing = framingOf(status, fields, method);
  const connection = (fields.get('connection') ?? '').toLowerCase().split(/[ \t]*,[ \t]*/);
  const isKept = minor === '1' ? !connection.includes('close') : connection.includes('keep-alive');
  return { status, fields, framing, keptFor: isKept && framing !== 'close' ? keptFor(fields) : 0 };
}

/** As long as the server says, but for a second in which both could be under way to each other. */
function keptFor(fields: ReadonlyMap<string, string>): number {
  const seconds = /\btimeout=(\d{1,9})\b/i.exec(fields.get('keep-alive') ?? '')?.[1];
  return seconds === undefined ? Number.POSITIVE_INFINITY : Math.max(0, (Number(seconds) - 1) * 1000);
}

/** Without the blanks and tabs around it. */
function trimmed(text: string): string {
  let [begin, end] = [0, text.length];
  while (begin < end && isBlank(text.charCodeAt(begin))) begin++;
  while (end > begin && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(begin, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

function framingOf(status: number, fields: ReadonlyMap<string, string>, method: string): Framing {
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return { length: 0 };
  const coding = fields.get('transfer-encoding');
  const length = fields.get('content-length');
  if (coding !== undefined) {
    // Both together are how answers are smuggled past somebody in between.
    if (length !== undefined) throw invalid('its header has Content-Length and Transfer-Encoding');
    if (coding.toLowerCase() !== 'chunked') throw invalid(`its body has the transfer coding ${coding.slice(0, 40)}`);
    return 'chunked';
  }
  if (length === undefined) return 'close';
  // The same one several times is allowed.
  const [first = '', ...others] = length.split(', ');
  const bytes = Number(first);
  if (!/^\d+$/.test(first) || !Number.isSafeInteger(bytes) || others.some((each) => each !== first)) {
    throw invalid('its Content-Length is no number of bytes');
  }
  return { length: bytes };
}
