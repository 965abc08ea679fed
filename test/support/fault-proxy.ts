// A proxy in front of a real registry that applies scripted faults of networks, proxies and registries to selected
// requests. It forwards all other requests unchanged, and records what passed.
import { once } from 'node:events';
import type { Socket } from 'node:net';
import {
  createServer,
  request,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http';

import { dripped } from './dripped.ts';

/** What happens to a request. Counts are bytes of a body. */
export type Action =
  /**
   * Resets the connection: before the registry sees the request, or after a number of bytes of the response's or the
   * request's body.
   */
  | { readonly do: 'reset'; readonly afterAnswer?: number; readonly afterBody?: number }
  /** Closes the connection as if everything had been sent. */
  | { readonly do: 'end'; readonly afterAnswer: number }
  /** Stops forwarding, but keeps the connection open. */
  | { readonly do: 'stall'; readonly afterAnswer?: number; readonly afterBody?: number }
  /** Sends a number of bytes of the response body one by one, with a pause after each. */
  | { readonly do: 'drip'; readonly afterAnswer: number; readonly bytes: number; readonly milliseconds: number }
  /**
   * Sends a response instead of the registry's. `done`: the registry has processed the request, but its response is
   * lost.
   */
  | {
      readonly do: 'answer';
      readonly status: number;
      readonly headers?: OutgoingHttpHeaders;
      readonly body?: string;
      readonly done?: boolean;
    }
  /** Changes one byte of the response body. */
  | { readonly do: 'corrupt'; readonly at: number }
  /** Forwards the registry's response with a changed header. */
  | {
      readonly do: 'headers';
      readonly change: (headers: IncomingHttpHeaders) => OutgoingHttpHeaders;
      readonly status?: number;
    }
  /** Changes the request's headers before the registry sees them. */
  | { readonly do: 'ask'; readonly change: (headers: IncomingHttpHeaders) => void };

export interface Fault {
  readonly method: string;
  /** Matches the path including its query. */
  readonly path: RegExp;
  /** Only bodies with at least this Content-Length. */
  readonly least?: number;
  /** Only requests that arrive while more than this many are pending; default: all. */
  readonly beyond?: number;
  /** Number of matching requests that pass first; default 0. */
  readonly skip?: number;
  /** Number of matching requests that are affected then; default 1. */
  readonly times?: number;
  /** No request is affected any more once this has returned true. */
  readonly until?: () => boolean;
  readonly action: Action;
}

export interface Passed {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  status: number;
  /** Bytes of the bodies forwarded so far. */
  sent: number;
  received: number;
  readonly isHit: boolean;
  /** Pending requests when this one arrived, including itself. */
  readonly underWay: number;
}

export interface FaultProxy {
  /** `127.0.0.1:<port>` */
  readonly host: string;
  readonly passed: Passed[];
  /** Replaces the faults and clears the record. */
  arm(faults: readonly Fault[]): void;
  /**
   * The number of open connections. Reads what stalled requests have sent, because only then the end of a connection
   * closed by the client is noticed.
   */
  connections(): Promise<number>;
  /** Resets all connections now. */
  breakAll(): void;
  stop(): Promise<void>;
}

/** @param target host:port; can be changed, for a registry that restarts at another port */
export async function startFaultProxy(target: { host: string }): Promise<FaultProxy> {
  let faults: { fault: Fault; seen: number; isOver: boolean }[] = [];
  const passed: Passed[] = [];
  let underWay = 0;
  const stalled = new Set<IncomingMessage>();
  const server = createServer((incoming, answer) => {
    underWay++;
    answer.on('close', () => underWay--);
    let action: Action | undefined;
    // Each fault counts its matching requests separately; if several apply, the first one acts.
    for (const each of faults.filter(({ fault }) => underWay > (fault.beyond ?? 0) && matches(fault, incoming))) {
      const { skip = 0, times = 1, until } = each.fault;
      each.isOver ||= until?.() ?? false;
      if (each.isOver) continue;
      const seen = each.seen++;
      if (seen >= skip && seen < skip + times) action ??= each.fault.action;
    }
    const note: Passed = {
      method: incoming.method ?? '',
      path: incoming.url ?? '',
      headers: incoming.headers,
      status: 0,
      sent: 0,
      received: 0,
      isHit: action !== undefined,
      underWay,
    };
    passed.push(note);
    if (action?.do === 'stall') {
      stalled.add(incoming);
      answer.on('close', () => stalled.delete(incoming));
    }
    new Exchange(incoming, answer, note, action).run(target.host);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  const { port } = server.address() as { port: number };
  return {
    host: `127.0.0.1:${port}`,
    passed,
    arm(next) {
      faults = next.map((fault) => ({ fault, seen: 0, isOver: false }));
      passed.length = 0;
    },
    connections: () => {
      for (const incoming of stalled) incoming.resume();
      return new Promise((resolve) => server.getConnections((_, count) => resolve(count)));
    },
    breakAll: () => server.closeAllConnections(),
    async stop() {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}

function matches({ method, path, least = 0 }: Fault, { method: own, url = '', headers }: IncomingMessage): boolean {
  return method === own && path.test(url) && Number(headers['content-length'] ?? 0) >= least;
}

class Exchange {
  readonly #incoming: IncomingMessage;
  readonly #answer: ServerResponse;
  /** Kept because a message no longer refers to its socket once the connection has ended. */
  readonly #socket: Socket;
  readonly #note: Passed;
  readonly #action: Action | undefined;

  constructor(incoming: IncomingMessage, answer: ServerResponse, note: Passed, action: Action | undefined) {
    this.#incoming = incoming;
    this.#socket = incoming.socket;
    this.#answer = answer;
    this.#note = note;
    this.#action = action;
    answer.on('error', () => undefined);
    incoming.on('error', () => undefined);
  }

  run(target: string): void {
    const action = this.#action;
    if (action?.do === 'reset' && action.afterAnswer === undefined && action.afterBody === undefined) {
      this.#socket.resetAndDestroy();
    } else if (action?.do === 'stall' && action.afterAnswer === undefined && action.afterBody === undefined) {
      this.#incoming.pause();
    } else if (action?.do === 'answer' && action.done !== true) {
      this.#say(action);
      this.#incoming.resume();
    } else this.#handOn(target);
  }

  #handOn(target: string): void {
    const { method, url, headers } = this.#incoming;
    const [hostname, port] = target.split(':');
    if (this.#action?.do === 'ask') this.#action.change(headers);
    const onward = request({ hostname, port, method, path: url, headers }, (response) => void this.#back(response));
    onward.on('error', () => this.#socket.destroy());
    this.#answer.on('close', () => {
      if (!this.#answer.writableFinished) onward.destroy();
    });
    void this.#forward(onward);
  }

  async #forward(onward: ReturnType<typeof request>): Promise<void> {
    const action = this.#action;
    const limit = action?.do === 'reset' || action?.do === 'stall' ? action.afterBody : undefined;
    try {
      for await (const chunk of this.#incoming as AsyncIterable<Buffer>) {
        const piece = limit === undefined ? chunk : chunk.subarray(0, limit - this.#note.sent);
        this.#note.sent += piece.byteLength;
        if (!onward.write(piece)) await once(onward, 'drain');
        if (limit === undefined || this.#note.sent < limit) continue;
        if (action?.do === 'reset') {
          onward.destroy();
          this.#socket.resetAndDestroy();
        }
        if (action?.do === 'stall') await new Promise((resolve) => this.#socket.on('close', resolve));
        onward.destroy();
        return;
      }
      onward.end();
    } catch {
      onward.destroy();
    }
  }

  async #back(response: IncomingMessage): Promise<void> {
    const action = this.#action;
    if (action?.do === 'answer') {
      response.resume();
      await once(response, 'end');
      return this.#say(action);
    }
    this.#note.status = response.statusCode ?? 0;
    const headers = action?.do === 'headers' ? action.change(response.headers) : response.headers;
    this.#answer.writeHead((action?.do === 'headers' ? action.status : undefined) ?? this.#note.status, headers);
    const isCut = action?.do === 'reset' || action?.do === 'end' || action?.do === 'stall';
    const limit = isCut ? action.afterAnswer : undefined;
    try {
      const body = action?.do === 'drip' ? dripped(response, action) : response;
      for await (const chunk of body as AsyncIterable<Buffer>) {
        const piece = Buffer.from(limit === undefined ? chunk : chunk.subarray(0, limit - this.#note.received));
        if (action?.do === 'corrupt') {
          const at = action.at - this.#note.received;
          if (at >= 0 && at < piece.byteLength) piece[at] = (piece[at] ?? 0) ^ 0xff;
        }
        this.#note.received += piece.byteLength;
        await new Promise((resolve) => this.#answer.write(piece, resolve));
        // The client has gone: dripping would continue until the last byte.
        if (this.#socket.destroyed) break;
        if (limit === undefined || this.#note.received < limit) continue;
        if (action?.do === 'reset') this.#socket.resetAndDestroy();
        if (action?.do === 'end') this.#socket.destroy();
        if (action?.do === 'stall') await once(this.#socket, 'close');
        response.destroy();
        return;
      }
      this.#answer.end();
    } catch {
      this.#socket.destroy();
    }
  }

  #say({ status, headers = {}, body = '' }: Extract<Action, { do: 'answer' }>): void {
    this.#note.status = status;
    this.#answer.writeHead(status, { 'content-length': String(Buffer.byteLength(body)), ...headers });
    this.#answer.end(this.#note.method === 'HEAD' ? undefined : body);
  }
}
