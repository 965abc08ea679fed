import { setTimeout as pause } from 'node:timers/promises';

/** Yields a body in which a given number of bytes, after a given offset, arrive one by one. */
export async function* dripped(
  body: AsyncIterable<Buffer>,
  {
    afterAnswer,
    bytes,
    milliseconds,
  }: { readonly afterAnswer: number; readonly bytes: number; readonly milliseconds: number },
): AsyncGenerator<Buffer> {
  let at = 0;
  for await (let chunk of body) {
    while (at + chunk.byteLength > afterAnswer && at < afterAnswer + bytes) {
      const now = Math.max(1, afterAnswer - at);
      yield chunk.subarray(0, now);
      chunk = chunk.subarray(now);
      at += now;
      await pause(milliseconds);
    }
    yield chunk;
    at += chunk.byteLength;
  }
}
