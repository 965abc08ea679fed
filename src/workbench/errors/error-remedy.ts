import { hasCode } from './airgap-errors.ts';

/** What a user can change so that a registry answers. */
export type ErrorRemedy = 'credentials' | 'certificate' | 'http';

const CERTIFICATE_CODES = [
  'oci.certificate-unknown',
  'oci.certificate-name',
  'oci.certificate-expired',
  'oci.certificate-early',
];

export function remedyFor(error: unknown): ErrorRemedy | undefined {
  if (hasCode(error, 'oci.credentials-missing', 'oci.unauthorized', 'oci.forbidden')) return 'credentials';
  if (hasCode(error, ...CERTIFICATE_CODES)) return 'certificate';
  return hasCode(error, 'oci.not-https') ? 'http' : undefined;
}

/**
 * The registry that a remedy is for: an error may tell of another host, such as a token server or one that a redirect leads to,
 * and nothing is changed for a host that the user did not name.
 * @param known registries that the operation was about
 */
export function remediedRegistry(error: unknown, known: readonly string[]): string | undefined {
  const { registry, host } = (error as { args?: Record<string, unknown> }).args ?? {};
  const named = known.find((each) => each === registry) ?? known.find((each) => each === host);
  if (named !== undefined || remedyFor(error) !== 'credentials') return named;
  return new Set(known).size === 1 ? known[0] : undefined;
}
