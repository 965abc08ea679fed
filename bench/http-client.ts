// `npm run bench:http`: CPU time per GB of a large blob through our own HTTP/1.1 client (src/net/wire) and through undici, for
// downloads and uploads, http and https. `--mib N` for each transfer, `--rounds N`. A server in this process sends and receives;
// only the CPU time of the client's process counts, after a first transfer that warms it up. A round measures each case once, in
// alternating order; the ratio compares the two clients within each round.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { createAuthority } from '../test/support/certificates.ts';
import { startHttpServer } from '../test/support/http-server.ts';
import { makeTemporaryFolder } from '../test/support/lifetime.ts';
import type { Transfer, Transferred } from './http-client-transfer.ts';
import { median } from './report.ts';

const { values } = parseArgs({
  options: { mib: { type: 'string', default: '1024' }, rounds: { type: 'string', default: '5' } },
});
const MIB = 1024 * 1024;
const GB = 1e9;
const bytes = Number(values.mib) * MIB;
const rounds = Number(values.rounds);

const CLIENTS = [
  { client: 'undici', zeroCopy: false },
  { client: 'wire', zeroCopy: false },
  { client: 'wire', zeroCopy: true },
] as const;

interface Case {
  readonly transfer: Transfer;
  readonly cpu: number[];
  readonly seconds: number[];
}

const piece = Buffer.alloc(256 * 1024, 'blob');

/** GET sends as many bytes as the path says; PUT takes what comes. */
function serve(request: IncomingMessage, response: ServerResponse): void {
  if (request.method === 'PUT') {
    request.resume().on('end', () => response.writeHead(201, { 'content-length': 0 }).end());
    return;
  }
  let left = Number(request.url?.slice(1));
  response.writeHead(200, { 'content-length': left });
  const send = (): void => {
    while (left > 0) {
      const next = piece.subarray(0, Math.min(left, piece.byteLength));
      left -= next.byteLength;
      if (!response.write(next)) return void response.once('drain', send);
    }
    response.end();
  };
  send();
}

async function measure(transfer: Transfer): Promise<Transferred> {
  const child = fork(fileURLToPath(new URL('http-client-transfer.ts', import.meta.url)), [JSON.stringify(transfer)]);
  const [[result]] = await Promise.all([once(child, 'message') as Promise<[Transferred]>, once(child, 'exit')]);
  return result;
}

const folder = await makeTemporaryFolder('bench-http');
const authority = await createAuthority(folder.path, 'authority');
const certificate = await authority.issueServer('server', ['127.0.0.1']);
const servers = { http: await startHttpServer(serve), https: await startHttpServer(serve, certificate) };
const cases: Case[] = (['http', 'https'] as const).flatMap((scheme) =>
  (['download', 'upload'] as const).flatMap((direction) =>
    CLIENTS.map(({ client, zeroCopy }) => ({
      transfer: {
        origin: `${scheme}://${servers[scheme].host}`,
        caFile: authority.certFile,
        direction,
        client,
        zeroCopy,
        bytes,
      },
      cpu: [],
      seconds: [],
    })),
  ),
);
for (let round = 0; round < rounds; round++) {
  for (const each of round % 2 === 0 ? cases : cases.toReversed()) {
    const { cpuSeconds, seconds } = await measure(each.transfer);
    each.cpu.push(cpuSeconds / (bytes / GB));
    each.seconds.push(seconds);
  }
}
console.log(`${rounds} rounds of ${values.mib} MiB for each case`);
console.log('| transfer | client | CPU s/GB, median (range) | ratio to undici, median (range) | MB/s |');
console.log('| --- | --- | --- | --- | --- |');
for (let index = 0; index < cases.length; index += CLIENTS.length) {
  const [undici, ...own] = cases.slice(index, index + CLIENTS.length);
  for (const { transfer, cpu, seconds } of undici === undefined ? [] : [undici, ...own]) {
    const ratios = cpu.map((value, round) => value / (undici?.cpu[round] ?? NaN));
    const name = transfer.client === 'undici' ? 'undici' : `own, zero-copy ${transfer.zeroCopy ? 'on' : 'off'}`;
    const what = `${transfer.direction}, ${transfer.origin.slice(0, transfer.origin.indexOf(':'))}`;
    const speed = (bytes / 1e6 / median(seconds)).toFixed(0);
    console.log(
      `| ${what} | ${name} | ${summary(cpu)} | ${transfer.client === 'undici' ? '1' : summary(ratios)} | ${speed} |`,
    );
  }
}
for (const server of Object.values(servers)) await server.stop();
await folder.remove();

function summary(figures: readonly number[]): string {
  return `${median(figures).toFixed(2)} (${Math.min(...figures).toFixed(2)}–${Math.max(...figures).toFixed(2)})`;
}
