// Container images of the sample application, which a container runtime can run: image specification 1.1.
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';

import { type RawRepository, sha256, tarFile, tarFiles } from './raw-registry.ts';
import { ensureSampleApp } from './setup/node.mjs';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';

/** The architecture of this machine, as images name it. */
const ARCHITECTURE = process.arch === 'x64' ? 'amd64' : process.arch;

export interface SampleImage {
  readonly manifest: Buffer;
  readonly config: Buffer;
  readonly layer: Buffer;
}

/**
 * An image of the sample application for this machine, which runs in this mode. Another `label` makes another digest,
 * with the same layer.
 */
export async function sampleImage(label: string, mode: 'serve' | 'pause' = 'serve'): Promise<SampleImage> {
  return makeImage(ARCHITECTURE, label, tarFile('sample-app', await readFile(await ensureSampleApp()), '0755'), mode);
}

/** Pushes the image and returns its digest. */
export async function pushSampleImage(repository: RawRepository, label: string, tag?: string): Promise<string> {
  return push(repository, await sampleImage(label), tag);
}

/**
 * Pushes an index of two platforms: this machine's, which runs, and one with a placeholder.
 * @returns the digests of the index and its children
 */
export async function pushSampleIndex(
  repository: RawRepository,
  label: string,
): Promise<{ index: string; mine: string; other: string }> {
  const architecture = ARCHITECTURE === 'arm64' ? 'amd64' : 'arm64';
  const placeholder = makeImage(architecture, label, tarFile('README', Buffer.from(`Not built: ${architecture}\n`)));
  const images = [await sampleImage(label), placeholder] as const;
  const mine = await push(repository, images[0]);
  const other = await push(repository, placeholder);
  const manifests = images.map(({ manifest }, index) => ({
    mediaType: MANIFEST,
    digest: sha256(manifest),
    size: manifest.byteLength,
    platform: { os: 'linux', architecture: index === 0 ? ARCHITECTURE : architecture },
  }));
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests }));
  return { index: await repository.pushBytes(sha256(bytes), bytes, INDEX), mine, other };
}

/** A tar in the layout that `ctr images import` reads; the image is named `name`. */
export function imageLayoutTar({ manifest, config, layer }: SampleImage, name: string): Buffer {
  const annotations = { 'io.containerd.image.name': name };
  const entry = { mediaType: MANIFEST, digest: sha256(manifest), size: manifest.byteLength, annotations };
  const json = (value: unknown) => Buffer.from(JSON.stringify(value));
  const blobs = [manifest, config, layer].map((bytes) => [`blobs/${sha256(bytes).replace(':', '/')}`, bytes] as const);
  return tarFiles([
    ['oci-layout', json({ imageLayoutVersion: '1.0.0' })],
    ['index.json', json({ schemaVersion: 2, mediaType: INDEX, manifests: [entry] })],
    ...blobs,
  ]);
}

function makeImage(architecture: string, label: string, tar: Buffer, mode = 'serve'): SampleImage {
  const json = (value: unknown) => Buffer.from(JSON.stringify(value));
  // The fastest compression: the image stays on this machine.
  const layer = gzipSync(tar, { level: 1 });
  const config = json({
    architecture,
    os: 'linux',
    config: { Entrypoint: ['/sample-app'], Cmd: [mode], Labels: { sample: label } },
    rootfs: { type: 'layers', diff_ids: [sha256(tar)] },
  });
  const descriptor = (mediaType: string, bytes: Buffer) => ({
    mediaType,
    digest: sha256(bytes),
    size: bytes.byteLength,
  });
  const manifest = json({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: descriptor(CONFIG, config),
    layers: [descriptor(LAYER, layer)],
  });
  return { manifest, config, layer };
}

async function push(repository: RawRepository, image: SampleImage, tag?: string): Promise<string> {
  await Promise.all([repository.pushBlob(image.layer), repository.pushBlob(image.config)]);
  return repository.pushBytes(tag ?? sha256(image.manifest), image.manifest, MANIFEST);
}
