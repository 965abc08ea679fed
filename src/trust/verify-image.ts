import { isAbort } from '../base/errors.ts';
import { AttachmentFinder } from '../carvel/attachments.ts';
import { RegistryImageReader } from '../carvel/registry-image-reader.ts';
import type { Registries } from '../oci/registries.ts';
import type { DigestReference } from '../oci/reference.ts';
import { Gate, MAX_SIGNATURE } from './gate.ts';
import type { Verdict } from './gate.ts';
import { loadPolicy } from './policy.ts';
import type { Policy } from './policy.ts';

/** Maximum number of concurrent requests. */
const PARALLEL = 8;

interface ImageNames {
  /** Under which it was requested, for scopes with a tag. */
  readonly tag?: string | undefined;
  /** Its registry's name in the policy, if it is reached under another name. */
  readonly registry?: string | undefined;
}

/**
 * What a policy says about one image in a registry, without the images in its lock.
 * @throws trust.policy-unreadable, trust.policy-invalid, oci.not-found and others
 */
export async function verifyImage(
  registries: Registries,
  place: DigestReference,
  { policy, ...names }: ImageNames & { readonly policy: string },
  signal: AbortSignal,
): Promise<Verdict> {
  return judgeImage(registries, place, names, await loadPolicy(policy), signal);
}

/** Why a policy does not admit an image; undefined if it does. */
export type RefusalOf = (place: DigestReference, names: ImageNames, signal: AbortSignal) => Promise<string | undefined>;

/**
 * Reads a policy for many images. A failure to read signatures is a reason, not an error.
 * @throws trust.policy-unreadable, trust.policy-invalid
 */
export async function openPolicy(registries: Registries, path: string): Promise<RefusalOf> {
  const policy = await loadPolicy(path);
  return async (place, names, signal) => {
    try {
      const { admitted, reasons } = await judgeImage(registries, place, names, policy, signal);
      return admitted ? undefined : reasons.join('; ');
    } catch (error) {
      if (isAbort(error) || !(error instanceof Error)) throw error;
      return `its signatures cannot be read: ${error.message}`;
    }
  };
}

async function judgeImage(
  registries: Registries,
  place: DigestReference,
  { tag, registry = place.registry }: ImageNames,
  policy: Policy,
  signal: AbortSignal,
): Promise<Verdict> {
  const reader = new RegistryImageReader(registries, PARALLEL);
  const image = await reader.read(place, signal);
  const finder = new AttachmentFinder(registries, reader, { cosignSignatures: true, referrers: false }, PARALLEL);
  const gate = new Gate(policy, await finder.find([image], signal), (where, blob, stop) =>
    registries.client(where.registry).readBlob(where.path, blob, MAX_SIGNATURE, stop),
  );
  const named = { ...image, place: { ...place, registry } };
  const [verdict] = await gate.judge([{ image: named, ...(tag === undefined ? {} : { tag }) }], signal);
  if (verdict === undefined) throw new Error('The gate judges every image.');
  return verdict;
}
