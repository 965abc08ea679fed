import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { Limiter } from '../src/base/limiter.ts';
import { RawRepository, sha256, tarFile } from '../test/support/raw-registry.ts';
import { startRegistry } from '../test/support/registry.ts';

const DOCKER = 'application/vnd.docker';
/** The path of every source. */
export const SOURCE = 'bench/source';
const MANIFEST = `${DOCKER}.distribution.manifest.v2+json`;

/** Images in one repository, with a bundle around them or only a lock. */
export interface BenchSource {
  /** Path of the repository, whichever way its registry is reached. */
  readonly path: string;
  /** The bundle, which has the tag `v1`. Undefined for a lock. */
  readonly root: string | undefined;
  /** Digests of the images, the bundle among them. */
  readonly images: readonly string[];
  readonly blobs: readonly string[];
  /** Those of the blobs that are layers. */
  readonly layers: readonly string[];
  /** Bytes of all blobs. */
  readonly bytes: number;
}

export interface SourceShape {
  readonly images: number;
  readonly layers: number;
  /** Bytes of each layer. */
  readonly layerSize: number;
  /** Bytes of each config. */
  readonly configSize: number;
  /** Without a bundle. */
  readonly isLock?: true;
}

/**
 * Fills a repository with a bundle (tag `v1`) of images of random content.
 * @param kept what an earlier call has pushed: the new bundle consists of its last images and as many new ones as the shape says
 */
export async function fillSource(
  host: string,
  path: string,
  shape: SourceShape,
  kept?: BenchSource,
): Promise<BenchSource> {
  const repository = new RawRepository(host, path);
  const limiter = new Limiter(4);
  const [blobs, layers]: [string[], string[]] = [[], []];
  let bytes = 0;
  const { signal } = new AbortController();
  const image = async (content: readonly Buffer[], configSize: number, labels?: object) => {
    const bare = { config: { Labels: labels ?? {} }, rootfs: { type: 'layers', diff_ids: content.map(sha256) } };
    const padding = 'x'.repeat(Math.max(0, configSize - JSON.stringify({ ...bare, padding: '' }).length));
    const config = await repository.pushBlob(Buffer.from(JSON.stringify({ ...bare, padding })));
    const pushed = [];
    for (const layer of content) {
      pushed.push({ mediaType: `${DOCKER}.image.rootfs.diff.tar.gzip`, ...(await repository.pushBlob(layer)) });
    }
    layers.push(...pushed.map(({ digest }) => digest));
    blobs.push(config.digest, ...pushed.map(({ digest }) => digest));
    bytes += [config, ...pushed].reduce((sum, { size }) => sum + size, 0);
    return {
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: { mediaType: `${DOCKER}.container.image.v1+json`, ...config },
      layers: pushed,
    };
  };
  const push = async (json: object, tag?: string) =>
    repository.pushManifest(tag ?? sha256(Buffer.from(JSON.stringify(json))), json, MANIFEST);
  const made = await Promise.all(
    Array.from({ length: shape.images }, () =>
      limiter.run(signal, async () => {
        const content = Array.from({ length: shape.layers }, () => randomBytes(shape.layerSize));
        return push(await image(content, shape.configSize));
      }),
    ),
  );
  const old = kept?.images.filter((digest) => digest !== kept.root).slice(shape.images) ?? [];
  const images = [...old, ...made];
  if (shape.isLock === true) return { path, root: undefined, images, blobs, layers, bytes };
  const layer = gzipSync(tarFile('.imgpkg/images.yml', Buffer.from(lockOf(repository.name, images))));
  const root = await push(await image([layer], 0, { 'dev.carvel.imgpkg.bundle': 'true' }), 'v1');
  return { path, root, images: [root, ...images], blobs, layers, bytes };
}

/** An ImagesLock of these images of a repository, as a document. */
export function lockOf(repository: string, digests: readonly string[]): string {
  const images = digests.map((digest) => `- image: ${repository}@${digest}`);
  return ['apiVersion: imgpkg.carvel.dev/v1alpha1', 'kind: ImagesLock', 'images:', ...images, ''].join('\n');
}

/** Sources that several shapes share, by their shape: filled once, and only read. */
export class Sources {
  readonly #folder: string;
  readonly #filled = new Map<string, { storage: string; source: BenchSource }>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async open(shape: SourceShape): Promise<{ storage: string; source: BenchSource }> {
    const key = JSON.stringify(shape);
    const filled = this.#filled.get(key);
    if (filled !== undefined) return filled;
    const storage = join(this.#folder, String(this.#filled.size));
    const registry = await startRegistry({ storage });
    const made = { storage, source: await fillSource(registry.host, SOURCE, shape) };
    await registry.stop();
    this.#filled.set(key, made);
    return made;
  }
}
