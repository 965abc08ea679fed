import { RegistryCommand } from '../../contract/registries.ts';
import type { RegistryNodeTarget } from '../../contract/registries.ts';
import type { CredentialStore } from '../credentials/credential-store.ts';
import type { CommandRegistry } from '../command-registry.ts';
import type { RegistriesSetting } from '../settings/registries-setting.ts';
import { AddRegistry } from './commands/add-registry.ts';
import { AddRepository } from './commands/add-repository.ts';
import { CopyReference } from './commands/copy-reference.ts';
import { RemoveRegistry } from './commands/remove-registry.ts';
import { RemoveRepository } from './commands/remove-repository.ts';
import { TrustCertificate } from './commands/trust-certificate.ts';
import { TrustTokenServer } from './commands/trust-token-server.ts';
import { UsePlainHttp } from './commands/use-plain-http.ts';
import type { ImagePicker } from './image-picker.ts';
import type { RegistryPicker } from './registry-picker.ts';
import type { CertificateReader, RegistryReader } from './registry-reader.ts';
import type { RegistryTree } from './registry-tree.ts';

export interface RegistriesParts {
  readonly commands: CommandRegistry;
  readonly setting: RegistriesSetting;
  readonly picker: RegistryPicker;
  readonly reader: RegistryReader & CertificateReader;
  readonly credentials: CredentialStore;
  readonly tree: RegistryTree;
  readonly images: ImagePicker;
}

/** The commands of the Registries view. */
export function registerRegistries(parts: RegistriesParts): void {
  const { commands, setting, picker, reader, credentials, tree, images } = parts;
  const addRegistry = new AddRegistry(setting, reader);
  const removeRegistry = new RemoveRegistry(setting, picker, credentials);
  const addRepository = new AddRepository(setting, picker);
  const removeRepository = new RemoveRepository(setting);
  const trustCertificate = new TrustCertificate(setting, picker, reader);
  const usePlainHttp = new UsePlainHttp(setting, picker);
  const trustTokenServer = new TrustTokenServer(setting);
  const copyReference = new CopyReference(images);
  commands.register(RegistryCommand.add, () => addRegistry.run());
  commands.register(RegistryCommand.remove, (target) => removeRegistry.run(target));
  commands.register(RegistryCommand.addRepository, (target) => addRepository.run(target));
  commands.register(RegistryCommand.removeRepository, (target) => removeRepository.run(target));
  commands.register(RegistryCommand.trustCertificate, (target) => trustCertificate.run(target));
  commands.register(RegistryCommand.usePlainHttp, (target) => usePlainHttp.run(target));
  commands.register(RegistryCommand.trustTokenServer, (target) => trustTokenServer.run(target));
  commands.register(RegistryCommand.copyReference, (target) => copyReference.run(target));
  commands.register(RegistryCommand.refreshAll, () => tree.refresh(undefined));
  const refresh = ({ id }: RegistryNodeTarget): void => {
    const node = tree.find(id);
    if (node !== undefined) tree.refresh(node);
  };
  commands.register(RegistryCommand.refresh, refresh);
  commands.register(RegistryCommand.retry, refresh);
  commands.register(RegistryCommand.loadMore, ({ id }) => tree.loadMore(id));
}
