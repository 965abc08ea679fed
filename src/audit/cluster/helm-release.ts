import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

import { array, isRecord, parseJson, record, text } from '../../base/json.ts';
import { parseYamlDocuments, yamlValue } from '../../packaging/yaml-text.ts';

/** Kubernetes limits a Secret to 1 MiB; a release of that size does not unpack to more than this. */
const MAX_BYTES = 64 * 1024 * 1024;
/** Tests run only with `helm test`. */
const HOOKS_NOT_RUN = new Set(['test', 'test-success', 'test-failure']);

/** A Helm release, as far as it matters here. */
export interface HelmRelease {
  /** `namespace/name`, revision. */
  readonly title: string;
  readonly namespace: string;
  /** The rendered objects, including those of hooks. */
  readonly objects: readonly unknown[];
}

/**
 * Decodes a release from the Secret or ConfigMap in which Helm stores it: base64 of gzipped JSON, in a Secret encoded
 * once more (helm, pkg/storage/driver/util.go).
 * @throws Error with the reason
 */
export async function decodeHelmRelease(stored: unknown, kind: 'Secret' | 'ConfigMap'): Promise<HelmRelease> {
  const encoded = text(record(record(stored)['data'])['release']);
  if (encoded === undefined) throw new Error('it has no release');
  const inner = kind === 'Secret' ? Buffer.from(encoded, 'base64').toString('latin1') : encoded;
  const packed = Buffer.from(inner, 'base64');
  const isPacked = packed.subarray(0, 3).equals(Buffer.from([0x1f, 0x8b, 0x08]));
  const bytes = isPacked ? await unpacked(packed) : packed;
  const release = parseJson(bytes);
  if (!isRecord(release)) throw new Error('it is not JSON');
  const hooks = array(release['hooks'])
    .map(record)
    .filter(({ events }) => !array(events).every((event) => HOOKS_NOT_RUN.has(String(event))))
    .map(({ manifest }) => text(manifest) ?? '');
  const texts = [text(release['manifest']) ?? '', ...hooks];
  const namespace = text(release['namespace']) ?? '';
  const name = text(release['name']) ?? '';
  return {
    title: `Helm release ${namespace}/${name}`,
    namespace,
    objects: texts.flatMap((manifest) => objectsIn(manifest, namespace)),
  };
}

async function unpacked(bytes: Buffer): Promise<Buffer> {
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: MAX_BYTES });
  } catch (error) {
    const isTooLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    throw new Error(isTooLarge ? `it unpacks to more than ${MAX_BYTES} bytes` : 'it is not gzip', { cause: error });
  }
}

/** Helm adds the release's namespace to objects that name none when it applies them. */
function objectsIn(manifest: string, namespace: string): unknown[] {
  return parseYamlDocuments(manifest).flatMap((document) => {
    const value = yamlValue(document);
    if (!isRecord(value)) return [];
    const items = Array.isArray(value['items']) ? array(value['items']) : [value];
    return items.map((item) => {
      const metadata = record(record(item)['metadata']);
      return { ...record(item), metadata: { ...metadata, namespace: text(metadata['namespace']) ?? namespace } };
    });
  });
}
