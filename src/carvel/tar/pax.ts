import { formatTarHeader, paddedSize, TAR_BLOCK } from './header.ts';
import type { NewTarHeader } from './header.ts';

/** The largest size that fits into eleven octal digits. */
const OCTAL_LIMIT = 8 ** 11 - 1;

const NAME_LIMIT = 100;

/**
 * Formats an entry's header, preceded by a PAX header for values that do not fit: a size of 8 GiB or more, or the name
 * of a sha512 digest.
 */
export function formatEntryHeader(entry: NewTarHeader): Buffer {
  const values = extendedValues(entry);
  const header = formatTarHeader(values.size === undefined ? entry : { ...entry, size: 0 });
  return Object.keys(values).length === 0 ? header : Buffer.concat([formatPaxHeader(entry.name, values), header]);
}

/** Bytes of an entry's header. */
export function entryHeaderSize(entry: NewTarHeader): number {
  return Object.keys(extendedValues(entry)).length === 0 ? TAR_BLOCK : formatEntryHeader(entry).byteLength;
}

function extendedValues({ name, size }: NewTarHeader): { path?: string; size?: string } {
  return {
    ...(Buffer.byteLength(name) > NAME_LIMIT ? { path: name } : {}),
    ...(size > OCTAL_LIMIT ? { size: String(size) } : {}),
  };
}

/** Formats a PAX header like Go's archive/tar: named PaxHeaders.0/<name>, with sorted records. */
function formatPaxHeader(name: string, values: Readonly<Record<string, string>>): Buffer {
  const records = Object.keys(values)
    .sort()
    .map((key) => record(key, values[key] ?? ''))
    .join('');
  const content = Buffer.from(records);
  const slash = name.lastIndexOf('/');
  const paxName = `${name.slice(0, slash + 1)}PaxHeaders.0/${name.slice(slash + 1)}`.slice(0, NAME_LIMIT);
  return Buffer.concat([
    formatTarHeader({ name: paxName, type: 'x', mode: 0, size: content.byteLength }),
    content,
    Buffer.alloc(paddedSize(content.byteLength) - content.byteLength),
  ]);
}

/** Formats "<length> <key>=<value>\n", where the length includes itself. */
function record(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  if (String(length).length > String(rest).length) length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}
