// A registry that takes only so many requests per second, as a gateway in front of a real one does.
import { forward, type HttpServer, startHttpServer } from './http-server.ts';

export interface RateLimit extends HttpServer {
  /** Requests so far. */
  readonly accepted: number;
  readonly refused: number;
}

/**
 * Forwards at most `perSecond` requests in any second to a server (host:port), and answers others with 429.
 * @param retryAfter the header's value
 */
export async function startRateLimit(
  target: string,
  { perSecond, retryAfter }: { readonly perSecond: number; readonly retryAfter?: string | undefined },
): Promise<RateLimit> {
  const recent: number[] = [];
  let [accepted, refused] = [0, 0];
  const server = await startHttpServer((incoming, answer) => {
    const now = performance.now();
    while (recent[0] !== undefined && recent[0] <= now - 1000) recent.shift();
    if (recent.length < perSecond) {
      recent.push(now);
      accepted++;
      forward(target, incoming, answer);
      return;
    }
    refused++;
    incoming.resume();
    answer.writeHead(429, retryAfter === undefined ? {} : { 'retry-after': retryAfter });
    answer.end(JSON.stringify({ errors: [{ code: 'TOOMANYREQUESTS', message: 'too many requests' }] }));
  });
  return {
    ...server,
    get accepted() {
      return accepted;
    },
    get refused() {
      return refused;
    },
  };
}
