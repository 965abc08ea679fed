import { AirgapError } from '../../base/errors.ts';
import { digestOf } from '../../oci/digest.ts';
import type { Descriptor } from '../../oci/manifest.ts';
import { OCI_INDEX, OCI_MANIFEST } from '../../oci/media-types.ts';
import type { Registries } from '../../oci/registries.ts';
import type { Repository } from '../../oci/reference.ts';

/** Statuses of registries that refuse an index because of a manifest that they do not have. */
const REFUSED = new Set([400, 404, 422]);

/**
 * Whether a repository takes an index without its manifests: tries it with an index of the same platforms that lists
 * manifests which exist nowhere, under its digest and without a tag, and deletes it.
 */
export async function acceptsSparseIndex(
  { registry, path }: Repository,
  registries: Registries,
  manifests: readonly Descriptor[],
  signal: AbortSignal,
): Promise<boolean> {
  const platforms = [...new Set(manifests.map(({ platform }) => platform ?? 'unknown/unknown'))].sort();
  const index = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      manifests: platforms.map((text) => {
        const [os, architecture, variant] = text.split('/');
        const content = Buffer.from(`carvel-airgap: no manifest for ${text}`);
        const platform = { os, architecture, ...(variant === undefined ? {} : { variant }) };
        return { mediaType: OCI_MANIFEST, digest: digestOf(content), size: content.byteLength, platform };
      }),
    }),
  );
  const digest = digestOf(index);
  try {
    await registries.writer(registry).putManifest(path, digest, index, OCI_INDEX, signal);
  } catch (error) {
    if (isRefusal(error)) return false;
    throw error;
  }
  try {
    await registries.deleteManifest(registry, path, digest, signal);
  } catch (error) {
    // Without permission to delete, an index that no tag names stays.
    if (!(error instanceof AirgapError)) throw error;
  }
  return true;
}

function isRefusal(error: unknown): boolean {
  return error instanceof AirgapError && REFUSED.has(Number(error.args['status'] ?? Number.NaN));
}
