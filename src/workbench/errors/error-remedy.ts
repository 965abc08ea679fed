import { actionFor } from '../../oci/error-actions.ts';
import type { ErrorAction as Remedy } from '../../oci/error-actions.ts';
import { isAirgapError } from '../../base/errors.ts';

export function remedyFor(error: unknown): Remedy | undefined {
  return isAirgapError(error) ? actionFor(error.code) : undefined;
}

/**
 * Returns the registry to which a remedy applies. An error may concern another host, such as a token server or the target of
 * a redirect; nothing is changed for a host that the user did not name. Exceptions are trusting a certificate, which is
 * shown first, and entering credentials, where the user sees the host: both are also offered for a registry that only a lock
 * names.
 * @param registries the registries that the operation used
 */
export function remediedHost(error: unknown, registries: readonly string[]): string | undefined {
  if (!isAirgapError(error)) return undefined;
  const { registry, host } = error.args;
  const remedy = remedyFor(error);
  if (remedy === 'trust-certificate' && typeof host === 'string') return host;
  if (remedy === 'add-credentials' && typeof registry === 'string') return registry;
  return registries.find((each) => each === registry) ?? registries.find((each) => each === host);
}
