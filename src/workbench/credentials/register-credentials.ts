import { CredentialCommand } from '../../contract/credentials.ts';
import type { CommandRegistry } from '../command-registry.ts';
import type { RegistryPicker } from '../registries/registry-picker.ts';
import { addCredentials, manageCredentials } from './commands/manage-credentials.ts';
import { SaveCredential } from './save-credential.ts';
import type { SaveCredentialParts } from './save-credential.ts';

export interface CredentialsParts extends SaveCredentialParts {
  readonly commands: CommandRegistry;
  readonly picker: RegistryPicker;
}

export function registerCredentials(parts: CredentialsParts): void {
  const { commands, picker, store } = parts;
  const own = { picker, store, save: new SaveCredential(parts) };
  commands.register(CredentialCommand.add, (target) => addCredentials(own, target));
  commands.register(CredentialCommand.manage, (target) => manageCredentials(own, target));
}
