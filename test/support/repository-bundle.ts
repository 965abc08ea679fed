import { gzipSync } from 'node:zlib';

import { type RawRepository, tarFiles } from './raw-registry.ts';

/** Pushes a repository bundle with one lock entry and a Package for each fetch step. */
export async function pushRepositoryBundle(
  repository: RawRepository,
  image: string,
  packages: Readonly<Record<string, string>>,
  { tag = 'packages', template = 'ytt: {}\n      - kbld: {paths: ["-", ".imgpkg/images.yml"]}' } = {},
): Promise<string> {
  const lock = `---
apiVersion: imgpkg.carvel.dev/v1alpha1
images:
- annotations:
    kbld.carvel.dev/id: ${image}
  image: ${image}
kind: ImagesLock
`;
  const files = Object.entries(packages).map(([name, fetch]): [string, string] => [
    `packages/${name}.test/1.yml`,
    `apiVersion: data.packaging.carvel.dev/v1alpha1
kind: Package
metadata: {name: ${name}.apps.test.1.0.0}
spec:
  refName: ${name}.apps.test
  version: 1.0.0
  template:
    spec:
      fetch:
      - ${fetch}
      template:
      - ${template}
`,
  ]);
  return pushBundle(repository, tag, { '.imgpkg/images.yml': lock, ...Object.fromEntries(files) });
}

/** Pushes a bundle with these files, by path. */
export async function pushBundle(
  repository: RawRepository,
  tag: string,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  const tar = tarFiles(Object.entries(files).map(([name, text]) => [name, Buffer.from(text)]));
  return repository.pushImage(tag, [gzipSync(tar)], { 'dev.carvel.imgpkg.bundle': 'true' });
}

/**
 * An ImagesLock: references by the text that kbld knows them by.
 * @param origin the reference that kbld resolved, which it records in the lock that it writes
 */
export function imagesLock(images: Readonly<Record<string, string>>, origin?: string): string {
  const origins =
    origin === undefined ? '' : `, kbld.carvel.dev/origins: "- resolved: {url: '${origin}', tag: latest}"`;
  const entries = Object.entries(images).map(
    ([id, image]) => `- image: ${image}\n  annotations: {kbld.carvel.dev/id: "${id}"${origins}}\n`,
  );
  const list = entries.length === 0 ? ' []\n' : `\n${entries.join('')}`;
  return `apiVersion: imgpkg.carvel.dev/v1alpha1\nkind: ImagesLock\nimages:${list}`;
}
