import { parseJson } from '../base/json.ts';
import { parseManifest } from '../oci/manifest.ts';
import type { RegistryClient } from '../oci/registry-client.ts';
import { carvelError } from './errors.ts';

export type ImageDocument = 'manifest' | 'config';

const CONFIG_LIMIT = 8 * 1024 * 1024;

/**
 * Reads a manifest or a config for display: JSON is indented, everything else is unchanged.
 * @throws carvel.no-config for an index
 */
export async function readImageDocument(
  client: RegistryClient,
  path: string,
  tagOrDigest: string,
  what: ImageDocument,
  signal: AbortSignal,
): Promise<string> {
  const { bytes, digest, mediaType } = await client.getManifest(path, tagOrDigest, signal);
  if (what === 'manifest') return readable(bytes);
  const reference = `${client.host}/${path}@${digest}`;
  const manifest = parseManifest(bytes, mediaType, reference);
  if (manifest.kind === 'index') throw carvelError('no-config', { reference });
  return readable(await client.readBlob(path, manifest.config, CONFIG_LIMIT, signal));
}

/** Indents JSON and leaves everything else unchanged. */
export function readable(bytes: Buffer): string {
  const json = parseJson(bytes);
  return json === undefined ? bytes.toString('utf8') : `${JSON.stringify(json, undefined, 2)}\n`;
}
