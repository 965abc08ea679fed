import { actionFor } from '../../oci/error-actions.ts';
import type { ErrorAction as Remedy } from '../../oci/error-actions.ts';
import { isAirgapError } from './airgap-errors.ts';

/** What a user can change so that a registry answers. */
export function remedyFor(error: unknown): Remedy | undefined {
  return isAirgapError(error) ? actionFor(error.code) : undefined;
}

/**
 * The registry that a remedy is for. An error may tell of another host, such as a token server or one that a redirect leads
 * to: nothing is changed for a host that the user did not name. But a certificate is shown first, and credentials are entered
 * by someone who reads for whom: also for a registry that only a lock names.
 * @param registries registries that the operation was about
 */
export function remediedHost(error: unknown, registries: readonly string[]): string | undefined {
  if (!isAirgapError(error)) return undefined;
  const { registry, host } = error.args;
  const remedy = remedyFor(error);
  if (remedy === 'trust-certificate' && typeof host === 'string') return host;
  if (remedy === 'add-credentials' && typeof registry === 'string') return registry;
  return registries.find((each) => each === registry) ?? registries.find((each) => each === host);
}
