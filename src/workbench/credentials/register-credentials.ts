import { CredentialCommand } from '../../contract/credentials.ts';
import type { CommandRegistry } from '../command-registry.ts';
import type { RegistryPicker } from '../registries/registry-picker.ts';
import { AddCredentials } from './commands/add-credentials.ts';
import { ManageCredentials } from './commands/manage-credentials.ts';
import { SaveCredential } from './save-credential.ts';
import type { SaveCredentialParts } from './save-credential.ts';

export interface CredentialsParts extends SaveCredentialParts {
  readonly commands: CommandRegistry;
  readonly picker: RegistryPicker;
}

export function registerCredentials(parts: CredentialsParts): void {
  const { commands, picker, store } = parts;
  const save = new SaveCredential(parts);
  const add = new AddCredentials(picker, save);
  const manage = new ManageCredentials(store, save, add);
  commands.register(CredentialCommand.add, (target) => add.run(target));
  commands.register(CredentialCommand.manage, (target) => manage.run(target));
}
