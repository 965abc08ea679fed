import { AirgapError } from '../base/errors.ts';
import { algorithmOf, hexOf, isDigest } from './digest.ts';
import type { Digest } from './digest.ts';
import { ociError } from './errors.ts';
import { readContent } from './read-content.ts';
import { defined, isRecord, member, record, parseJson } from '../base/json.ts';
import type { JsonRecord } from '../base/json.ts';
import { MANIFEST_LIMIT } from './manifest.ts';
import { OCI_INDEX } from './media-types.ts';
import { nextLink } from './pagination.ts';
import type { RegistryConnection } from './registry-connection.ts';

/** An entry of a list of referrers (distribution-spec, "Listing Referrers"). */
export interface Referrer {
  readonly digest: Digest;
  /** As stated in the list; older tools omit it. */
  readonly artifactType?: string;
  /** For a sigstore bundle, what its statement is about. */
  readonly predicateType?: string;
}

/** The annotation of a sigstore bundle that states the predicate type of the statement in it. */
export const PREDICATE_TYPE = 'dev.sigstore.bundle.predicateType';

/**
 * What the fallback tag of a subject points to: a list; nothing; the subject itself, if a registry treats such a tag as
 * a digest; or something else.
 */
export type TaggedReferrers =
  | { readonly kind: 'list'; readonly index: JsonRecord; readonly referrers: readonly Referrer[] }
  | { readonly kind: 'none' | 'subject' | 'other' };

/** Reads manifests by tag. */
export interface TagReader {
  /** host[:port] */
  readonly host: string;
  headManifest(path: string, tag: string, signal: AbortSignal): Promise<{ readonly digest: Digest } | undefined>;
  getManifest(path: string, tag: string, signal: AbortSignal): Promise<{ readonly bytes: Uint8Array }>;
}

/** More than any image has: a safeguard against an endless list. */
const MAX_REFERRERS = 10_000;
const MAX_PAGES = 1000;

/**
 * The fallback tag: points to an index of a manifest's referrers in registries without a referrers API
 * (distribution-spec, "Referrers Tag Schema").
 */
export function referrersTag(subject: Digest): string {
  return `${algorithmOf(subject)}-${hexOf(subject)}`;
}

/** The digest that a manifest or index refers to (image-spec, manifest.md: `subject`). */
export function subjectOf(manifest: Uint8Array): Digest | undefined {
  const subject = member(record(parseJson(manifest)), 'subject');
  const digest = isRecord(subject) ? member(subject, 'digest') : undefined;
  return isDigest(digest) ? digest : undefined;
}

/** The type of the artifact that a manifest describes: its artifactType, or else the media type of its config (image-spec, manifest.md). */
export function artifactTypeOf(manifest: Uint8Array): string | undefined {
  const body = record(parseJson(manifest));
  const type = text(body, 'artifactType');
  return type ?? text(record(member(body, 'config')), 'mediaType');
}

/**
 * All pages of the registry's own list of referrers; undefined if it has no referrers API. A response that is not an
 * index, such as a login page, means that there is no such API.
 * @throws oci.referrers-invalid for a list that breaks off or is malformed: a partial list is never returned
 */
export async function listReferrers(
  connection: RegistryConnection,
  path: string,
  subject: Digest,
  signal: AbortSignal,
): Promise<Referrer[] | undefined> {
  const where = `${connection.host}/${path}@${subject}`;
  const first = `/v2/${path}/referrers/${subject}`;
  const found: Referrer[] = [];
  const requested = new Set<string>();
  for (let target: string | undefined = first; target !== undefined;) {
    if (requested.has(target)) throw invalid(where, 'its pages form a loop');
    requested.add(target);
    const page = await readPage(connection, path, target, where, signal);
    if (page === undefined && target === first) return undefined;
    if (page === undefined) throw invalid(where, `its next page, ${target}, is not an index`);
    found.push(...page.entries);
    if (found.length > MAX_REFERRERS) throw invalid(where, `it has more than ${MAX_REFERRERS} entries`);
    if (requested.size > MAX_PAGES) throw invalid(where, `it has more than ${MAX_PAGES} pages`);
    target = nextTarget(page.link, target);
  }
  return found;
}

/** @throws oci.referrers-invalid */
export async function readReferrersTag(
  reader: TagReader,
  path: string,
  subject: Digest,
  signal: AbortSignal,
): Promise<TaggedReferrers> {
  const tag = referrersTag(subject);
  const head = await reader.headManifest(path, tag, signal);
  if (head === undefined) return { kind: 'none' };
  if (head.digest === subject) return { kind: 'subject' };
  const index = parseJson((await reader.getManifest(path, tag, signal)).bytes);
  if (!isIndex(index)) return { kind: 'other' };
  return { kind: 'list', index, referrers: entriesOf(index, `${reader.host}/${path}:${tag}`) };
}

/** @returns undefined for anything but an index */
async function readPage(
  connection: RegistryConnection,
  path: string,
  target: string,
  where: string,
  signal: AbortSignal,
): Promise<{ entries: Referrer[]; link: string | undefined } | undefined> {
  const access = { repository: path, actions: 'pull' as const };
  const request = { method: 'GET' as const, target, access, headers: { accept: OCI_INDEX }, signal };
  try {
    const response = await connection.sendWithRetry(request);
    if (response.status === 401) throw await connection.error(response, request);
    if (response.status !== 200) {
      await response.body.discard();
      return undefined;
    }
    const index = parseJson(await readContent(response, MANIFEST_LIMIT, 'The list of referrers', connection.host));
    return isIndex(index) ? { entries: entriesOf(index, where), link: response.header('link') } : undefined;
  } catch (error) {
    // 501 Not Implemented means that there is no referrers API; it is not a failure.
    if (error instanceof AirgapError && error.args['status'] === 501) return undefined;
    throw error;
  }
}

/**
 * Only the link's path and query are used: the next page is requested from the registry itself, whatever host the link
 * names.
 */
function nextTarget(header: string | undefined, target: string): string | undefined {
  const link = nextLink(header);
  if (link === undefined) return undefined;
  const next = URL.parse(link, `http://registry.invalid${target}`);
  return next === null ? link : `${next.pathname}${next.search}`;
}

/** Whether the request failed with a server error, as it may at a registry without a referrers API. */
export function isBrokenApi(error: unknown): boolean {
  return error instanceof AirgapError && error.code === 'oci.status-unexpected' && Number(error.args['status']) >= 500;
}

function isIndex(json: unknown): json is JsonRecord {
  if (!isRecord(json)) return false;
  const type = member(json, 'mediaType');
  if (type !== undefined && type !== OCI_INDEX) return false;
  const list = member(json, 'manifests');
  // Go programs write null for an empty list, or omit it.
  return Array.isArray(list) || (type === OCI_INDEX && (list === null || list === undefined));
}

function entriesOf(index: JsonRecord, where: string): Referrer[] {
  const list = member(index, 'manifests');
  if (!Array.isArray(list)) return [];
  return list.map((entry: unknown, position) => {
    const body = record(entry);
    const digest = member(body, 'digest');
    if (!isDigest(digest)) throw invalid(where, `entry ${position} has no sha256 or sha512 digest`);
    const artifactType = text(body, 'artifactType');
    const predicateType = text(record(member(body, 'annotations')), PREDICATE_TYPE);
    return { digest, ...defined({ artifactType, predicateType }) };
  });
}

function text(object: JsonRecord, key: string): string | undefined {
  const value = member(object, key);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function invalid(where: string, reason: string): Error {
  return ociError('referrers-invalid', { where, reason });
}
