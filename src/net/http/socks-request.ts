import { once } from 'node:events';
import { isIPv4, isIPv6, SocketAddress } from 'node:net';
import type { Socket } from 'node:net';

const VERSION = 5;
const NO_AUTHENTICATION = 0;
const USER_AND_PASSWORD = 2;
const CONNECT = 1;
const [IPV4, NAME, IPV6] = [1, 3, 4];

/** RFC 1928, section 6. */
const REFUSALS: readonly string[] = [
  '',
  'it failed',
  'its rules do not allow the connection',
  'network unreachable',
  'host unreachable',
  'connection refused',
  'the connection timed out',
  'it does not support connections',
  'it does not support this kind of address',
];

/**
 * Asks a SOCKS5 proxy for a tunnel, over a connection to it (RFC 1928). The proxy resolves the name.
 * @param authorization user and password, as the value of Proxy-Authorization (RFC 1929)
 * @returns what an HTTP proxy would answer: 200, or 407 if the proxy wants another user or password
 */
export async function requestSocksTunnel(
  socket: Socket,
  host: string,
  port: number,
  authorization: string | undefined,
): Promise<200 | 407> {
  const methods = authorization === undefined ? [NO_AUTHENTICATION] : [NO_AUTHENTICATION, USER_AND_PASSWORD];
  socket.write(Buffer.from([VERSION, methods.length, ...methods]));
  const [version, method = 0xff] = await readExactly(socket, 2);
  if (version !== VERSION) throw new Error('it does not respond like a SOCKS5 proxy');
  if (!methods.includes(method)) return 407;
  if (method === USER_AND_PASSWORD) {
    socket.write(userAndPassword(authorization ?? ''));
    const [, status] = await readExactly(socket, 2);
    if (status !== 0) return 407;
  }
  const target = Buffer.alloc(2);
  target.writeUInt16BE(port);
  socket.write(Buffer.concat([Buffer.from([VERSION, CONNECT, 0]), addressOf(host), target]));
  const [, reply = 1, , type] = await readExactly(socket, 4);
  if (reply !== 0) throw new Error(REFUSALS[reply] ?? `it answered ${reply}`);
  const [length = 0] = type === NAME ? await readExactly(socket, 1) : [type === IPV6 ? 16 : 4];
  await readExactly(socket, length + 2);
  return 200;
}

function userAndPassword(authorization: string): Buffer {
  const text = Buffer.from(authorization.replace(/^Basic /, ''), 'base64');
  const colon = text.indexOf(':');
  const [user, password] = [text.subarray(0, colon), text.subarray(colon + 1)];
  if (user.length > 255 || password.length > 255) throw new Error('its user or password is longer than 255 bytes');
  return Buffer.concat([Buffer.from([1, user.length]), user, Buffer.from([password.length]), password]);
}

function addressOf(host: string): Buffer {
  if (isIPv4(host)) return Buffer.from([IPV4, ...host.split('.').map(Number)]);
  if (isIPv6(host)) return Buffer.concat([Buffer.from([IPV6]), ipv6Bytes(host)]);
  const name = Buffer.from(host);
  if (name.length > 255) throw new Error('the host name is longer than 255 bytes');
  return Buffer.concat([Buffer.from([NAME, name.length]), name]);
}

function ipv6Bytes(host: string): Buffer {
  // A URL's host has no embedded IPv4 address and no zone.
  const { address } = new SocketAddress({ address: host, family: 'ipv6' });
  const [head = [], tail = []] = address.split('::').map((half) => half.split(':').filter((group) => group !== ''));
  const groups = [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail];
  return Buffer.from(groups.map((group) => group.padStart(4, '0')).join(''), 'hex');
}

/** Leaves what follows unread. */
async function readExactly(socket: Socket, bytes: number): Promise<Buffer> {
  for (;;) {
    const found = socket.read(bytes) as Buffer | null;
    if (found?.length === bytes) return found;
    // At its end a stream gives what is left, which is less.
    if (found !== null || socket.readableEnded || socket.destroyed) throw new Error('it closed the connection');
    const listening = new AbortController();
    const next = ['readable', 'end', 'close'].map((event) => once(socket, event, { signal: listening.signal }));
    await Promise.race(next).finally(() => listening.abort());
  }
}
