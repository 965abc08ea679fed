import { AirgapError, isAbort } from '../base/errors.ts';
import type { Registries } from '../oci/registries.ts';
import { describeReference } from '../relocation/describe.ts';
import type { Description } from '../relocation/describe.ts';

/**
 * Describes a reference with the images that are missing and with its signatures, if the registries tell.
 * @throws the errors of describeReference about the root
 */
export async function describeWhole(
  reference: string,
  registries: Registries,
  signal: AbortSignal,
): Promise<Description> {
  const describe = (cosignSignatures: boolean): Promise<Description> =>
    describeReference(reference, registries, { cosignSignatures, referrers: false }, signal, { keepGoing: true });
  try {
    return await describe(true);
  } catch (error) {
    if (isAbort(error) || !(error instanceof AirgapError)) throw error;
    return describe(false);
  }
}
