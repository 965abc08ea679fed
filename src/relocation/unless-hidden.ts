import { AirgapError } from '../base/errors.ts';

/**
 * What is there; undefined where the registry does not let us look. Some say 403 for what is not there (Artifactory), and an
 * account may be allowed to write but not to read: whether it can write, the upload tells. What a token server refuses, or a
 * password that is wrong, is something else.
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
