import { readFile } from 'node:fs/promises';

import { objectOrEmpty, parseJson } from '../../oci/json.ts';
import { parseReference } from '../../oci/reference.ts';
import type { RelocationReport } from '../../relocation/report.ts';
import type { RelocationOptions, RelocationRequest, RelocationSourceSpec } from '../../relocation/request.ts';
import { cliError } from '../errors.ts';
import { formatDocument } from '../output/document.ts';

/** What `--report` writes: what was asked for, and what came of it. `--retry-failed` reads it. */
export function formatReport(request: RelocationRequest, report: RelocationReport): string {
  const { lock: _, ...told } = report;
  return formatDocument({ kind: 'Report', request, ...told });
}

/**
 * The request that copies what failed, and what could not get its name because of that: the same once more, with its root
 * named by digest. What is there is not copied again.
 * @throws cli.report-invalid
 */
export async function readFailed(path: string): Promise<RelocationRequest> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw invalid(path, error instanceof Error ? error.message : String(error));
  });
  const { kind, request, root, failed } = objectOrEmpty(parseJson(bytes));
  if (kind !== 'Report') throw invalid(path, 'kind: expected Report');
  if (!Array.isArray(failed) || failed.length === 0)
    throw invalid(path, 'failed: no image failed, there is nothing to do');
  const { source, destination, options } = objectOrEmpty(request);
  const digest = objectOrEmpty(root)['digest'];
  return pinned(sourceOf(source, path), destinationOf(destination, path), optionsOf(options, path), text(digest));
}

/** A tag may have moved since: what the report tells of is what it pointed at then. */
function pinned(
  source: RelocationSourceSpec,
  destination: RelocationRequest['destination'],
  options: RelocationOptions,
  digest: string | undefined,
): RelocationRequest {
  if (source.kind === 'archive' || source.kind === 'lock' || digest === undefined)
    return { source, destination, options };
  const { registry, path, tag, digest: given } = parseReference(source.reference);
  if (given !== undefined) return { source, destination, options };
  const reference = `${registry}/${path}@${digest}`;
  return {
    source: { ...source, reference },
    destination,
    options: tag === undefined ? options : { toTag: tag, ...options },
  };
}

function sourceOf(value: unknown, file: string): RelocationSourceSpec {
  const { kind, reference, path, ignoreBundleCheck } = objectOrEmpty(value);
  if ((kind === 'archive' || kind === 'lock') && typeof path === 'string') return { kind, path };
  if ((kind === 'bundle' || kind === 'any') && typeof reference === 'string') return { kind, reference };
  if (kind === 'image' && typeof reference === 'string') {
    return { kind, reference, ...(ignoreBundleCheck === true ? { ignoreBundleCheck } : {}) };
  }
  throw invalid(file, 'request.source: expected what --report writes');
}

function destinationOf(value: unknown, file: string): RelocationRequest['destination'] {
  const { kind, repository, path } = objectOrEmpty(value);
  if (kind === 'repository' && typeof repository === 'string') return { kind, repository };
  if (kind === 'archive' && typeof path === 'string') return { kind, path };
  throw invalid(file, 'request.destination: expected what --report writes');
}

const SWITCHES = [
  'repoBasedTags',
  'cosignSignatures',
  'referrers',
  'includeNonDistributable',
  'repair',
  'keepGoing',
] as const;

function optionsOf(value: unknown, file: string): RelocationOptions {
  const options = objectOrEmpty(value);
  for (const name of SWITCHES) {
    if (!['undefined', 'boolean'].includes(typeof options[name]))
      throw invalid(file, `request.options.${name}: expected true or false`);
  }
  const on = SWITCHES.filter((name) => options[name] === true).map((name) => [name, true]);
  const toTag = text(options['toTag']);
  return { ...Object.fromEntries(on), ...(toTag === undefined ? {} : { toTag }) };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function invalid(path: string, reason: string): Error {
  return cliError('report-invalid', { path, reason });
}
