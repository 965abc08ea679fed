import * as vscode from 'vscode';

import { causes } from '../../base/errors.ts';
import type { KnownSecrets } from '../../oci/auth/known-secrets.ts';
import { ambientCredentials } from './ambient-credentials.ts';
import { CredentialStore } from './credential-store.ts';
import { HostCredentials } from './host-credentials.ts';
import { showLostCredentials } from './save-credential.ts';

export interface CredentialsOptions {
  readonly context: vscode.ExtensionContext;
  readonly secrets: KnownSecrets;
  readonly log: vscode.LogOutputChannel;
  /** Called with the host of the registry whose stored credentials have changed; undefined if any may have. */
  readonly changed: (registry: string | undefined) => void;
}

export interface BuiltCredentials {
  readonly store: CredentialStore;
  readonly credentials: HostCredentials;
}

/** Builds the credentials of registries: those in SecretStorage, then those of this machine. */
export function buildCredentials({ context, secrets, log, changed }: CredentialsOptions): BuiltCredentials {
  const store = new CredentialStore({
    secrets: context.secrets,
    notes: context.globalState,
    lost: showLostCredentials,
    changed,
    problem: (error) => log.error(`SecretStorage: ${causes(error).join(': ')}`),
  });
  const others = ambientCredentials({
    environment: process.env,
    canRunHelpers: () => vscode.workspace.isTrusted,
    warn: (problem) => log.warn(problem),
  });
  return { store, credentials: new HostCredentials({ store, others, secrets }) };
}
