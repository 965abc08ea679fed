import { isRecord, member, text, wholeNumber } from '../base/json.ts';
import { digestOf, isDigest } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import { carvelError } from './errors.ts';
import { digestOfExport } from './export-manifest.ts';
import type { ExportManifest } from './export-manifest.ts';
import { inventoryJson, parseInventoryJson } from './inventory.ts';
import type { Inventory } from './inventory.ts';

/** The export that was imported. */
export interface ReceivedExport {
  /** Identifies the export manifest. */
  readonly digest: Digest;
  readonly sequence: number;
  /** RFC 3339. */
  readonly time: string;
}

/** What an import has brought. It travels back, and is the base of the next delta. */
export interface Receipt {
  /** Name and version of the tool that wrote it. */
  readonly tool: string;
  /** RFC 3339, UTC, without fractions of a second. */
  readonly time: string;
  /** File name of the tar. */
  readonly source: string;
  /** registry/path */
  readonly destination: string;
  /** Absent for a tar without an export manifest. */
  readonly export?: ReceivedExport;
  readonly images: { readonly total: number; readonly copied: number; readonly present: number };
  readonly tags: readonly string[];
  /** References of images that were copied, as the tar names them; the same applies below. */
  readonly arrived: readonly string[];
  /** References of images that the destination already had. */
  readonly present: readonly string[];
  /** References of images that could not be imported. */
  readonly failed: readonly string[];
  /** What the destination holds after the import. */
  readonly inventory: Inventory;
}

const KIND = 'Receipt';
const VERSION = 1;

/** Formats a receipt as JSON; the same import at the same time always has the same bytes. */
export function formatReceipt(receipt: Receipt): Buffer {
  const { tool, time, source, destination, export: received, images, inventory } = receipt;
  const { tags, arrived, present, failed } = receipt;
  const json = {
    kind: KIND,
    version: VERSION,
    tool,
    time,
    source,
    destination,
    ...(received === undefined ? {} : { export: received }),
    images,
    tags: [...tags].sort(),
    arrived: [...arrived].sort(),
    present: [...present].sort(),
    failed: [...failed].sort(),
    inventory: inventoryJson(inventory),
  };
  return Buffer.from(`${JSON.stringify(json, null, 1)}\n`);
}

/** Identifies a receipt: the sha256 digest of its canonical bytes. */
export function digestOfReceipt(receipt: Receipt): Digest {
  return digestOf(formatReceipt(receipt));
}

export function isReceipt(json: unknown): boolean {
  return isRecord(json) && member(json, 'kind') === KIND;
}

/**
 * Parses a receipt.
 * @param path names the file in errors
 * @throws carvel.receipt-invalid, which names the field
 */
export function parseReceipt(json: unknown, path: string): Receipt {
  const fail = (field: string, reason: string): Error => carvelError('receipt-invalid', { path, field, reason });
  if (!isRecord(json) || member(json, 'kind') !== KIND) throw fail('kind', `expected ${KIND}`);
  const version = member(json, 'version');
  if (version !== VERSION) throw fail('version', `expected ${VERSION}; a newer Carvel Airgap may have written it`);
  const texts = (field: string): string[] => {
    const list = member(json, field);
    if (!Array.isArray(list)) throw fail(field, 'expected a list');
    return list.map((each: unknown) => {
      if (typeof each !== 'string') throw fail(field, 'expected a list of texts');
      return each;
    });
  };
  const images = member(json, 'images');
  const count = (field: string): number => {
    const value = isRecord(images) ? wholeNumber(member(images, field)) : undefined;
    if (value === undefined) throw fail(`images.${field}`, 'expected a number');
    return value;
  };
  const received = member(json, 'export');
  return {
    tool: text(member(json, 'tool')) ?? '',
    time: text(member(json, 'time')) ?? '',
    source: text(member(json, 'source')) ?? '',
    destination: text(member(json, 'destination')) ?? '',
    ...(received === undefined ? {} : { export: parseReceived(received, fail) }),
    images: { total: count('total'), copied: count('copied'), present: count('present') },
    tags: texts('tags'),
    arrived: texts('arrived'),
    present: texts('present'),
    failed: texts('failed'),
    inventory: parseInventoryJson(member(json, 'inventory'), `${path}: inventory`),
  };
}

/** How an export manifest is named in a receipt. */
export function receivedExport(manifest: ExportManifest): ReceivedExport {
  return { digest: digestOfExport(manifest), sequence: manifest.sequence, time: manifest.time };
}

/**
 * Checks that an export is the next one after what a receipt confirms: neither replayed, nor older, nor after a gap.
 * @param path the tar, for errors
 * @throws carvel.export-unknown for a tar without an export manifest, carvel.export-replayed, carvel.export-not-next
 */
export function requireNextExport(manifest: ExportManifest | undefined, receipt: Receipt, path: string): void {
  const last = receipt.export;
  if (manifest === undefined) throw carvelError('export-unknown', { path });
  if (last === undefined) return;
  const own = receivedExport(manifest);
  // An import that did not bring everything is repeated.
  if (own.digest === last.digest && receipt.failed.length > 0) return;
  const facts = { path, number: own.sequence, last: last.sequence, time: last.time };
  // A complete export begins a new sequence.
  const isOlder = manifest.base === undefined ? own.time <= last.time : own.sequence <= last.sequence;
  if (own.digest === last.digest || isOlder) throw carvelError('export-replayed', facts);
  if (manifest.base === undefined) return;
  const { digest, name } = manifest.base;
  if (![last.digest, digestOfReceipt(receipt)].includes(digest))
    throw carvelError('export-not-next', { ...facts, base: name });
}

/**
 * Checks that an export is not older than what a receipt confirms. The same export may be imported again.
 * @param path the tar, for errors
 * @throws carvel.export-older
 */
export function refuseOlderExport(manifest: ExportManifest, receipt: Receipt, path: string): void {
  const last = receipt.export;
  if (last === undefined || digestOfExport(manifest) === last.digest) return;
  // Numbers are only comparable within a sequence, which a complete export begins.
  const isBefore = manifest.base !== undefined && manifest.sequence <= last.sequence;
  if (manifest.time > last.time || (manifest.time === last.time && !isBefore)) return;
  const { destination } = receipt;
  const facts = { path, destination, number: manifest.sequence, last: last.sequence, time: last.time };
  throw carvelError('export-older', facts);
}

function parseReceived(value: unknown, fail: (field: string, reason: string) => Error): ReceivedExport {
  if (!isRecord(value)) throw fail('export', 'expected an object');
  const digest = member(value, 'digest');
  const sequence = wholeNumber(member(value, 'sequence'));
  if (!isDigest(digest)) throw fail('export.digest', 'expected a digest');
  if (sequence === undefined) throw fail('export.sequence', 'expected a number');
  return { digest, sequence, time: text(member(value, 'time')) ?? '' };
}
