// One measurement of `npm run bench:http`, in a process of its own.
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { Pool } from 'undici';

import { HttpTransport } from '../src/net/http/transport.ts';

export interface Transfer {
  readonly origin: string;
  readonly caFile: string;
  readonly direction: 'download' | 'upload';
  readonly client: 'undici' | 'wire';
  /** Download: pieces are only valid until the next one. Upload: pieces come from one buffer instead of new ones. */
  readonly zeroCopy: boolean;
  readonly bytes: number;
}

export interface Transferred {
  readonly cpuSeconds: number;
  readonly seconds: number;
}

const WARM_UP = 128 * 1024 * 1024;
const PIECE = 256 * 1024;
const { signal } = new AbortController();

/** The relocation's source: a buffer that is filled again for each piece, and copied if the client keeps pieces. */
async function* pieces(bytes: number, zeroCopy: boolean): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.alloc(PIECE, 'blob');
  for (let left = bytes; left > 0; left -= PIECE) {
    const piece = buffer.subarray(0, Math.min(left, PIECE));
    yield await Promise.resolve(zeroCopy ? piece : Buffer.from(piece));
  }
}

type Send = (bytes: number) => Promise<AsyncIterable<Uint8Array>>;

function byOwnClient({ origin, caFile, direction, zeroCopy }: Transfer): Send {
  const transport = new HttpTransport({ servers: [{ host: new URL(origin).host, caFiles: [caFile] }] });
  return async (bytes) => {
    const url = new URL(`/${bytes}`, origin);
    const options = { url, lane: 'blob', zeroCopy, signal } as const;
    const response = await (direction === 'download'
      ? transport.send({ ...options, method: 'GET', headers: {} })
      : transport.send({
          ...options,
          method: 'PUT',
          headers: { 'content-length': String(bytes) },
          body: pieces(bytes, zeroCopy),
        }));
    return response.body;
  };
}

async function byUndici({ origin, caFile, direction, zeroCopy }: Transfer): Promise<Send> {
  const pool = new Pool(origin, { connections: 1, connect: { ca: await readFile(caFile, 'utf8') } });
  return async (bytes) => {
    const path = `/${bytes}`;
    const response = await (direction === 'download'
      ? pool.request({ path, method: 'GET' })
      : pool.request({
          path,
          method: 'PUT',
          headers: { 'content-length': String(bytes) },
          body: Readable.from(pieces(bytes, zeroCopy), { objectMode: false }),
        }));
    return response.body as AsyncIterable<Uint8Array>;
  };
}

async function transfer(send: Send, { origin, direction }: Transfer, bytes: number): Promise<void> {
  let received = 0;
  for await (const piece of await send(bytes)) received += piece.byteLength;
  if (received !== (direction === 'upload' ? 0 : bytes)) throw new Error(`${origin} sent ${received} bytes`);
}

const given = JSON.parse(process.argv[2] ?? '') as Transfer;
const send = given.client === 'undici' ? await byUndici(given) : byOwnClient(given);
await transfer(send, given, WARM_UP);
const [cpu, since] = [process.cpuUsage(), performance.now()];
await transfer(send, given, given.bytes);
const { user, system } = process.cpuUsage(cpu);
const result: Transferred = { cpuSeconds: (user + system) / 1e6, seconds: (performance.now() - since) / 1000 };
process.send?.(result, () => process.exit());
