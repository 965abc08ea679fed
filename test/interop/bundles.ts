import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { imgpkg } from '../support/imgpkg.ts';
import { makeTemporaryFolder } from '../support/lifetime.ts';
import { type RawRepository, sha256, tarFile } from '../support/raw-registry.ts';
import { artifact, descriptorOf, push, readImage } from './artifact.ts';
import type { Artifact, LockEntry } from './artifact.ts';

const DOCKER = 'application/vnd.docker';

export interface BundleContent {
  readonly entries: readonly LockEntry[];
  /** What is in images.yml besides: kbld's annotations of each entry. */
  readonly annotated: boolean;
  /** Other files of the bundle by their path. */
  readonly files: Readonly<Record<string, string>>;
}

/** An ImagesLock; the annotations name no digest, as kbld's do. */
export function imagesLock(entries: readonly LockEntry[], annotated: boolean): string {
  const images = entries.flatMap(({ name }, index) => [
    `- image: ${name}`,
    ...(annotated ? ['  annotations:', `    kbld.carvel.dev/id: "vendor.example/app:${index}"`] : []),
  ]);
  return [
    '---',
    'apiVersion: imgpkg.carvel.dev/v1alpha1',
    'kind: ImagesLock',
    ...(images.length === 0 ? [] : ['images:', ...images]),
    '',
  ].join('\n');
}

/** A bundle that the real imgpkg makes of a folder. */
export async function pushByImgpkg(repository: RawRepository, tag: string, content: BundleContent): Promise<Artifact> {
  const folder = await makeTemporaryFolder('bundle');
  try {
    const files = { '.imgpkg/images.yml': imagesLock(content.entries, content.annotated), ...content.files };
    for (const [path, text] of Object.entries(files)) {
      const file = join(folder.path, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    }
    const { code, stderr } = await imgpkg(['push', '-b', `${repository.name}:${tag}`, '-f', folder.path]);
    if (code !== 0) throw new Error(`imgpkg push: ${stderr}`);
  } finally {
    await folder.remove();
  }
  return { ...(await readImage('bundle', repository, tag)), lock: content.entries };
}

/** A bundle as another tool could make it: the label has no value, the folder no entry of its own. */
export async function pushByHand(repository: RawRepository, tag: string, content: BundleContent): Promise<Artifact> {
  const tar = tarFile('.imgpkg/images.yml', Buffer.from(imagesLock(content.entries, content.annotated)));
  const layer = gzipSync(tar);
  const config = Buffer.from(
    JSON.stringify({
      config: { Labels: { 'dev.carvel.imgpkg.bundle': '', note: '<by hand>' } },
      rootfs: { type: 'layers', diff_ids: [sha256(tar)] },
    }),
  );
  const mediaType = `${DOCKER}.distribution.manifest.v2+json`;
  const json = {
    schemaVersion: 2,
    mediaType,
    config: descriptorOf(`${DOCKER}.container.image.v1+json`, config),
    layers: [descriptorOf(`${DOCKER}.image.rootfs.diff.tar.gzip`, layer)],
  };
  const bundle = { ...artifact('bundle', mediaType, json, { blobs: [config, layer] }), lock: content.entries };
  await push(repository, bundle, tag);
  return bundle;
}
