/** One block of a tar (POSIX.1-1988 "ustar"), 512 bytes. */
export const TAR_BLOCK = 512;

export interface TarHeader {
  readonly name: string;
  /** Type flag: "0" a regular file, "5" a directory, "x" PAX values for the next entry, "L" a GNU long name, … */
  readonly type: string;
  /** Size of the content in bytes, without padding. */
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
}

/** Type flags of links, devices, directories and pipes, which have no content whatever their size field says. */
const WITHOUT_CONTENT = /^[1-6]$/;

/**
 * Parses a header block. Undefined for the zero block that ends a tar.
 * @throws RangeError with a reason if the block is not a header
 */
export function parseTarHeader(block: Buffer): TarHeader | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  if (block.byteLength !== TAR_BLOCK) throw new RangeError('the file ends inside a header');
  const sum = readNumber(block, 148, 8);
  if (sum !== checksum(block) && sum !== signedChecksum(block))
    throw new RangeError('the checksum of a header is wrong');
  const size = readNumber(block, 124, 12);
  if (!Number.isSafeInteger(size) || size < 0) throw new RangeError('a header has an impossible size');
  const isUstar = block.toString('latin1', 257, 262) === 'ustar' && block[262] === 0;
  const prefix = isUstar ? readText(block, 345, 155) : '';
  const name = readText(block, 0, 100);
  // Old tars mark a regular file with "\0", and "7" is a contiguous file.
  const type = String.fromCharCode(block[156] ?? 0).replace(/[\0\x37]/, '0');
  const mode = readNumber(block, 100, 8) & 0o7777;
  return contentOf({ name: prefix === '' ? name : `${prefix}/${name}`, type, size, mode });
}

function contentOf(header: TarHeader): TarHeader {
  return WITHOUT_CONTENT.test(header.type) ? { ...header, size: 0 } : header;
}

/** Size of content in a tar, which is padded to whole blocks. */
export function paddedSize(size: number): number {
  return Math.ceil(size / TAR_BLOCK) * TAR_BLOCK;
}

/** What a header is formatted from. */
export interface NewTarHeader extends TarHeader {
  readonly type: '0' | '5' | 'x';
  /** Ids of the user and group; default 0. */
  readonly owner?: number;
}

/** Formats a ustar header. `mode` and sizes are octal; times are zero, as in imgpkg. */
export function formatTarHeader(entry: NewTarHeader): Buffer {
  const block = Buffer.alloc(TAR_BLOCK);
  block.write(entry.name, 0, 100, 'utf8');
  writeOctal(block, entry.mode, 100, 8);
  writeOctal(block, entry.owner ?? 0, 108, 8);
  writeOctal(block, entry.owner ?? 0, 116, 8);
  writeOctal(block, entry.size, 124, 12);
  writeOctal(block, 0, 136, 12);
  block.write(entry.type, 156, 1, 'latin1');
  block.write('ustar\x0000', 257, 8, 'latin1');
  writeOctal(block, 0, 329, 8);
  writeOctal(block, 0, 337, 8);
  block.write(`${checksum(block).toString(8).padStart(6, '0')}\0 `, 148, 8, 'latin1');
  return block;
}

/** Maximum size of an extended header in bytes. */
const EXTENDED_LIMIT = 1024 * 1024;

/** Collects the extended headers of an entry: PAX values (x) and a GNU long name (L). */
export class ExtendedHeaders {
  #name: string | undefined;
  #size: number | undefined;

  /**
   * Whether a header extends the next entry. A global header (g) is treated as an entry, and its values are ignored.
   */
  static isOne({ type, size }: TarHeader): boolean {
    if (type !== 'x' && type !== 'L' && type !== 'K') return false;
    if (size > EXTENDED_LIMIT) throw new RangeError('an extended header is too large');
    return true;
  }

  /** @throws RangeError with a reason if the content is damaged */
  add({ type }: TarHeader, content: Buffer): void {
    if (type === 'L') this.#name = content.toString('utf8').replace(/\0.*$/s, '');
    if (type !== 'x') return;
    const values = parsePax(content);
    // An empty value resets an earlier one.
    const [name = '', size = ''] = [values.get('path'), values.get('size')];
    if (name !== '') this.#name = name;
    if (size === '') return;
    if (!/^\d{1,15}$/.test(size)) throw new RangeError('a PAX header has an impossible size');
    this.#size = Number(size);
  }

  /** The entry's header with the collected values, which are then cleared. */
  complete(header: TarHeader): TarHeader {
    const complete = { ...header, name: this.#name ?? header.name, size: this.#size ?? header.size };
    [this.#name, this.#size] = [undefined, undefined];
    return contentOf(complete);
  }
}

/** Parses PAX records of the form "<length> <key>=<value>\n". */
function parsePax(content: Buffer): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (let offset = 0; offset < content.byteLength;) {
    const space = content.indexOf(0x20, offset);
    const length = space < 0 ? Number.NaN : Number(content.toString('latin1', offset, space));
    const isWhole = Number.isInteger(length) && length > space - offset && content[offset + length - 1] === 0x0a;
    if (!isWhole) throw new RangeError('a PAX header is damaged');
    const record = content.toString('utf8', space + 1, offset + length - 1);
    const equals = record.indexOf('=');
    values.set(record.slice(0, equals), record.slice(equals + 1));
    offset += length;
  }
  return values;
}

function checksum(block: Buffer): number {
  let sum = 0;
  // The checksum field itself counts as eight spaces.
  for (let index = 0; index < TAR_BLOCK; index++) sum += index >= 148 && index < 156 ? 0x20 : (block[index] ?? 0);
  return sum;
}

/** Some old programs sum up signed bytes. */
function signedChecksum(block: Buffer): number {
  let sum = 0;
  for (let index = 0; index < TAR_BLOCK; index++) sum += index >= 148 && index < 156 ? 0x20 : block.readInt8(index);
  return sum;
}

function readText(block: Buffer, offset: number, length: number): string {
  const end = block.indexOf(0, offset);
  return block.toString('utf8', offset, end < 0 || end > offset + length ? offset + length : end);
}

function readNumber(block: Buffer, offset: number, length: number): number {
  if (((block[offset] ?? 0) & 0x80) !== 0) {
    // GNU base-256, for sizes of 8 GiB and more.
    let value = (block[offset] ?? 0) & 0x7f;
    for (let index = offset + 1; index < offset + length; index++) value = value * 256 + (block[index] ?? 0);
    return value;
  }
  const digits = readText(block, offset, length).trim();
  return /^[0-7]*$/.test(digits) ? Number.parseInt(digits === '' ? '0' : digits, 8) : Number.NaN;
}

function writeOctal(block: Buffer, value: number, offset: number, length: number): void {
  block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, offset, length, 'latin1');
}
