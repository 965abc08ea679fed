import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { RequestOptions } from 'node:https';
import { addAbortSignal } from 'node:stream';
import { abortError } from '../base/errors.ts';

/** The server did not begin to respond in time. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
}

/**
 * Sends one request and resolves with the head of the response; the body follows as a stream, which the signal ends as
 * well. Rejects with NoAnswerError if the head has not arrived after `timeout` milliseconds, with an AbortError as soon
 * as the signal aborts (even while connecting through a proxy or resolving a name), else with Node's own error.
 */
export function send(
  url: URL,
  options: RequestOptions,
  body: string | undefined,
  timeout: number,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(abortError());
      return;
    }
    const request = (url.protocol === 'http:' ? httpRequest : httpsRequest)(url, options);
    const onAbort = (): void => fail(abortError());
    const timer = setTimeout(() => fail(new NoAnswerError()), timeout);
    signal.addEventListener('abort', onAbort, { once: true });
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
    const fail = (error: Error): void => {
      settle();
      request.destroy();
      reject(error);
    };
    // Stays attached for errors after the response has begun; those reach the reader through the body's stream.
    request.on('error', fail);
    request.once('socket', (socket) => {
      // Detects a dead connection after about 40 s, even if nothing is sent for long, as in a watch.
      socket.setKeepAlive(true, 30_000);
    });
    request.once('response', (response) => {
      settle();
      resolve(addAbortSignal(signal, response));
    });
    request.end(body);
  });
}
