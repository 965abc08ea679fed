import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';

import { array, defined, isRecord, parseJson, record, text, wholeNumber } from '../../base/json.ts';
import { isDigest } from '../../oci/digest.ts';
import { formatRepository, parseRepository } from '../../oci/reference.ts';
import type { Repository } from '../../oci/reference.ts';
import { relocationError } from '../errors.ts';
import { parseRequest } from '../request/parse-request.ts';
import { pinnedRequest } from '../request/request.ts';
import type { RelocationRequest } from '../request/request.ts';
import type { SourceBlob } from '../source.ts';

/** A blob, and the repository that it is copied to. */
export interface JobBlob extends SourceBlob {
  readonly to: Repository;
}

/**
 * What the pods of a Job have to do. Each copies the blobs of one share; one more pod then copies everything that
 * remains, which are manifests, locations images and tags.
 */
export interface JobPlan {
  /** Between registries, each with its source by digest. They are finished in this order. */
  readonly requests: readonly RelocationRequest[];
  /** Whether the other requests are finished if one fails. */
  readonly keepGoing: boolean;
  readonly shares: readonly (readonly JobBlob[])[];
}

/** A plan as it is stored at the destination. */
export interface StoredJobPlan {
  /** registry/path@digest */
  readonly reference: string;
  readonly shares: readonly ShareSize[];
  /** The repositories that everything is read from. */
  readonly repositories: readonly Repository[];
  /** The repositories that are written to, if that is not only the one with the plan. */
  readonly destinations?: readonly Repository[];
}

/** @param reference of the artifact */
export function storedPlan(
  { shares }: JobPlan,
  reference: string,
  places: Pick<StoredJobPlan, 'repositories' | 'destinations'>,
): StoredJobPlan {
  const sizes = shares.map((share) => ({
    blobs: share.length,
    bytes: share.reduce((sum, { descriptor }) => sum + descriptor.size, 0),
  }));
  return { reference, shares: sizes, ...places };
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
 * The blobs that several requests need, each once for every registry: its first repository gets the blob, and the others
 * mount it from there.
 */
export function blobsOf(
  requests: readonly { readonly destination: Repository; readonly blobs: readonly SourceBlob[] }[],
): JobBlob[] {
  const found = new Map<string, JobBlob>();
  for (const { destination, blobs } of requests) {
    for (const blob of blobs) {
      const key = `${destination.registry} ${blob.descriptor.digest}`;
      if (!found.has(key)) found.set(key, { ...blob, to: destination });
    }
  }
  return [...found.values()];
}

/**
 * Divides blobs into shares of about the same weight: the largest blob goes to the lightest share. The same blobs give
 * the same shares, in any order.
 * @param most maximum number of shares
 */
export function shareOut(blobs: readonly JobBlob[], most: number): JobBlob[][] {
  const key = ({ descriptor, to }: JobBlob): string => `${descriptor.digest} ${formatRepository(to)}`;
  const weighed = [...blobs].sort((a, b) => b.descriptor.size - a.descriptor.size || (key(a) < key(b) ? -1 : 1));
  const shares = Array.from({ length: Math.min(most, blobs.length) }, () => ({ weight: 0, blobs: [] as JobBlob[] }));
  for (const blob of weighed) {
    const lightest = shares.reduce((least, share) => (share.weight < least.weight ? share : least));
    lightest.weight += blob.descriptor.size + REQUESTS;
    lightest.blobs.push(blob);
  }
  return shares.map(({ blobs }) => blobs);
}

/**
 * The request that the last pod runs.
 * @param root what the source has turned out to be
 */
export function podRequest(
  request: RelocationRequest,
  root: { readonly digest: string; readonly isBundle: boolean } | undefined,
): RelocationRequest {
  const found = pinnedRequest(request, root?.digest);
  const { source } = found;
  // Whoever says that it is a bundle means the same.
  const isBundle = source.kind === 'any' && root?.isBundle === true;
  const pinned: RelocationRequest = isBundle ? { ...found, source: { ...source, kind: 'bundle' } } : found;
  // A policy has been applied before, to the same digests. Its file is not in the cluster.
  const { policy: _, policyMode: __, resume: ___, ...options } = pinned.options ?? {};
  return { ...pinned, options };
}

/**
 * The name of the Job for requests, so that a second run finds the Job of the first.
 * @param requests with the source by digest
 */
export function jobName(...requests: readonly RelocationRequest[]): string {
  const parts = requests.flatMap(({ source, destination, options = {} }) => {
    // An option that is off is the same as one that is not mentioned.
    const on = Object.entries(options).filter(([, value]) => value !== undefined && value !== false);
    const sorted = on.sort(([a], [b]) => (a < b ? -1 : 1));
    return [source, destination, sorted];
  });
  const hash = createHash('sha256').update(JSON.stringify(parts));
  return `carvel-airgap-${hash.digest('hex').slice(0, 16)}`;
}

/** Gzipped JSON. */
export function formatJobPlan({ requests, keepGoing, shares }: JobPlan): Buffer {
  return gzipSync(JSON.stringify({ ...KIND, requests, keepGoing, shares: shares.map((share) => share.map(entryOf)) }));
}

function entryOf({ descriptor, place, to }: JobBlob): object {
  const { digest, size, mediaType, urls } = descriptor;
  return { digest, size, mediaType, from: formatRepository(place), to: formatRepository(to), ...defined({ urls }) };
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
  const { apiVersion, kind, requests, keepGoing, shares } = record(content);
  if (apiVersion !== KIND.apiVersion || kind !== KIND.kind) throw invalid('it is of another kind or version');
  return {
    requests: array(requests).map((request) => requestOf(request, invalid)),
    keepGoing: keepGoing === true,
    shares: array(shares).map((share) => array(share).map((blob) => blobOf(blob, invalid))),
  };
}

function requestOf(value: unknown, invalid: (reason: string) => Error): RelocationRequest {
  const request = parseRequest(value, invalid);
  if (request.destination.kind !== 'repository' || !('reference' in request.source)) {
    throw invalid('requests: expected registries on both sides');
  }
  return request;
}

function blobOf(value: unknown, invalid: (reason: string) => Error): JobBlob {
  if (!isRecord(value)) throw invalid('shares: expected blobs');
  const { digest } = value;
  const [size, mediaType, from, to] = [
    wholeNumber(value['size']),
    text(value['mediaType']),
    text(value['from']),
    text(value['to']),
  ];
  const urls = array(value['urls']).filter((url) => typeof url === 'string');
  if (!isDigest(digest) || size === undefined || size < 0 || !mediaType || !from || !to) {
    throw invalid('shares: expected digest, size, mediaType, from and to of each blob');
  }
  return {
    descriptor: { digest, size, mediaType, ...(urls.length === 0 ? {} : { urls }) },
    place: parseRepository(from),
    to: parseRepository(to),
  };
}
