import type { RegistryTarget, RepositoryTarget } from './targets.ts';

export const CredentialCommand = {
  add: 'carvelAirgap.addCredentials',
  manage: 'carvelAirgap.manageCredentials',
} as const;

export interface CredentialCommandArguments {
  /** If the target is a repository, its path is suggested as the scope of the credentials. */
  [CredentialCommand.add]: [target?: RegistryTarget | RepositoryTarget];
  [CredentialCommand.manage]: [target?: RegistryTarget];
}
