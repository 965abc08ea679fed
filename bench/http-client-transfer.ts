// One measurement of `npm run bench:http`, in a process of its own.
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

async function transfer(transport: HttpTransport, { origin, direction, client, zeroCopy }: Transfer, bytes: number) {
  // The lane decides which client sends the request.
  const lane = client === 'undici' ? 'small' : 'blob';
  const url = new URL(`/${bytes}`, origin);
  const isUpload = direction === 'upload';
  const response = await transport.send({
    method: isUpload ? 'PUT' : 'GET',
    url,
    headers: isUpload ? { 'content-length': String(bytes) } : {},
    ...(isUpload ? { body: pieces(bytes, zeroCopy) } : {}),
    lane,
    zeroCopy,
    signal,
  });
  let received = 0;
  for await (const piece of response.body) received += piece.byteLength;
  if (received !== (isUpload ? 0 : bytes)) throw new Error(`${url.href} sent ${received} bytes`);
}

const given = JSON.parse(process.argv[2] ?? '') as Transfer;
const { host } = new URL(given.origin);
const transport = new HttpTransport({ servers: [{ host, caFiles: [given.caFile] }] });
await transfer(transport, given, WARM_UP);
const [cpu, since] = [process.cpuUsage(), performance.now()];
await transfer(transport, given, given.bytes);
const { user, system } = process.cpuUsage(cpu);
const result: Transferred = { cpuSeconds: (user + system) / 1e6, seconds: (performance.now() - since) / 1000 };
await transport.close();
process.send?.(result);
process.disconnect();
