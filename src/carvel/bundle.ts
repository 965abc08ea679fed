import { decodeText } from '../base/decode-text.ts';
import { isRecord, member, parseJson } from '../base/json.ts';
import { formatReference } from '../oci/reference.ts';
import type { DigestReference } from '../oci/reference.ts';
import { readBundleLayer } from './bundle-layer.ts';
import type { OpenLayer } from './bundle-layer.ts';
import { carvelError } from './errors.ts';
import type { FoundImage } from './graph.ts';
import { parseImagesLock } from './images-lock.ts';
import type { ImagesLock } from './images-lock.ts';
import { findFileInTar, findFilesInTar, hasFolderInTar } from './tar/find-files.ts';
import type { FileLimits } from './tar/find-files.ts';
import { invalid, YAML_LIMIT } from './yaml.ts';

const BUNDLE_LABEL = 'dev.carvel.imgpkg.bundle';
export const LOCK_PATH = '.imgpkg/images.yml';

/** Whether an image's config marks it as a bundle, which depends only on the label's presence. */
export function isBundleConfig(config: Uint8Array): boolean {
  const json = parseJson(config);
  const inner = isRecord(json) ? member(json, 'config') : undefined;
  const labels = isRecord(inner) ? member(inner, 'Labels') : undefined;
  return isRecord(labels) && Object.hasOwn(labels, BUNDLE_LABEL);
}

/**
 * Reads `.imgpkg/images.yml` from a bundle's single layer.
 * @throws the errors of readLockText, and carvel.yaml-invalid
 */
export async function readImagesLock(bundle: FoundImage, openLayer: OpenLayer): Promise<ImagesLock> {
  return parseLockOf(bundle, await readLockText(bundle, openLayer));
}

/**
 * The text of a bundle's lock.
 * @throws carvel.bundle-layers, carvel.bundle-layer-type, carvel.lock-missing, carvel.lock-unreadable,
 * carvel.yaml-invalid
 */
export async function readLockText(bundle: FoundImage, openLayer: OpenLayer): Promise<string> {
  const content = await readBundleLayer(bundle, openLayer, (tar) => findFileInTar(tar, LOCK_PATH, YAML_LIMIT));
  return lockText(bundle, content);
}

/** A bundle's lock and the requested files. */
export interface BundleContent {
  readonly lock: ImagesLock;
  /** By path in the bundle. */
  readonly files: ReadonlyMap<string, Buffer>;
}

/**
 * Reads the lock and other files from a bundle's single layer in one pass.
 * @throws the errors of readImagesLock
 */
export async function readBundle(
  bundle: FoundImage,
  openLayer: OpenLayer,
  isRequested: (path: string, size: number) => boolean,
  limits: FileLimits,
): Promise<BundleContent> {
  const files = await readBundleLayer(bundle, openLayer, (tar) =>
    findFilesInTar(tar, (path, size) => path === LOCK_PATH || isRequested(path, size), limits),
  );
  const lock = lockOfFile(bundle, files.get(LOCK_PATH));
  files.delete(LOCK_PATH);
  return { lock, files };
}

/**
 * Whether a bundle has the folder in which kapp-controller looks for Packages.
 * @throws as readBundleLayer
 */
export function hasPackagesFolder(bundle: FoundImage, openLayer: OpenLayer): Promise<boolean> {
  return readBundleLayer(bundle, openLayer, (tar) => hasFolderInTar(tar, 'packages'));
}

/** @throws carvel.yaml-invalid, which names the bundle */
export function parseLockOf({ place }: FoundImage, text: string): ImagesLock {
  return parseImagesLock(text, lockName(place));
}

/**
 * The lock in the content of a bundle's `.imgpkg/images.yml`.
 * @throws carvel.lock-missing, carvel.yaml-invalid
 */
export function lockOfFile(bundle: FoundImage, content: Buffer | undefined): ImagesLock {
  return parseLockOf(bundle, lockText(bundle, content));
}

function lockText({ place }: FoundImage, content: Buffer | undefined): string {
  if (content === undefined) throw carvelError('lock-missing', { reference: formatReference(place) });
  try {
    return decodeText(content);
  } catch (error) {
    throw invalid(lockName(place), error instanceof Error ? error.message : String(error), error);
  }
}

function lockName(place: DigestReference): string {
  return `${LOCK_PATH} of ${formatReference(place)}`;
}
