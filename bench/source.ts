import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';

import { Limiter } from '../src/base/limiter.ts';
import { RawRepository, sha256, tarFile } from '../test/support/raw-registry.ts';

const DOCKER = 'application/vnd.docker';
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
  const blobs: string[] = [];
  let bytes = 0;
  const { signal } = new AbortController();
  const image = async (layers: readonly Buffer[], configSize: number, labels?: object) => {
    const bare = { config: { Labels: labels ?? {} }, rootfs: { type: 'layers', diff_ids: layers.map(sha256) } };
    const padding = 'x'.repeat(Math.max(0, configSize - JSON.stringify({ ...bare, padding: '' }).length));
    const config = await repository.pushBlob(Buffer.from(JSON.stringify({ ...bare, padding })));
    const pushed = [];
    for (const layer of layers) {
      pushed.push({ mediaType: `${DOCKER}.image.rootfs.diff.tar.gzip`, ...(await repository.pushBlob(layer)) });
    }
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
        const layers = Array.from({ length: shape.layers }, () => randomBytes(shape.layerSize));
        return push(await image(layers, shape.configSize));
      }),
    ),
  );
  const old = kept?.images.filter((digest) => digest !== kept.root).slice(shape.images) ?? [];
  const images = [...old, ...made];
  if (shape.isLock === true) return { path, root: undefined, images, blobs, bytes };
  const layer = gzipSync(tarFile('.imgpkg/images.yml', Buffer.from(lockOf(repository.name, images))));
  const root = await push(await image([layer], 0, { 'dev.carvel.imgpkg.bundle': 'true' }), 'v1');
  return { path, root, images: [root, ...images], blobs, bytes };
}

/** An ImagesLock of these images of a repository, as a document. */
export function lockOf(repository: string, digests: readonly string[]): string {
  const images = digests.map((digest) => `- image: ${repository}@${digest}`);
  return ['apiVersion: imgpkg.carvel.dev/v1alpha1', 'kind: ImagesLock', 'images:', ...images, ''].join('\n');
}
