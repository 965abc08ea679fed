/**
 * Decodes a YAML file: UTF-8, or UTF-16 as Windows PowerShell writes it. Without a byte order mark, a zero byte in the
 * first character indicates UTF-16 (YAML 1.2.2, section 5.2).
 * @throws RangeError if the bytes are neither
 */
export function decodeText(bytes: Uint8Array): string {
  const encoding = encodingOf(bytes);
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw new RangeError(`it is not text in ${encoding.toUpperCase()}`);
  }
}

function encodingOf([first, second]: Uint8Array): string {
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) return 'utf-16le';
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== 0 && second !== undefined)) return 'utf-16be';
  return 'utf-8';
}
