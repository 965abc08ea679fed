import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';

import { Limiter } from '../src/base/limiter.ts';
import { RawRepository, sha256, tarFile } from '../test/support/raw-registry.ts';

const DOCKER = 'application/vnd.docker';
const MANIFEST = `${DOCKER}.distribution.manifest.v2+json`;

/** Images with a bundle around them, all in one repository. */
export interface BenchSource {
  /** Path of the repository, whichever way its registry is reached. */
  readonly path: string;
  readonly root: string;
  /** Digests of the images, the bundle among them. */
  readonly images: readonly string[];
  readonly blobs: readonly string[];
}

export interface SourceShape {
  readonly images: number;
  readonly layers: number;
  /** Bytes of each layer. */
  readonly layerSize: number;
  /** Bytes of each config. */
  readonly configSize: number;
}

/** Fills a repository with a bundle (tag `v1`) of images of random content. */
export async function fillSource(host: string, path: string, shape: SourceShape): Promise<BenchSource> {
  const repository = new RawRepository(host, path);
  const limiter = new Limiter(4);
  const blobs: string[] = [];
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
    return {
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: { mediaType: `${DOCKER}.container.image.v1+json`, ...config },
      layers: pushed,
    };
  };
  const push = async (json: object, tag?: string) =>
    repository.pushManifest(tag ?? sha256(Buffer.from(JSON.stringify(json))), json, MANIFEST);
  const images = await Promise.all(
    Array.from({ length: shape.images }, () =>
      limiter.run(signal, async () => {
        const layers = Array.from({ length: shape.layers }, () => randomBytes(shape.layerSize));
        return push(await image(layers, shape.configSize));
      }),
    ),
  );
  const lock = [
    'apiVersion: imgpkg.carvel.dev/v1alpha1',
    'kind: ImagesLock',
    'images:',
    ...images.map((digest) => `- image: ${repository.name}@${digest}`),
    '',
  ].join('\n');
  const layer = gzipSync(tarFile('.imgpkg/images.yml', Buffer.from(lock)));
  const root = await push(await image([layer], 0, { 'dev.carvel.imgpkg.bundle': 'true' }), 'v1');
  return { path, root, images: [root, ...images], blobs };
}
