import * as vscode from 'vscode';

import { RegistryCommand } from '../../contract/registries.ts';
import type { RegistryNodeTarget } from '../../contract/registries.ts';
import type { CredentialStore } from '../credentials/credential-store.ts';
import type { CommandRegistry } from '../command-registry.ts';
import type { RegistriesSetting } from '../settings/registries-setting.ts';
import { AddRegistry } from './commands/add-registry.ts';
import { AddRepository } from './commands/add-repository.ts';
import { CopyReference } from './commands/copy-reference.ts';
import { DeleteTag } from './commands/delete-tag.ts';
import { EditRegistry } from './commands/edit-registry.ts';
import { OpenInBrowser } from './commands/open-in-browser.ts';
import { RemoveRegistry } from './commands/remove-registry.ts';
import { RemoveRepository } from './commands/remove-repository.ts';
import { SetFilter } from './commands/set-filter.ts';
import { ShowDocument } from './commands/show-document.ts';
import { TrustCertificate } from './commands/trust-certificate.ts';
import { TrustTokenServer } from './commands/trust-token-server.ts';
import { UsePlainHttp } from './commands/use-plain-http.ts';
import type { ImageDocuments } from './image-documents.ts';
import type { ImagePicker } from './image-picker.ts';
import type { RegistryPicker } from './registry-picker.ts';
import type { RegistriesView } from './registries-view.ts';
import type { CertificateReader, ContentReader, RegistryReader, TagRemover } from './registry-reader.ts';

export interface RegistriesParts {
  readonly commands: CommandRegistry;
  readonly setting: RegistriesSetting;
  readonly picker: RegistryPicker;
  readonly reader: RegistryReader & CertificateReader & ContentReader & TagRemover;
  readonly credentials: CredentialStore;
  readonly view: RegistriesView;
  readonly images: ImagePicker;
  readonly documents: ImageDocuments;
}

export function registerRegistries(parts: RegistriesParts): void {
  registerListed(parts);
  registerImages(parts);
  registerNodes(parts);
}

/** Commands that change the list of registries and repositories. */
function registerListed({ commands, setting, picker, reader, credentials, view }: RegistriesParts): void {
  const addRegistry = new AddRegistry(setting, reader);
  const removeRegistry = new RemoveRegistry(setting, picker, credentials);
  const addRepository = new AddRepository(setting, picker);
  const removeRepository = new RemoveRepository(setting);
  const trustCertificate = new TrustCertificate(setting, picker, reader);
  const usePlainHttp = new UsePlainHttp(setting, picker);
  const trustTokenServer = new TrustTokenServer(setting);
  const editRegistry = new EditRegistry(setting, picker);
  const openInBrowser = new OpenInBrowser(setting, picker);
  commands.register(RegistryCommand.add, () => addRegistry.run());
  commands.register(RegistryCommand.remove, (target) => removeRegistry.run(target));
  commands.register(RegistryCommand.addRepository, (target) => addRepository.run(target));
  commands.register(RegistryCommand.removeRepository, (target) => removeRepository.run(target));
  commands.register(RegistryCommand.trustCertificate, (target) => trustCertificate.run(target));
  commands.register(RegistryCommand.usePlainHttp, (target) => usePlainHttp.run(target));
  commands.register(RegistryCommand.trustTokenServer, (target) => trustTokenServer.run(target));
  commands.register(RegistryCommand.edit, (target) => editRegistry.run(target));
  commands.register(RegistryCommand.openInBrowser, (target) => openInBrowser.run(target));
  commands.register(RegistryCommand.reconnect, async (target) => {
    const host = await picker.registry(target, vscode.l10n.t('Reset Connection'));
    if (host !== undefined) view.reconnect(host);
  });
}

/** Commands for images. */
function registerImages({ commands, images, reader, view: { tree, copied }, documents }: RegistriesParts): void {
  const copy = new CopyReference({ images, reader, tick: copied });
  const deleteTag = new DeleteTag({ images, reader, tree });
  const showDocument = new ShowDocument(images, documents);
  commands.register(RegistryCommand.copyReference, (target) => copy.reference(target));
  commands.register(RegistryCommand.copied, (target) => copy.again(target));
  commands.register(RegistryCommand.copyTag, (target) => copy.tag(target));
  commands.register(RegistryCommand.copyDigest, (target) => copy.digest(target));
  commands.register(RegistryCommand.deleteTag, (target) => deleteTag.run(target));
  commands.register(RegistryCommand.showManifest, (target) => showDocument.run('manifest', target));
  commands.register(RegistryCommand.showConfig, (target) => showDocument.run('config', target));
  commands.register(RegistryCommand.showLock, (target) => showDocument.run('lock', target));
}

/** Commands for any node. */
function registerNodes({ commands, view: { tree } }: RegistriesParts): void {
  const filter = new SetFilter(tree);
  commands.register(RegistryCommand.filter, (node) => filter.run(node));
  commands.register(RegistryCommand.removeFilter, (node) => filter.remove(node));
  commands.register(RegistryCommand.refreshAll, () => tree.refresh(undefined));
  const refresh = ({ id }: RegistryNodeTarget): void => {
    const node = tree.find(id);
    if (node !== undefined) tree.refresh(node);
  };
  commands.register(RegistryCommand.refresh, refresh);
  commands.register(RegistryCommand.retry, refresh);
  commands.register(RegistryCommand.loadMore, ({ id }) => tree.loadMore(id));
}
