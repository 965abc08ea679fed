import { abortError } from '../base/errors.ts';
import type { HttpRequest, HttpResponse } from '../net/http/message.ts';
import { readBody } from '../net/http/read-body.ts';
import type { HttpTransport } from '../net/http/transport.ts';

/** Larger than a page of any list. */
const MAX_BYTES = 256 * 1024 * 1024;

/** The server did not begin to respond in time. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
}

/**
 * Sends one request and resolves with the head of the response; the signal ends the reading of its body as well.
 * @param timeout milliseconds until the response has to begin, with the time to resolve a name and to connect
 * @throws NoAnswerError, an AbortError, or a NetworkError
 */
export async function exchange(
  transport: HttpTransport,
  request: Omit<HttpRequest, 'lane' | 'signal'>,
  timeout: number,
  signal: AbortSignal,
): Promise<HttpResponse> {
  if (signal.aborted) throw abortError();
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), timeout);
  try {
    return await transport.send({ ...request, lane: 'small', signal: AbortSignal.any([signal, late.signal]) });
  } catch (error) {
    if (signal.aborted) throw abortError();
    throw late.signal.aborted ? new NoAnswerError() : error;
  } finally {
    clearTimeout(timer);
  }
}

/** @throws BodyTooLargeError, NetworkError */
export async function readText({ body }: HttpResponse): Promise<string> {
  return (await readBody(body, MAX_BYTES)).toString('utf8');
}
