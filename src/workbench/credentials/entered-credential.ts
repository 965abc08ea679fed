import type { Credential, Side } from '../../oci/auth/credentials.ts';
import { parseRegistryHost } from '../../oci/reference.ts';
import { pastedReference, repositoryIn } from '../settings/typed-host.ts';

export type CredentialKind = Credential['kind'];

/** A credential entered in VS Code. All of it is kept in SecretStorage and nowhere else. */
export interface EnteredCredential {
  readonly id: string;
  /** host[:port] as in references */
  readonly registry: string;
  /** Applies to this repository and to those below it; empty for the entire registry. */
  readonly prefix: string;
  /** Limits the credential to one side of a relocation. */
  readonly side?: Side;
  readonly kind: CredentialKind;
  /** Empty for tokens. */
  readonly username: string;
  readonly secret: string;
}

/** Parses a stored entry. Returns undefined for an unknown format, for example from a later version. */
export function readEntered(id: string, stored: string): EnteredCredential | undefined {
  let value: unknown;
  try {
    value = JSON.parse(stored);
  } catch {
    return undefined;
  }
  const { registry, prefix, side, kind, username, secret } = (value ?? {}) as Record<string, unknown>;
  if (typeof registry !== 'string' || typeof prefix !== 'string' || typeof username !== 'string') return undefined;
  if (typeof secret !== 'string' || !isKind(kind)) return undefined;
  if (side !== undefined && side !== 'source' && side !== 'destination') return undefined;
  const entered = { id, registry, prefix, kind, username, secret };
  return side === undefined ? entered : { ...entered, side };
}

export function writeEntered({ registry, prefix, side, kind, username, secret }: EnteredCredential): string {
  return JSON.stringify({ registry, prefix, side, kind, username, secret });
}

function isKind(value: unknown): value is CredentialKind {
  return value === 'basic' || value === 'identity-token' || value === 'registry-token';
}

/** A label that distinguishes credentials without revealing their secrets. */
export function enteredName({ kind, username }: EnteredCredential): string {
  return kind === 'basic' ? username : kind === 'identity-token' ? 'identity token' : 'registry token';
}

export function toCredential(entered: EnteredCredential): Credential {
  const { kind, username, secret } = entered;
  const origin = `VS Code: ${enteredName(entered)}`;
  return kind === 'basic' ? { origin, kind, username, password: secret } : { origin, kind, token: secret };
}

/**
 * Normalizes a typed repository prefix, which may include the registry or end with a slash.
 * @throws oci.repository-invalid
 */
export function parsePrefix(registry: string, text: string): string {
  const typed = pastedReference(text);
  return typed === '' || typed === parseRegistryHost(registry) ? '' : repositoryIn(registry, typed);
}
