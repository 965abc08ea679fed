import { isDigest } from '../../oci/digest.ts';
import { isRecord, record, wholeNumber } from '../../base/json.ts';
import { ATTACHMENT_KINDS } from '../../carvel/attachment-kind.ts';
import type { AttachmentCounts } from '../../carvel/attachment-kind.ts';
import { tryParseReference } from '../../oci/reference.ts';
import type { PackageVersion } from '../../packaging/subset/package-choice.ts';
import type { FailedImage } from '../keep-going.ts';
import type { PackageCost } from '../packages/package-listing.ts';
import type { ImageResult, RelocationReport } from './report.ts';

/** Parses a report stored as JSON, without its lock; undefined if it is not one of ours. */
export function parseReport(value: unknown): RelocationReport | undefined {
  const {
    source,
    destination,
    root,
    seconds,
    transferSeconds = seconds,
    tags,
    tagsNotSet = [],
    warnings,
    failed,
    ...rest
  } = record(value);
  const images = counts(rest['images'], ['total', 'copied', 'present']);
  const blobs = counts(rest['blobs'], ['copied', 'mounted', 'present', 'skipped']);
  const bytes = counts(rest['bytes'], ['total', 'copied']);
  if (typeof source !== 'string' || typeof destination !== 'string' || typeof seconds !== 'number') return undefined;
  if (typeof transferSeconds !== 'number') return undefined;
  if (images === undefined || blobs === undefined || bytes === undefined) return undefined;
  if (!isTexts(tagsNotSet)) return undefined;
  if (!isTexts(tags) || !isTexts(warnings) || !Array.isArray(failed) || !failed.every(isFailedImage)) return undefined;
  const place = root === undefined ? {} : { root: parseRoot(root) };
  if ('root' in place && place.root === undefined) return undefined;
  return {
    source,
    destination,
    ...(place as Pick<RelocationReport, 'root'>),
    images,
    blobs,
    bytes,
    seconds,
    transferSeconds,
    tags,
    tagsNotSet,
    warnings,
    failed,
    ...parseSubset(rest['subset']),
    ...parseAttachments(rest['attachments']),
    ...parsePolicy(rest['policy']),
    ...(typeof rest['beforeTag'] === 'string' ? { beforeTag: rest['beforeTag'] } : {}),
    ...parseResults(rest['results']),
    ...(typeof rest['receipt'] === 'string' ? { receipt: rest['receipt'] } : {}),
  };
}

function parseSubset(value: unknown): Pick<RelocationReport, 'subset'> {
  const { of, packages, leftOut, imagesLeftOut, unattributed } = record(value);
  const isWhole =
    typeof of === 'string' &&
    tryParseReference(of)?.digest !== undefined &&
    Array.isArray(packages) &&
    packages.every(isPackageCost) &&
    Array.isArray(leftOut) &&
    leftOut.every(isPackageVersion) &&
    typeof imagesLeftOut === 'number' &&
    isTexts(unattributed);
  return isWhole ? { subset: { of, packages, leftOut, imagesLeftOut, unattributed } } : {};
}

function isPackageVersion(value: unknown): value is PackageVersion {
  const { name, version } = record(value);
  return typeof name === 'string' && typeof version === 'string';
}

function isPackageCost(value: unknown): value is PackageCost {
  const { bytes, ownBytes } = record(value);
  return isPackageVersion(value) && typeof bytes === 'number' && typeof ownBytes === 'number';
}

/** What older versions do not have, or has another format, is left out. */
function parseResults(value: unknown): Pick<RelocationReport, 'results'> {
  return Array.isArray(value) && value.every(isImageResult) ? { results: value } : {};
}

function parseRoot(value: unknown): RelocationReport['root'] {
  const { reference, digest, tag, isBundle, hasPackages } = record(value);
  if (typeof reference !== 'string' || !isDigest(digest) || typeof isBundle !== 'boolean') return undefined;
  return {
    reference,
    digest,
    isBundle,
    ...(typeof tag === 'string' ? { tag } : {}),
    ...(typeof hasPackages === 'boolean' ? { hasPackages } : {}),
  };
}

function counts<Name extends string>(value: unknown, names: readonly Name[]): Record<Name, number> | undefined {
  const object = record(value);
  const isWhole = names.every((name) => Number.isSafeInteger(object[name]) && Number(object[name]) >= 0);
  return isWhole ? (Object.fromEntries(names.map((name) => [name, object[name]])) as Record<Name, number>) : undefined;
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function isFailedImage(value: unknown): value is FailedImage {
  if (!isRecord(value)) return false;
  const { reference, digest, code, reason } = value;
  return typeof reference === 'string' && isDigest(digest) && typeof code === 'string' && typeof reason === 'string';
}

function parseAttachments(value: unknown): Pick<RelocationReport, 'attachments'> {
  const own = counts(value, ['images', 'signed', 'unknown']);
  const { carried, left } = record(value);
  return own === undefined ? {} : { attachments: { ...own, carried: parseKinds(carried), left: parseKinds(left) } };
}

function parsePolicy(value: unknown): Pick<RelocationReport, 'policy'> {
  const own = counts(value, ['judged', 'refused']);
  const { path, mode } = record(value);
  if (own === undefined || typeof path !== 'string') return {};
  return { policy: { path, mode: mode === 'warn' ? 'warn' : 'enforce', ...own } };
}

function isVerdict(value: unknown): boolean {
  const { admitted, scope, signers, reasons } = record(value);
  return typeof admitted === 'boolean' && typeof scope === 'string' && isTexts(signers) && isTexts(reasons);
}

function isScan(value: unknown): boolean {
  const { exitCode, output, seconds } = record(value);
  return typeof exitCode === 'number' && typeof output === 'string' && typeof seconds === 'number';
}

function parseKinds(value: unknown): AttachmentCounts {
  const numbers = record(value);
  return Object.fromEntries(
    ATTACHMENT_KINDS.flatMap((kind) => {
      const count = wholeNumber(numbers[kind]);
      return count === undefined ? [] : [[kind, count]];
    }),
  );
}

const KINDS = new Set<unknown>(['image', 'index', 'bundle']);
const RESULTS = new Set<unknown>(['copied', 'present', 'failed']);

function isImageResult(value: unknown): value is ImageResult {
  if (!isRecord(value)) return false;
  const { reference, digest, kind, bytes, result, verdict, scan, origin } = value;
  if (verdict !== undefined && !isVerdict(verdict)) return false;
  if (scan !== undefined && !isScan(scan)) return false;
  if (origin !== undefined && typeof origin !== 'string') return false;
  const isNamed = typeof reference === 'string' && isDigest(digest) && KINDS.has(kind);
  return isNamed && Number.isSafeInteger(bytes) && Number(bytes) >= 0 && RESULTS.has(result);
}
