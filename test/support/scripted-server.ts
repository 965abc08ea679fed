// A server with scripted responses that records its requests: for registries that cannot run here, and for malicious
// ones.
import type { IncomingHttpHeaders } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { Certificate } from './certificates.ts';
import { startHttpServer } from './http-server.ts';

export interface Asked {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly bytes: Buffer;
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Chunks of unknown length end with the connection; if the iterator throws, the connection is reset. */
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
}

export interface ScriptedServer {
  /** `127.0.0.1:<port>` */
  readonly host: string;
  readonly asked: readonly Asked[];
  /** The Authorization headers received, '' for none. */
  authorizations(): string[];
  stop(): Promise<void>;
}

/**
 * @param answer undefined responds with 404; a bare status or text is short for a response
 * @param tls serves https with this certificate
 */
export async function startScriptedServer(
  answer: (asked: Asked) => Answer | number | string | undefined,
  tls?: Certificate,
): Promise<ScriptedServer> {
  const asked: Asked[] = [];
  const server = await startHttpServer((request, response) => {
    void buffer(request).then(async (bytes) => {
      const { method = '', url = '', headers } = request;
      const question = { method, url, headers, body: bytes.toString(), bytes };
      asked.push(question);
      const given = answer(question) ?? 404;
      const full: Answer =
        typeof given === 'number' ? { status: given } : typeof given === 'string' ? { body: given } : given;
      const closed = new Promise((resolve) => response.on('error', () => undefined).once('close', resolve));
      response.writeHead(full.status ?? 200, full.headers);
      if (typeof full.body === 'string' || full.body instanceof Uint8Array || full.body === undefined) {
        return response.end(full.body);
      }
      try {
        for await (const chunk of full.body) {
          if (response.destroyed) return undefined;
          await Promise.race([new Promise((sent) => response.write(chunk, sent)), closed]);
        }
      } catch {
        return response.destroy();
      }
      return response.end();
    });
  }, tls);
  return {
    host: server.host,
    asked,
    authorizations: () => asked.map(({ headers }) => headers.authorization ?? ''),
    stop: () => server.stop(),
  };
}
