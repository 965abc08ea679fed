import { readFile } from 'node:fs/promises';

import { formatBytes } from '../base/format.ts';
import { cliCredentials } from './credentials.ts';
import { InProcessEngine } from '../relocation/in-process-engine.ts';
import type { ConnectionSettings } from '../oci/connection-settings.ts';
import type { RelocationReport } from '../relocation/report.ts';
import type { RelocationRequest } from '../relocation/request.ts';
import { cliError } from './errors.ts';
import type { FlagValues } from './flags.ts';
import { writeFileWhole } from './write-file-whole.ts';
import type { Console } from './console.ts';

/** `carvel-airgap copy`: plan, run, report. */
export async function copyCommand(flags: FlagValues, console: Console, signal: AbortSignal): Promise<void> {
  const request = requestOf(flags);
  const connection = await connectionOf(flags);
  const engine = new InProcessEngine({ connection, credentials: cliCredentials(process.env) });
  const onEvent = console.listener();
  const planned = await engine.plan(request, { signal, onEvent, depth: 'run' });
  for (const { name, digest, current } of planned.view.tags) {
    if (current !== undefined && current !== digest) {
      console.warn(`The tag ${name} at ${planned.view.destination} points at ${current} and will point at ${digest}`);
    }
  }
  const report = await planned.run({ signal, onEvent });
  const lockFile = flags.text('lock-output');
  if (lockFile !== undefined) await writeFileWhole(lockFile, report.lock?.text ?? '');
  console.finish(summaryOf(report));
}

function requestOf(flags: FlagValues): RelocationRequest {
  const [bundle, tar] = [flags.text('bundle'), flags.text('tar')];
  if ((bundle === undefined) === (tar === undefined)) throw cliError('one-source');
  const repository = flags.text('to-repo');
  if (repository === undefined) throw cliError('one-destination');
  return {
    source: bundle === undefined ? { kind: 'archive', path: tar ?? '' } : { kind: 'bundle', reference: bundle },
    destination: { kind: 'repository', repository },
  };
}

async function connectionOf(flags: FlagValues): Promise<ConnectionSettings> {
  const concurrency = flags.number('concurrency');
  return {
    allowHttp: flags.boolean('registry-insecure') ?? false,
    verifyCertificates: flags.boolean('registry-verify-certs') ?? true,
    caCertificates: await Promise.all(flags.list('registry-ca-cert-path').map(readCertificate)),
    trustedTokenRealms: flags.list('trust-token-realm'),
    ...(concurrency === undefined ? {} : { concurrency }),
  };
}

async function readCertificate(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const reason = `Reading CA certificates from '${path}': ${error instanceof Error ? error.message : String(error)}`;
    throw cliError('flag-value', { flag: '--registry-ca-cert-path', reason }, error);
  }
}

function summaryOf(report: RelocationReport): string {
  const { images, blobs, bytes, seconds } = report;
  const skipped = blobs.skipped === 0 ? '' : `, ${blobs.skipped} non-distributable left out`;
  const where = report.root === undefined ? report.destination : report.root.reference;
  return [
    `Relocated to ${where}`,
    ...report.tags.map((tag) => `Tagged ${report.destination}:${tag}`),
    `${images.total} images: ${images.copied} copied, ${images.present} already there`,
    `${blobs.copied + blobs.mounted + blobs.present + blobs.skipped} blobs: ${blobs.copied} copied, ${blobs.mounted} mounted, ${blobs.present} already there${skipped}`,
    `${formatBytes(bytes.copied)} copied in ${seconds.toFixed(1)} s`,
  ].join('\n');
}
