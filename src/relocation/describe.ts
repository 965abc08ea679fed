import { discoverBundle } from '../carvel/discovery.ts';
import type { BundleNode, FoundImage } from '../carvel/graph.ts';
import { RegistryImageReader } from '../carvel/registry-image-reader.ts';
import type { Digest } from '../oci/digest.ts';
import type { Registries } from '../oci/registries.ts';
import { parseReference } from '../oci/reference.ts';
import { ArchiveSource } from './archive-source.ts';
import { DescriptionBuilder } from './describe-image.ts';
import type { Description } from './description.ts';

/** What describes an archive or a registry's image alike. */
interface Found {
  readonly images: readonly { readonly image: FoundImage; readonly tag?: string }[];
  readonly root?: { readonly image: FoundImage; readonly tag?: string };
  readonly bundles: readonly BundleNode[];
}

/**
 * Reads a bundle with everything its locks name, an image or an index; makes no request that writes.
 * @param parallel requests under way at once
 * @throws oci.reference-invalid, oci.not-found, carvel.image-missing
 */
export async function describeReference(
  reference: string,
  registries: Registries,
  parallel: number,
  signal: AbortSignal,
): Promise<Description> {
  const { registry, path, tag, digest: given } = parseReference(reference);
  const reader = new RegistryImageReader(registries, parallel);
  const digest = given ?? (await resolve(registries, { registry, path, tag: tag ?? 'latest' }, signal));
  const image = await reader.read({ registry, path, digest }, signal);
  const root = { image, ...(given === undefined && tag !== undefined ? { tag } : {}) };
  const graph = image.kind === 'bundle' ? await discoverBundle(reader, image, signal) : { bundles: [], images: [] };
  const images = [root, ...graph.images.map((each) => ({ image: each }))];
  return describeFound(reference, { root, images, bundles: graph.bundles });
}

/** Reads an archive's manifest.json and the locks of its bundles; its layers are not verified. */
export async function describeArchive(path: string, signal: AbortSignal): Promise<Description> {
  const source = await ArchiveSource.open(path);
  try {
    const { items, root, bundles } = await source.discover(signal);
    return describeFound(path, { images: items, bundles, ...(root === undefined ? {} : { root }) });
  } finally {
    await source.close();
  }
}

function describeFound(source: string, { images, root, bundles }: Found): Description {
  const builder = new DescriptionBuilder(
    images.map(({ image }) => image),
    bundles,
  );
  const roots = root === undefined ? images : [root];
  return { source, roots: roots.map(({ image, tag }) => builder.describe(image, tag)), totals: builder.totals() };
}

async function resolve(
  registries: Registries,
  { registry, path, tag }: { registry: string; path: string; tag: string },
  signal: AbortSignal,
): Promise<Digest> {
  const client = registries.client(registry);
  const head = await client.headManifest(path, tag, signal);
  // What is missing is asked for once more by GET: its answer says why.
  return (head ?? (await client.getManifest(path, tag, signal))).digest;
}
