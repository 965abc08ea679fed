import { AirgapError } from '../../base/errors.ts';

/**
 * The result, or undefined if the registry denies read access: some return 403 for missing content (Artifactory), and
 * an account may be allowed to write but not to read, which the upload will show. A refusal by a token server or a
 * wrong password is still an error.
 */
export async function unlessHidden<Found>(look: () => Promise<Found>): Promise<Found | undefined> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof AirgapError) || error.args['realm'] !== undefined) throw error;
    const isHidden =
      error.code === 'oci.forbidden' || (error.code === 'oci.unauthorized' && error.args['granted'] === 1);
    if (isHidden) return undefined;
    throw error;
  }
}

/** The same for content of which also the absence is an error. */
export async function unlessMissing<Found>(look: () => Promise<Found>): Promise<Found | undefined> {
  try {
    return await unlessHidden(look);
  } catch (error) {
    if (error instanceof AirgapError && error.code === 'oci.not-found') return undefined;
    throw error;
  }
}
