import { storedGzip } from '../base/stored-gzip.ts';
import { parseJson, record, textMap } from '../base/json.ts';
import { digestOf } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import { DOCKER_CONFIG, DOCKER_LAYER, DOCKER_MANIFEST } from '../oci/media-types.ts';
import { readBundleLayer } from './bundle-layer.ts';
import type { OpenLayer } from './bundle-layer.ts';
import type { FoundImage } from './graph.ts';
import { paddedSize, TAR_BLOCK } from './tar/header.ts';
import { formatEntryHeader } from './tar/pax.ts';
import { TarReader } from './tar/tar-reader.ts';

/** Maximum size of all files of a bundle that is changed, in bytes; it is held in memory. */
const FILES_LIMIT = 256 * 1024 * 1024;

/** A file or folder in a bundle's layer. */
export interface BundleEntry {
  /** Relative, without `./`; empty for the folder itself. */
  readonly path: string;
  readonly mode: number;
  /** Undefined for a folder. */
  readonly content?: Buffer;
}

/** A bundle made here, with the content of its config and layer. */
export interface BuiltBundle {
  readonly image: FoundImage;
  readonly blobs: ReadonlyMap<Digest, Buffer>;
}

/**
 * All files and folders of a bundle's layer, in its order.
 * @throws the errors of readBundleLayer; carvel.lock-unreadable if the layer has links or its files are too large
 */
export function readBundleEntries(bundle: FoundImage, openLayer: OpenLayer): Promise<BundleEntry[]> {
  return readBundleLayer(bundle, openLayer, async (stream) => {
    const tar = new TarReader(stream);
    const entries: BundleEntry[] = [];
    let total = 0;
    for (let entry = await tar.next(); entry !== undefined; entry = await tar.next()) {
      const { type, size, mode } = entry;
      const path = entry.path.slice(1).replace(/\/$/, '');
      // A global PAX header applies to no file.
      if (type === 'g') continue;
      if (type === '5') {
        entries.push({ path, mode });
        continue;
      }
      if (!entry.isFile) throw new RangeError(`${path} is neither a file nor a folder`);
      total += size;
      if (total > FILES_LIMIT) throw new RangeError(`its files exceed the limit of ${FILES_LIMIT} bytes`);
      entries.push({ path, mode, content: await tar.content(FILES_LIMIT) });
    }
    await tar.drain();
    return entries;
  });
}

/**
 * Makes a bundle with these files in place of another bundle's. Its manifest has these annotations, and the media types
 * that imgpkg writes: it reads no bundle with another kind of layer. The same arguments always give the same bytes.
 * @param config the other bundle's config, whose labels and platform are kept
 */
export function buildBundle(
  bundle: FoundImage,
  config: Buffer,
  entries: readonly BundleEntry[],
  annotations: Readonly<Record<string, string>>,
): BuiltBundle {
  const tar = tarOf(entries);
  const layer = storedGzip(tar);
  const { rootfs: _, history: __, ...rest } = record(parseJson(config));
  const ownConfig = Buffer.from(JSON.stringify({ ...rest, rootfs: { type: 'layers', diff_ids: [digestOf(tar)] } }));
  const descriptors = [
    { mediaType: DOCKER_CONFIG, size: ownConfig.byteLength, digest: digestOf(ownConfig) },
    { mediaType: DOCKER_LAYER, size: layer.byteLength, digest: digestOf(layer) },
  ] as const;
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: DOCKER_MANIFEST,
      config: descriptors[0],
      layers: [descriptors[1]],
      annotations: { ...annotationsOf(bundle), ...annotations },
    }),
  );
  const digest = digestOf(manifest);
  const { registry, path } = bundle.place;
  return {
    image: {
      place: { registry, path, digest },
      node: { digest, mediaType: DOCKER_MANIFEST, bytes: manifest, children: [], blobs: descriptors },
      kind: 'bundle',
    },
    blobs: new Map([
      [descriptors[0].digest, ownConfig],
      [descriptors[1].digest, layer],
    ]),
  };
}

/** The annotations of an image's manifest. */
export function annotationsOf({ node }: Pick<FoundImage, 'node'>): Readonly<Record<string, string>> {
  return textMap(record(parseJson(node.bytes))['annotations']);
}

function tarOf(entries: readonly BundleEntry[]): Buffer {
  const parts = entries.flatMap(({ path, mode, content }) => {
    const size = content?.byteLength ?? 0;
    const name = path === '' ? '.' : path;
    const header = formatEntryHeader({ name, type: content === undefined ? '5' : '0', mode, size });
    return content === undefined ? [header] : [header, content, Buffer.alloc(paddedSize(size) - size)];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * TAR_BLOCK)]);
}
