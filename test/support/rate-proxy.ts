// Stands for a registry with a limit of requests: answers 429 to what comes above it.
import { request } from 'node:http';

import { type HttpServer, startHttpServer } from './http-server.ts';

export interface RateProxy extends HttpServer {
  /** Requests so far, and how many of them were refused. */
  readonly asked: number;
  readonly refused: number;
}

/**
 * @param target host:port
 * @param perSecond how many requests pass within any second
 */
export async function startRateProxy(target: string, perSecond: number): Promise<RateProxy> {
  const [host = '', port = ''] = target.split(':');
  const passed: number[] = [];
  let [asked, refused] = [0, 0];
  const server = await startHttpServer((incoming, outgoing) => {
    const now = performance.now();
    asked++;
    while (passed[0] !== undefined && passed[0] <= now - 1000) passed.shift();
    if (passed.length >= perSecond) {
      refused++;
      incoming.resume();
      outgoing.writeHead(429, { 'retry-after': '1', 'content-type': 'application/json' });
      outgoing.end('{"errors":[{"code":"TOOMANYREQUESTS","message":"too many requests"}]}');
      return;
    }
    passed.push(now);
    const { method, url, headers } = incoming;
    const forwarded = request({ host, port, method, path: url, headers }, (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(outgoing);
    });
    forwarded.on('error', () => outgoing.destroy());
    outgoing.on('close', () => forwarded.destroy());
    incoming.pipe(forwarded);
  });
  return {
    ...server,
    get asked() {
      return asked;
    },
    get refused() {
      return refused;
    },
  };
}
