import type { IncomingMessage } from 'node:http';
import { readBody as readBytes } from '../net/http/read-body.ts';
import { NoAnswerError } from './send.ts';

/** Larger than a page of any list. */
const MAX_BYTES = 256 * 1024 * 1024;

/**
 * Reads the complete body as text.
 * @throws NoAnswerError if nothing arrives for `timeout` milliseconds; BodyTooLargeError
 */
export async function readBody(response: IncomingMessage, timeout: number): Promise<string> {
  response.setTimeout(timeout, () => response.destroy(new NoAnswerError()));
  return (await readBytes(response as AsyncIterable<Buffer>, MAX_BYTES)).toString('utf8');
}
