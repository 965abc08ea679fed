/**
 * Joins pieces into a buffer of its own. What Buffer.concat() makes of few bytes shares its memory with other buffers,
 * all of which is then kept as long as one of them is.
 */
export function joinPieces(pieces: readonly Uint8Array[]): Buffer {
  const whole = Buffer.allocUnsafeSlow(pieces.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let offset = 0;
  for (const piece of pieces) {
    whole.set(piece, offset);
    offset += piece.byteLength;
  }
  return whole;
}
