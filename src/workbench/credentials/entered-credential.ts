import type { Credential, Side } from '../../oci/credentials.ts';
import { parseRegistryHost, parseRepository } from '../../oci/reference.ts';

export type CredentialKind = Credential['kind'];

/** A credential that was entered in VS Code. It lives in SecretStorage whole: nothing of it is written anywhere else. */
export interface EnteredCredential {
  readonly id: string;
  /** host[:port] as in references */
  readonly registry: string;
  /** Counts for this repository and those below it; empty: for all of the registry. */
  readonly prefix: string;
  /** Counts for this end of a relocation only. */
  readonly side?: Side;
  readonly kind: CredentialKind;
  /** Empty for tokens. */
  readonly username: string;
  /** The password or token. */
  readonly secret: string;
}

/** What is stored under one key. Undefined where it is not ours to understand, such as a later version's. */
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

/** Tells credentials apart without their secrets. */
export function enteredName({ kind, username }: EnteredCredential): string {
  return kind === 'basic' ? username : kind === 'identity-token' ? 'identity token' : 'registry token';
}

export function toCredential(entered: EnteredCredential): Credential {
  const { kind, username, secret } = entered;
  const origin = `VS Code: ${enteredName(entered)}`;
  return kind === 'basic' ? { origin, kind, username, password: secret } : { origin, kind, token: secret };
}

/**
 * A repository prefix as it is typed: also the whole name with the registry before it, or with a slash at its end.
 * @throws oci.repository-invalid
 */
export function parsePrefix(registry: string, text: string): string {
  const typed = text.trim().replace(/\/+$/, '');
  if (typed === '' || typed === parseRegistryHost(registry)) return '';
  return parseRepository(typed.startsWith(`${registry}/`) ? typed : `${registry}/${typed}`).path;
}
