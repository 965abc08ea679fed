import type { AttachmentChoice } from '../carvel/attachments.ts';
import type { Digest } from '../oci/digest.ts';
import type { Registries } from '../oci/registries.ts';
import { ArchiveSource } from './archive/archive-source.ts';
import { DescriptionBuilder } from './describe-image.ts';
import type { Description } from './description.ts';
import { RegistrySource } from './registry/registry-source.ts';
import { findReference } from './registry/root-finders.ts';
import type { RelocationSource } from './source.ts';

/** Maximum number of concurrent requests. */
const PARALLEL = 16;

/**
 * Reads an image, an index or a bundle with everything that its locks name. Sends no request that writes.
 * @throws oci.reference-invalid, oci.not-found, carvel.image-missing
 */
export function describeReference(
  reference: string,
  registries: Registries,
  attachments: AttachmentChoice,
  signal: AbortSignal,
): Promise<Description> {
  const find = findReference({ reference, as: 'any' });
  const own = { description: reference, registries, attachments, parallel: PARALLEL, keepGoing: false, find };
  const source = new RegistrySource(own);
  return describeSource(source, signal);
}

/** Reads an archive's manifest.json and the locks of its bundles. Layers are not verified. */
export async function describeArchive(path: string, signal: AbortSignal): Promise<Description> {
  const source = await ArchiveSource.open(path);
  try {
    return await describeSource(source, signal);
  } finally {
    await source.close();
  }
}

async function describeSource(source: RelocationSource, signal: AbortSignal): Promise<Description> {
  const { items, root, bundles } = await source.discover(signal);
  const builder = new DescriptionBuilder(
    items.map(({ image }) => image),
    bundles,
  );
  const roots = root === undefined ? [] : [builder.describe(root.image, root.tag)];
  const shown = new Set<Digest>();
  for (const { image, tag } of items) {
    if (builder.has(image.node.digest) || shown.has(image.node.digest)) continue;
    shown.add(image.node.digest);
    roots.push(builder.describe(image, tag));
  }
  return { source: source.description, roots, totals: builder.totals() };
}
