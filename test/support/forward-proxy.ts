// A forward proxy as in company networks: CONNECT for https, absolute URLs for http, optionally with a user and a
// password. It also resolves extra names for servers on loopback, because clients never use a proxy for loopback
// itself.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { connect, type Socket } from 'node:net';
import type { Certificate } from './certificates.ts';

export interface ForwardProxyOptions {
  /** Required in Proxy-Authorization; otherwise the proxy responds with 407. */
  readonly user?: { readonly name: string; readonly password: string };
  /** Names it resolves in addition to the machine's: host:port → host:port. */
  readonly names?: Readonly<Record<string, string>>;
  /** Serves the proxy itself over TLS. */
  readonly tls?: Certificate;
  /** Responds to every permitted request with this status. */
  readonly refuse?: number;
}

export interface ForwardProxy {
  /** `127.0.0.1:<port>` */
  readonly host: string;
  /** Its address for settings and the environment, including user and password. */
  readonly url: string;
  /** The requests received, permitted or not: "CONNECT host:port", "GET http://host/path". */
  readonly asked: readonly string[];
  stop(): Promise<void>;
}

export async function startForwardProxy(options: ForwardProxyOptions = {}): Promise<ForwardProxy> {
  const { user, names = {}, tls, refuse } = options;
  const asked: string[] = [];
  const tunnels = new Set<Socket>();
  const expected = user && `Basic ${Buffer.from(`${user.name}:${user.password}`).toString('base64')}`;
  const refusal = ({ headers }: IncomingMessage): number | undefined =>
    expected !== undefined && headers['proxy-authorization'] !== expected ? 407 : refuse;

  const handOn = (incoming: IncomingMessage, answer: ServerResponse): void => {
    const { method, url = '', headers } = incoming;
    asked.push(`${method ?? ''} ${url}`);
    const status = refusal(incoming);
    if (status !== undefined) {
      answer.writeHead(status, { 'proxy-authenticate': 'Basic realm="proxy"' }).end('from the proxy');
      return;
    }
    const { host, pathname, search } = new URL(url);
    const [hostname, port] = (names[host] ?? host).split(':');
    const { 'proxy-authorization': _, ...rest } = headers;
    const onward = request({ hostname, port, method, path: pathname + search, headers: rest }, (response) => {
      answer.writeHead(response.statusCode ?? 500, response.rawHeaders);
      response.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    incoming.pipe(onward);
  };
  const tunnel = (incoming: IncomingMessage, near: Socket): void => {
    const { url: target = '' } = incoming;
    asked.push(`CONNECT ${target}`);
    const status = refusal(incoming);
    if (status !== undefined) {
      near.end(`HTTP/1.1 ${status} No\r\nProxy-Authenticate: Basic realm="proxy"\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const [host = '', port = ''] = (names[target] ?? target).split(':');
    const far = connect({ host, port: Number(port) }, () => {
      near.write('HTTP/1.1 200 Connection established\r\n\r\n');
      near.pipe(far).pipe(near);
    });
    for (const socket of [near, far]) {
      tunnels.add(socket);
      socket.on('error', () => undefined).on('close', () => [near, far].forEach((each) => each.destroy()));
    }
  };

  const server =
    tls === undefined
      ? createServer(handOn)
      : createSecureServer({ cert: await readFile(tls.certFile), key: await readFile(tls.keyFile) }, handOn);
  server.on('connect', tunnel);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  server.unref();
  const { port } = server.address() as { port: number };
  const userinfo = user === undefined ? '' : `${encodeURIComponent(user.name)}:${encodeURIComponent(user.password)}@`;
  return {
    host: `127.0.0.1:${port}`,
    url: `${tls === undefined ? 'http' : 'https'}://${userinfo}127.0.0.1:${port}`,
    asked,
    async stop() {
      for (const socket of tunnels) socket.destroy();
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}
