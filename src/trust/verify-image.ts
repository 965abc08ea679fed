import { AttachmentFinder } from '../carvel/attachments.ts';
import { RegistryImageReader } from '../carvel/registry-image-reader.ts';
import type { Registries } from '../oci/registries.ts';
import type { DigestReference } from '../oci/reference.ts';
import { Gate, MAX_SIGNATURE } from './gate.ts';
import type { Verdict } from './gate.ts';
import { loadPolicy } from './policy.ts';

/** Maximum number of concurrent requests. */
const PARALLEL = 8;

/**
 * What a policy says about one image in a registry, without the images in its lock.
 * @param tag under which it was requested, for scopes with a tag
 * @throws trust.policy-unreadable, trust.policy-invalid, oci.not-found and others
 */
export async function verifyImage(
  registries: Registries,
  place: DigestReference,
  { policy: path, tag }: { readonly policy: string; readonly tag?: string | undefined },
  signal: AbortSignal,
): Promise<Verdict> {
  const policy = await loadPolicy(path);
  const reader = new RegistryImageReader(registries, PARALLEL);
  const image = await reader.read(place, signal);
  const finder = new AttachmentFinder(registries, reader, { cosignSignatures: true, referrers: false }, PARALLEL);
  const gate = new Gate(policy, await finder.find([image], signal), (where, blob, stop) =>
    registries.client(where.registry).readBlob(where.path, blob, MAX_SIGNATURE, stop),
  );
  const [verdict] = await gate.judge([{ image, ...(tag === undefined ? {} : { tag }) }], signal);
  if (verdict === undefined) throw new Error('The gate judges every image.');
  return verdict;
}
