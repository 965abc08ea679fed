import { crc32 } from 'node:zlib';

/** Maximum number of bytes in a stored block (RFC 1951, section 3.2.4). */
const BLOCK = 65_535;

/**
 * Wraps bytes as gzip without compressing them. zlib's output depends on its version and on the processor, whereas the
 * same input always gives these bytes.
 */
export function storedGzip(content: Buffer): Buffer {
  // RFC 1952, section 2.3: deflate, no time, an unknown operating system.
  const parts: Buffer[] = [Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])];
  let offset = 0;
  do {
    const block = content.subarray(offset, offset + BLOCK);
    offset += block.byteLength;
    const head = Buffer.alloc(5);
    head[0] = offset >= content.byteLength ? 1 : 0;
    head.writeUInt16LE(block.byteLength, 1);
    head.writeUInt16LE(BLOCK - block.byteLength, 3);
    parts.push(head, block);
  } while (offset < content.byteLength);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(content), 0);
  trailer.writeUInt32LE(content.byteLength % 2 ** 32, 4);
  return Buffer.concat([...parts, trailer]);
}
