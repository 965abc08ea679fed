import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';

import { array, defined, isRecord, parseJson, record, text, wholeNumber } from '../../base/json.ts';
import { isDigest } from '../../oci/digest.ts';
import { parseRepository } from '../../oci/reference.ts';
import type { Repository } from '../../oci/reference.ts';
import { relocationError } from '../errors.ts';
import { parseRequest } from '../request/parse-request.ts';
import { pinnedRequest } from '../request/request.ts';
import type { RelocationRequest } from '../request/request.ts';
import type { SourceBlob } from '../source.ts';

/**
 * What the pods of a Job have to do. Each copies the blobs of one share; one more pod then copies everything that
 * remains, which are manifests, locations images and tags.
 */
export interface JobPlan {
  /** Between two registries, with the source by digest. */
  readonly request: RelocationRequest;
  readonly shares: readonly (readonly SourceBlob[])[];
}

/** A plan as it is stored at the destination. */
export interface StoredJobPlan {
  /** registry/path@digest */
  readonly reference: string;
  readonly shares: readonly ShareSize[];
  /** The repositories that everything is read from. */
  readonly repositories: readonly Repository[];
}

export interface ShareSize {
  readonly blobs: number;
  readonly bytes: number;
}

const KIND = { apiVersion: 'carvel-airgap/v1', kind: 'JobPlan' };
/** Bytes of a plan's JSON: enough for about a million blobs. */
const LIMIT = 256 * 1024 * 1024;
/** What a blob costs in addition to its bytes, in bytes: the requests for it. */
const REQUESTS = 256 * 1024;

/**
 * Divides blobs into shares of about the same weight: the largest blob goes to the lightest share. The same blobs give
 * the same shares, in any order.
 * @param most maximum number of shares
 */
export function shareOut(blobs: readonly SourceBlob[], most: number): SourceBlob[][] {
  const weighed = [...blobs].sort(
    ({ descriptor: a }, { descriptor: b }) => b.size - a.size || (a.digest < b.digest ? -1 : 1),
  );
  const shares = Array.from({ length: Math.min(most, blobs.length) }, () => ({ weight: 0, blobs: [] as SourceBlob[] }));
  for (const blob of weighed) {
    const lightest = shares.reduce((least, share) => (share.weight < least.weight ? share : least));
    lightest.weight += blob.descriptor.size + REQUESTS;
    lightest.blobs.push(blob);
  }
  return shares.map(({ blobs }) => blobs);
}

/**
 * The request that the last pod runs.
 * @param root digest of the source
 */
export function podRequest(request: RelocationRequest, root: string | undefined): RelocationRequest {
  const pinned = pinnedRequest(request, root);
  // A policy has been applied before, to the same digests. Its file is not in the cluster.
  const { policy: _, policyMode: __, resume: ___, ...options } = pinned.options ?? {};
  return { ...pinned, options };
}

/**
 * The name of the Job for a request, so that a second run finds the Job of the first.
 * @param request with the source by digest
 */
export function jobName(request: RelocationRequest): string {
  const { source, destination, options = {} } = request;
  const sorted = Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1));
  const hash = createHash('sha256').update(JSON.stringify([source, destination, sorted]));
  return `carvel-airgap-${hash.digest('hex').slice(0, 16)}`;
}

/** Gzipped JSON. */
export function formatJobPlan({ request, shares }: JobPlan): Buffer {
  return gzipSync(JSON.stringify({ ...KIND, request, shares: shares.map((share) => share.map(entryOf)) }));
}

function entryOf({ descriptor, place: { registry, path } }: SourceBlob): object {
  const { digest, size, mediaType, urls } = descriptor;
  return { digest, size, mediaType, from: `${registry}/${path}`, ...defined({ urls }) };
}

/**
 * @param where the plan's reference, for errors
 * @throws relocation.job-plan-invalid
 */
export function parseJobPlan(bytes: Buffer, where: string): JobPlan {
  const invalid = (reason: string): Error => relocationError('job-plan-invalid', { where, reason });
  let content: unknown;
  try {
    content = parseJson(gunzipSync(bytes, { maxOutputLength: LIMIT }));
  } catch (error) {
    throw relocationError('job-plan-invalid', { where, reason: 'it cannot be unpacked' }, error);
  }
  const { apiVersion, kind, request, shares } = record(content);
  if (apiVersion !== KIND.apiVersion || kind !== KIND.kind) throw invalid('it is of another kind or version');
  const parsed = parseRequest(request, invalid);
  if (parsed.destination.kind !== 'repository' || !('reference' in parsed.source)) {
    throw invalid('request: expected registries on both sides');
  }
  return { request: parsed, shares: array(shares).map((share) => array(share).map((blob) => blobOf(blob, invalid))) };
}

function blobOf(value: unknown, invalid: (reason: string) => Error): SourceBlob {
  if (!isRecord(value)) throw invalid('shares: expected blobs');
  const { digest, from } = value;
  const [size, mediaType, repository] = [wholeNumber(value['size']), text(value['mediaType']), text(from)];
  const urls = array(value['urls']).filter((url) => typeof url === 'string');
  if (!isDigest(digest) || size === undefined || size < 0 || mediaType === undefined || repository === undefined) {
    throw invalid('shares: expected digest, size, mediaType and from of each blob');
  }
  return {
    descriptor: { digest, size, mediaType, ...(urls.length === 0 ? {} : { urls }) },
    place: parseRepository(repository),
  };
}
