import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import type { Certificate } from '../../support/certificates.ts';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  /** Each value of a header by itself. */
  readonly headersDistinct: IncomingMessage['headersDistinct'];
  readonly body: string;
}

type Listener = ReturnType<typeof createServer> | ReturnType<typeof createTlsServer>;

export type Answer = (request: SeenRequest, response: ServerResponse) => void;

/** An API server with scripted answers: one per path, called for each request to it. */
export class ScriptedServer {
  readonly url: string;
  readonly seen: SeenRequest[] = [];
  readonly #server: Listener;
  readonly #answers = new Map<string, Answer>();
  readonly #waiting = new Set<() => void>();

  /** Over TLS where there is a certificate. */
  static async start(tls?: Certificate): Promise<ScriptedServer> {
    const server =
      tls === undefined
        ? createServer()
        : createTlsServer({ cert: await readFile(tls.certFile), key: await readFile(tls.keyFile) });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new ScriptedServer(server, tls === undefined ? 'http' : 'https');
  }

  private constructor(server: Listener, scheme: 'http' | 'https') {
    this.#server = server;
    this.url = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => void this.#handle(request, response));
  }

  on(path: string, answer: Answer): this {
    this.#answers.set(path, answer);
    return this;
  }

  /** Resolves when so many requests have come that fit. */
  async requests(count: number, fits: (request: SeenRequest) => boolean): Promise<SeenRequest[]> {
    for (;;) {
      const found = this.seen.filter(fits);
      if (found.length >= count) return found;
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk as string;
    const url = new URL(request.url ?? '/', this.url);
    const { method = '', headers, headersDistinct } = request;
    const seen = { method, path: url.pathname, query: url.searchParams, headers, headersDistinct, body };
    this.seen.push(seen);
    const answer = this.#answers.get(url.pathname);
    if (answer === undefined) response.writeHead(404, { 'Content-Type': 'text/plain' }).end('404 page not found\n');
    else answer(seen, response);
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}

export function json(value: unknown, status = 200): Answer {
  return (_request, response) => {
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
  };
}

/** A Kubernetes Status, as API servers send it. */
export function status(code: number, reason: string, message = reason, details: object = {}): Answer {
  return json({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message, details }, code);
}

/** Answers the requests to one path one after the other; the last answer stays. */
export function inTurn(...answers: readonly Answer[]): Answer {
  let turn = 0;
  return (request, response) => answers[Math.min(turn++, answers.length - 1)]?.(request, response);
}

/** Takes the request and never answers. */
export const silence: Answer = () => undefined;

/** Lists on GET, and hands watches to `watch`. */
export function listOrWatch(list: Answer, watch: Answer): Answer {
  return (request, response) => (request.query.has('watch') ? watch : list)(request, response);
}

export function listOf(items: readonly unknown[], resourceVersion: string, next?: string): Answer {
  return json({ kind: 'List', metadata: { resourceVersion, ...(next && { continue: next }) }, items });
}

/** An open watch that a test writes events to. */
export class ScriptedWatch {
  readonly opened: Promise<ServerResponse>;
  readonly answer: Answer;

  constructor() {
    let opened: (response: ServerResponse) => void = () => undefined;
    this.opened = new Promise((resolve) => (opened = resolve));
    this.answer = (_request, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.flushHeaders();
      opened(response);
    };
  }

  async send(...events: readonly object[]): Promise<void> {
    const response = await this.opened;
    for (const event of events) response.write(`${JSON.stringify(event)}\n`);
  }

  async end(): Promise<void> {
    (await this.opened).end();
  }

  /** Breaks the connection in the middle of the answer. */
  async cut(): Promise<void> {
    (await this.opened).socket?.destroy();
  }
}
