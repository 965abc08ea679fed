import { createHash } from 'node:crypto';
import { createGzip } from 'node:zlib';
import { once } from 'node:events';

import { VERSION } from '../../base/version.ts';
import { timeStamp } from '../../base/time-stamp.ts';
import {
  blobEntryName,
  formatLayoutIndex,
  INDEX_NAME,
  LAYOUT_FILE,
  LAYOUT_NAME,
} from '../../carvel/archive/layout-index.ts';
import { paddedSize, TAR_BLOCK } from '../../carvel/tar/header.ts';
import { formatEntryHeader } from '../../carvel/tar/pax.ts';
import { digestOf, parseDigest } from '../../oci/digest.ts';
import type { Digest } from '../../oci/digest.ts';
import { OCI_CONFIG, OCI_LAYER, OCI_MANIFEST } from '../../oci/media-types.ts';
import { NODE, PROGRAM, readProgram, readRuntime } from './runtime-files.ts';
import type { ImageFile } from './runtime-files.ts';

/** Neither root nor a user of a common base image. */
const USER = 65_532;
const HOME = 'home/nonroot';
const FOLDER = 'usr/local/lib/carvel-airgap';
/** The gzip header's operating system byte: "unknown" (RFC 1952, section 2.3.1). */
const [GZIP_OS, UNKNOWN_OS] = [9, 255];

/** An image in an OCI image layout, in a tar. */
export interface ImageTar {
  /** Of the manifest. */
  readonly digest: Digest;
  readonly tag: string;
  /** os/architecture */
  readonly platform: string;
  readonly bytes: Buffer;
}

interface Layer {
  readonly bytes: Buffer;
  readonly digest: Digest;
  /** The digest of its tar (image-spec, config.md). */
  readonly diffId: Digest;
}

/**
 * Builds an image of the command line: the Node that runs it with its libraries, and the program itself in a layer of
 * its own, so that a new version shares the rest. The same files give the same bytes; SOURCE_DATE_EPOCH sets the time
 * of creation, which is 1970 otherwise.
 * @param tag names the image in the layout
 * @throws the errors of readRuntime
 */
export async function buildImage(tag: string, environment: NodeJS.ProcessEnv, signal: AbortSignal): Promise<ImageTar> {
  const { files, libraryFolders } = await readRuntime();
  const layers = [await layerOf([...SYSTEM, ...files], signal), await layerOf(await readProgram(FOLDER), signal)];
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch;
  const config = json({
    created: timeStamp({ SOURCE_DATE_EPOCH: environment['SOURCE_DATE_EPOCH'] ?? '0' }),
    architecture,
    os: 'linux',
    config: {
      User: `${USER}:${USER}`,
      Env: ['PATH=/usr/local/bin', `HOME=/${HOME}`, `LD_LIBRARY_PATH=${libraryFolders.join(':')}`],
      Entrypoint: [`/${NODE}`, `/${FOLDER}/${PROGRAM}`],
      WorkingDir: `/${HOME}`,
      Labels: { 'org.opencontainers.image.title': 'carvel-airgap', 'org.opencontainers.image.version': VERSION },
    },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
  });
  const configDigest = digestOf(config);
  const manifest = json({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: { mediaType: OCI_CONFIG, digest: configDigest, size: config.byteLength },
    layers: layers.map(({ digest, bytes }) => ({ mediaType: OCI_LAYER, digest, size: bytes.byteLength })),
  });
  const digest = digestOf(manifest);
  const node = { digest, mediaType: OCI_MANIFEST, bytes: manifest };
  const blobs = [[digest, manifest] as const, [configDigest, config] as const].concat(
    layers.map((layer) => [layer.digest, layer.bytes] as const),
  );
  const entries = [
    { path: LAYOUT_NAME, content: LAYOUT_FILE },
    { path: INDEX_NAME, content: formatLayoutIndex([{ node, name: tag }]) },
    ...blobs.map(([each, content]) => ({ path: blobEntryName(each), content })),
  ];
  const bytes = Buffer.concat([...tarParts(entries.map((entry) => ({ ...entry, mode: 0o644 })))]);
  return { digest, tag, platform: `linux/${architecture}`, bytes };
}

const text = (path: string, content: string): ImageFile => ({ path, mode: 0o644, content: Buffer.from(content) });

/** What a container needs besides programs: names for its user, an order for looking up hosts, writable folders. */
const SYSTEM: readonly ImageFile[] = [
  text('etc/passwd', `root:x:0:0:root:/:/sbin/nologin\nnonroot:x:${USER}:${USER}:nonroot:/${HOME}:/sbin/nologin\n`),
  text('etc/group', `root:x:0:\nnonroot:x:${USER}:\n`),
  text('etc/nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files dns\n'),
  { path: HOME, mode: 0o700, owner: USER },
  { path: 'tmp', mode: 0o1777 },
];

/** Compresses files, and the folders that contain them, sorted by path. */
async function layerOf(files: readonly ImageFile[], signal: AbortSignal): Promise<Layer> {
  const folders = new Set(files.flatMap(({ path }) => parentsOf(path)));
  for (const { path } of files) folders.delete(path);
  const all = [...files, ...[...folders].map((path): ImageFile => ({ path, mode: 0o755 }))];
  all.sort((a, b) => (a.path < b.path ? -1 : 1));
  const hash = createHash('sha256');
  const gzip = createGzip();
  const compressed = gzip.toArray();
  for (const part of tarParts(all)) {
    signal.throwIfAborted();
    hash.update(part);
    if (!gzip.write(part)) await once(gzip, 'drain', { signal });
  }
  gzip.end();
  const bytes = Buffer.concat((await compressed) as Buffer[]);
  bytes[GZIP_OS] = UNKNOWN_OS;
  const diffId = parseDigest(`sha256:${hash.digest('hex')}`, 'a layer');
  return { bytes, digest: digestOf(bytes), diffId };
}

function parentsOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

function* tarParts(files: readonly ImageFile[]): Generator<Buffer> {
  for (const { path, mode, owner, content } of files) {
    const size = content?.byteLength ?? 0;
    const name = content === undefined ? `${path}/` : path;
    yield formatEntryHeader({ name, type: content === undefined ? '5' : '0', mode, size, ...(owner && { owner }) });
    if (content === undefined) continue;
    yield content;
    yield Buffer.alloc(paddedSize(size) - size);
  }
  yield Buffer.alloc(2 * TAR_BLOCK);
}

function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}
