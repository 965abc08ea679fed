import type { AirgapError } from '../base/errors.ts';
import type { NetworkError, NetworkErrorKind } from '../net/network-error.ts';
import { ociError } from './errors.ts';

type Code = Parameters<typeof ociError>[0];

/** The kinds whose error codes have other names in `oci`. */
const RENAMED = {
  'not-tls': 'not-https',
  'tls-failed': 'not-https',
  'handshake-refused': 'client-certificate',
  'certificate-invalid': 'unreachable',
  'key-unusable': 'unreachable',
  unknown: 'unreachable',
} as const satisfies Partial<Record<NetworkErrorKind, Code>>;

/** No connection was established. */
const NOT_REACHED = new Set<Code>([
  'host-not-found',
  'connection-refused',
  'connect-timeout',
  'unreachable',
  'proxy-refused',
]);

export interface RegistryContext {
  /** host[:port], as in references, of the registry on whose behalf the server was contacted */
  readonly registry: string;
  /** Whether the server is another one, which the registry named in a redirect, a Location or a challenge. */
  readonly isNamed: boolean;
}

/** Converts an error of the network layer into one of `oci`, which names the registry. */
export function registryError(error: NetworkError, { registry, isNamed }: RegistryContext): AirgapError {
  const { onBehalfOf, ...details } = error.details;
  const args = onBehalfOf === undefined ? details : { ...details, registry };
  const code = codeOf(error.kind);
  const direct = ociError.of(code, args, error.cause);
  if (!isNamed || !NOT_REACHED.has(code)) return direct;
  // An error about a host that the user never named would not help someone who only knows the registry.
  return onBehalfOf === undefined
    ? ociError.of('location-unreachable', { ...details, registry, reason: direct.message }, direct)
    : ociError.of('location-unreachable', args, error.cause);
}

function codeOf(kind: NetworkErrorKind): Code {
  return isRenamed(kind) ? RENAMED[kind] : kind;
}

function isRenamed(kind: NetworkErrorKind): kind is keyof typeof RENAMED {
  return Object.hasOwn(RENAMED, kind);
}
