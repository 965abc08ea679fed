import type { RegistryTarget, RepositoryTarget } from './targets.ts';

export const CredentialCommand = {
  add: 'carvelAirgap.addCredentials',
  manage: 'carvelAirgap.manageCredentials',
} as const;

export interface CredentialCommandArguments {
  /** For a repository its path is suggested as what the credentials are for. */
  [CredentialCommand.add]: [target?: RegistryTarget | RepositoryTarget];
  [CredentialCommand.manage]: [target?: RegistryTarget];
}
