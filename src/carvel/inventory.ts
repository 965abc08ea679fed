import { readFile, stat } from 'node:fs/promises';

import { AirgapError } from '../base/errors.ts';
import { isRecord, member, parseJson, text, wholeNumber } from '../base/json.ts';
import type { JsonRecord } from '../base/json.ts';
import { digestOf, isDigest } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import { reasonOf } from './archive/scan.ts';
import { carvelError } from './errors.ts';

/** What one repository or one tar holds. Sizes are in bytes. */
export interface InventoryPlace {
  /** registry/path, or the file name of a tar. */
  readonly place: string;
  readonly tags: ReadonlyMap<string, Digest>;
  /** Every manifest and index, with its size. */
  readonly manifests: ReadonlyMap<Digest, number>;
  /** Every config and layer, with its size. */
  readonly blobs: ReadonlyMap<Digest, number>;
}

/** What a set of repositories and tars holds at a time. */
export interface Inventory {
  /** Name and version of the tool that wrote it. */
  readonly tool: string;
  /** RFC 3339, UTC, without fractions of a second. */
  readonly time: string;
  readonly places: readonly InventoryPlace[];
}

const KIND = 'Inventory';
const VERSION = 1;
/** Enough for more than two million blobs. */
const LIMIT = 256 * 1024 * 1024;

/**
 * Formats an inventory as JSON: one line per tag, manifest and blob, sorted by name, so that the same content always
 * has the same bytes.
 */
export function formatInventory(inventory: Inventory): Buffer {
  return Buffer.from(`${JSON.stringify(inventoryJson(inventory), null, 1)}\n`);
}

/** An inventory as JSON, in canonical order. */
export function inventoryJson({ tool, time, places }: Inventory): JsonRecord {
  return {
    kind: KIND,
    version: VERSION,
    tool,
    time,
    places: [...places]
      .sort((a, b) => (a.place < b.place ? -1 : 1))
      .map(({ place, tags, manifests, blobs }) => ({
        place,
        tags: sorted(tags),
        manifests: sorted(manifests),
        blobs: sorted(blobs),
      })),
  };
}

/** Identifies an inventory: the sha256 digest of its canonical bytes. */
export function digestOfInventory(inventory: Inventory): Digest {
  return digestOf(formatInventory(inventory));
}

/**
 * Reads a file with an inventory or a receipt; its bytes are what a signature is for.
 * @throws carvel.inventory-unreadable, carvel.inventory-invalid if it is not JSON
 */
export async function readJsonFile(path: string): Promise<{ readonly json: unknown; readonly bytes: Buffer }> {
  const invalid = (reason: string): Error => carvelError('inventory-invalid', { path, field: '(all)', reason });
  try {
    const { size } = await stat(path);
    if (size > LIMIT) throw invalid(`it has ${size} bytes, which exceeds the limit of ${LIMIT}`);
    const bytes = await readFile(path);
    const json = parseJson(bytes);
    if (json === undefined) throw invalid('it is not JSON in UTF-8; the file may be cut off');
    return { json, bytes };
  } catch (error) {
    if (error instanceof AirgapError) throw error;
    throw carvelError('inventory-unreadable', { path, reason: reasonOf(error) }, error);
  }
}

export function isInventory(json: unknown): boolean {
  return isRecord(json) && member(json, 'kind') === KIND;
}

/**
 * Parses an inventory.
 * @param path names the file in errors
 * @throws carvel.inventory-invalid, which names the field
 */
export function parseInventoryJson(json: unknown, path: string): Inventory {
  const fail = (field: string, reason: string): Error => carvelError('inventory-invalid', { path, field, reason });
  if (!isRecord(json) || !isInventory(json)) throw fail('kind', `expected ${KIND}`);
  const version = member(json, 'version');
  if (version !== VERSION) throw fail('version', `expected ${VERSION}; a newer Carvel Airgap may have written it`);
  const places = member(json, 'places');
  if (!Array.isArray(places)) throw fail('places', 'expected a list');
  return {
    tool: text(member(json, 'tool')) ?? '',
    time: text(member(json, 'time')) ?? '',
    places: places.map((value: unknown, position): InventoryPlace => {
      const field = `places[${position}]`;
      if (!isRecord(value)) throw fail(field, 'expected an object');
      const entries = (key: string): [string, unknown][] => {
        const map = member(value, key);
        if (!isRecord(map)) throw fail(`${field}.${key}`, 'expected an object');
        return Object.entries(map);
      };
      const digest = (digest: unknown, within: string): Digest => {
        if (!isDigest(digest)) throw fail(within, 'expected a digest');
        return digest;
      };
      const sizes = (key: string): Map<Digest, number> =>
        new Map(
          entries(key).map(([name, size]) => {
            const within = `${field}.${key}`;
            const bytes = wholeNumber(size);
            if (bytes === undefined || bytes < 0) throw fail(`${within}[${name}]`, 'expected a number of bytes');
            return [digest(name, within), bytes];
          }),
        );
      return {
        place: text(member(value, 'place')) ?? '',
        tags: new Map(entries('tags').map(([name, to]) => [name, digest(to, `${field}.tags[${name}]`)])),
        manifests: sizes('manifests'),
        blobs: sizes('blobs'),
      };
    }),
  };
}

/** How much a place holds; `bytes` is the total of its manifests and blobs. */
export function countsOf({ tags, manifests, blobs }: InventoryPlace) {
  const bytes = [...manifests.values(), ...blobs.values()].reduce((sum, size) => sum + size, 0);
  return { tags: tags.size, manifests: manifests.size, blobs: blobs.size, bytes };
}

/** The entries of a map as a JSON object, sorted by name, so that equal maps have equal bytes. */
export function sorted<T>(map: ReadonlyMap<string, T>): Record<string, T> {
  return Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
}
