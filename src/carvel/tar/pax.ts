import { formatTarHeader, paddedSize } from './header.ts';

/** The largest size that eleven octal digits hold. */
const OCTAL_LIMIT = 8 ** 11 - 1;

/** Whether a size does not fit a plain header. */
export function needsPax(size: number): boolean {
  return size > OCTAL_LIMIT;
}

/** A PAX header entry as Go's archive/tar writes it: named PaxHeaders.0/<name>, records sorted by key. */
export function formatPaxHeader(name: string, values: Readonly<Record<string, string>>): Buffer {
  const records = Object.keys(values)
    .sort()
    .map((key) => record(key, values[key] ?? ''))
    .join('');
  const content = Buffer.from(records);
  const slash = name.lastIndexOf('/');
  const paxName = `${name.slice(0, slash + 1)}PaxHeaders.0/${name.slice(slash + 1)}`.slice(0, 100);
  return Buffer.concat([
    formatTarHeader({ name: paxName, type: 'x', mode: 0, size: content.byteLength }),
    content,
    Buffer.alloc(paddedSize(content.byteLength) - content.byteLength),
  ]);
}

/** "<length> <key>=<value>\n", where the length counts itself. */
function record(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  if (String(length).length > String(rest).length) length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}
