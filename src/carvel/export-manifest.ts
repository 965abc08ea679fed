import { readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { defined, isRecord, member, parseJson, text, wholeNumber } from '../base/json.ts';
import { digestOf, hexOf, isDigest } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import { carvelError } from './errors.ts';
import { sorted } from './inventory.ts';

/** What the other side already has when a delta is exported, and what the delta therefore omits. */
export interface ExportBase {
  /** registry/path, or a file name, as the person who exports calls it. */
  readonly name: string;
  /** Identifies an inventory or an export manifest; for a tar without one, its manifest.json. */
  readonly digest: Digest;
  /** The sequence number of the base; absent if it was not an export with a manifest. */
  readonly sequence?: number;
  /** Repositories (registry/path) that have the base, from which its layers can be mounted; absent for a tar. */
  readonly places?: readonly string[];
}

/** Describes an exported tar, in a file next to it. Sizes are in bytes. */
export interface ExportManifest {
  /** Name and version of the tool that wrote it. */
  readonly tool: string;
  /** RFC 3339, UTC, without fractions of a second. */
  readonly time: string;
  /** Who is responsible for it, as a text; only as trustworthy as its signature. */
  readonly by?: string;
  /** 1, or the sequence number of the base plus 1. */
  readonly sequence: number;
  /** Only for a delta. */
  readonly base?: ExportBase;
  /** Digest of the tar's manifest.json, which names every manifest, config and layer by digest. */
  readonly content: Digest;
  /** The images in the tar by reference; bundles, indexes and images alike. */
  readonly images: readonly string[];
  /** Layers in the tar. */
  readonly layers: ReadonlyMap<Digest, number>;
  /** Layers that the images need, but that only the base has. */
  readonly omitted: ReadonlyMap<Digest, number>;
}

const KIND = 'ExportManifest';
const VERSION = 1;
const LIMIT = 256 * 1024 * 1024;

const SUFFIX = '.export.json';
/** The maximum length of a file name (NAME_MAX on Linux, macOS and Windows), minus the suffix of a temporary file. */
const NAME_LIMIT = 255 - '.1234567'.length;

/**
 * The file that describes a tar.
 * @param tar path without symbolic links
 */
export function exportManifestPath(tar: string): string {
  const name = basename(tar) + SUFFIX;
  if (Buffer.byteLength(name) <= NAME_LIMIT) return `${tar}${SUFFIX}`;
  return join(dirname(tar), hexOf(digestOf(Buffer.from(basename(tar)))) + SUFFIX);
}

/** Formats an export manifest as JSON; the same export at the same time always has the same bytes. */
export function formatExportManifest(manifest: ExportManifest): Buffer {
  const { tool, time, by, sequence, base, content, images, layers, omitted } = manifest;
  const json = {
    kind: KIND,
    version: VERSION,
    tool,
    time,
    ...(by === undefined ? {} : { by }),
    sequence,
    ...(base === undefined ? {} : { base }),
    content,
    images: [...images].sort(),
    layers: sorted(layers),
    omitted: sorted(omitted),
  };
  return Buffer.from(`${JSON.stringify(json, null, 1)}\n`);
}

/** Identifies an export: the sha256 digest of its manifest's canonical bytes. */
export function digestOfExport(manifest: ExportManifest): Digest {
  return digestOf(formatExportManifest(manifest));
}

export function isExportManifest(json: unknown): boolean {
  return isRecord(json) && member(json, 'kind') === KIND;
}

/**
 * Parses an export manifest.
 * @param json undefined for text that is not JSON
 * @param path names the file in errors
 * @throws carvel.export-manifest-invalid, which names the field
 */
export function parseExportManifest(json: unknown, path: string): ExportManifest {
  const fail = (field: string, reason: string): Error =>
    carvelError('export-manifest-invalid', { path, field, reason });
  if (json === undefined) throw fail('(all)', 'it is not JSON in UTF-8; the file may be cut off');
  if (!isRecord(json) || !isExportManifest(json)) throw fail('kind', `expected ${KIND}`);
  const version = member(json, 'version');
  if (version !== VERSION) throw fail('version', `expected ${VERSION}; a newer Carvel Airgap may have written it`);
  const sequence = wholeNumber(member(json, 'sequence'));
  if (sequence === undefined || sequence < 1) throw fail('sequence', 'expected a number from 1');
  const content = member(json, 'content');
  if (!isDigest(content)) throw fail('content', 'expected a digest');
  const images = member(json, 'images');
  if (!Array.isArray(images)) throw fail('images', 'expected a list of references');
  const references = images.map((each: unknown) => {
    if (typeof each !== 'string') throw fail('images', 'expected a list of references');
    return each;
  });
  const sizes = (field: string): Map<Digest, number> => {
    const map = member(json, field);
    if (!isRecord(map)) throw fail(field, 'expected an object');
    return new Map(
      Object.entries(map).map(([digest, size]) => {
        const bytes = wholeNumber(size);
        if (!isDigest(digest) || bytes === undefined || bytes < 0) throw fail(field, 'expected digests with sizes');
        return [digest, bytes];
      }),
    );
  };
  const base = member(json, 'base');
  const by = text(member(json, 'by'));
  return {
    tool: text(member(json, 'tool')) ?? '',
    time: text(member(json, 'time')) ?? '',
    ...(by === undefined ? {} : { by }),
    sequence,
    ...(base === undefined ? {} : { base: parseBase(base, fail) }),
    content,
    images: references,
    layers: sizes('layers'),
    omitted: sizes('omitted'),
  };
}

/** An export manifest with the bytes that a signature is for. */
export interface ExportManifestFile {
  readonly path: string;
  readonly bytes: Buffer;
  readonly manifest: ExportManifest;
}

/**
 * The export manifest next to a tar; undefined if there is none.
 * @throws carvel.export-manifest-invalid
 */
export async function readExportManifest(tar: string): Promise<ExportManifest | undefined> {
  return (await readExportManifestFile(tar))?.manifest;
}

/** Like readExportManifest. */
export async function readExportManifestFile(tar: string): Promise<ExportManifestFile | undefined> {
  // A set of volumes has no file with the name of its tar.
  const path = exportManifestPath(await realpath(tar).catch(() => tar));
  const size = await stat(path).then(
    (found) => found.size,
    () => undefined,
  );
  if (size === undefined) return undefined;
  if (size > LIMIT) {
    const reason = `it has ${size} bytes, which exceeds the limit of ${LIMIT}`;
    throw carvelError('export-manifest-invalid', { path, field: '(all)', reason });
  }
  const bytes = await readFile(path);
  return { path, bytes, manifest: parseExportManifest(parseJson(bytes), path) };
}

function parseBase(value: unknown, fail: (field: string, reason: string) => Error): ExportBase {
  if (!isRecord(value)) throw fail('base', 'expected an object');
  const digest = member(value, 'digest');
  if (!isDigest(digest)) throw fail('base.digest', 'expected a digest');
  const sequence = wholeNumber(member(value, 'sequence'));
  const places = member(value, 'places');
  if (places !== undefined && !(Array.isArray(places) && places.every((each) => typeof each === 'string')))
    throw fail('base.places', 'expected a list of repositories');
  return { name: text(member(value, 'name')) ?? '', digest, ...defined({ sequence, places }) };
}
