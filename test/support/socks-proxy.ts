// A SOCKS5 proxy (RFC 1928, RFC 1929), which also resolves extra names.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export interface SocksProxy {
  /** With user and password, if it requires them. */
  readonly url: string;
  /** host:port of the connections that were asked for. */
  readonly asked: readonly string[];
  stop(): Promise<void>;
}

export interface SocksProxyOptions {
  readonly user?: { readonly name: string; readonly password: string };
  /** host:port → host:port */
  readonly names?: Readonly<Record<string, string>>;
  /** Answers every connection with this reply (RFC 1928, section 6). */
  readonly reply?: number;
}

export async function startSocksProxy({ user, names = {}, reply }: SocksProxyOptions = {}): Promise<SocksProxy> {
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const serve = async (near: Socket): Promise<void> => {
    const [, count = 0] = await read(near, 2);
    const methods = await read(near, count);
    const method = user === undefined ? 0 : 2;
    near.write(Buffer.from([5, methods.includes(method) ? method : 0xff]));
    if (!methods.includes(method)) return void near.end();
    if (user !== undefined) {
      const [, nameLength = 0] = await read(near, 2);
      const name = (await read(near, nameLength)).toString();
      const [passwordLength = 0] = await read(near, 1);
      const isKnown = (await read(near, passwordLength)).toString() === user.password && name === user.name;
      near.write(Buffer.from([1, isKnown ? 0 : 1]));
      if (!isKnown) return void near.end();
    }
    const [, , , type] = await read(near, 4);
    const target = `${await readHost(near, type)}:${(await read(near, 2)).readUInt16BE()}`;
    asked.push(target);
    if (reply !== undefined) return void near.end(Buffer.from([5, reply, 0, 1, 0, 0, 0, 0, 0, 0]));
    const { hostname, port } = new URL(`http://${names[target] ?? target}`);
    const far = connect(Number(port), hostname.replace(/[[\]]/g, ''));
    sockets.add(far);
    far.on('error', () => near.destroy());
    await once(far, 'connect');
    // With a name as the bound address, whose length the client has to read.
    near.write(Buffer.concat([Buffer.from([5, 0, 0, 3, 5]), Buffer.from('bound'), Buffer.from([0, 0])]));
    near.pipe(far).pipe(near);
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    serve(socket).catch(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const login = user === undefined ? '' : `${user.name}:${encodeURIComponent(user.password)}@`;
  return {
    url: `socks5://${login}127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readHost(socket: Socket, type: number | undefined): Promise<string> {
  if (type === 1) return [...(await read(socket, 4))].join('.');
  if (type === 4) return `[${(await read(socket, 16)).toString('hex').replace(/(.{4})(?=.)/g, '$1:')}]`;
  const [length = 0] = await read(socket, 1);
  return (await read(socket, length)).toString();
}

async function read(socket: Socket, bytes: number): Promise<Buffer> {
  for (;;) {
    const found = socket.read(bytes) as Buffer | null;
    if (found !== null) return found;
    await once(socket, 'readable');
  }
}
