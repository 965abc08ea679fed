import type { IncomingMessage } from 'node:http';
import { NoAnswerError } from './send.ts';

/** More than a page of any list. */
const MOST_BYTES = 256 * 1024 * 1024;

export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
}

/** The whole body as text. Rejects with NoAnswerError when nothing comes for `timeout` milliseconds. */
export async function readBody(response: IncomingMessage, timeout: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  response.setTimeout(timeout, () => response.destroy(new NoAnswerError()));
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new BodyTooLargeError();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
