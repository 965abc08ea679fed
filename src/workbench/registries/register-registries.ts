import * as vscode from 'vscode';

import { RegistryCommand } from '../../contract/registries.ts';
import type { RegistryNodeTarget } from '../../contract/registries.ts';
import type { CredentialStore } from '../credentials/credential-store.ts';
import type { CommandRegistry } from '../command-registry.ts';
import type { RegistriesSetting } from '../settings/registries-setting.ts';
import { copyAgain, copyDigest, copyReference, copyTag } from './commands/copy-reference.ts';
import { deleteTag } from './commands/delete-tag.ts';
import { editRegistry } from './commands/edit-registry.ts';
import { addRegistry, addRepository, removeRegistry, removeRepository } from './commands/listed-registries.ts';
import { openInBrowser } from './commands/open-in-browser.ts';
import { trustCertificate, trustTokenServer, usePlainHttp } from './commands/registry-trust.ts';
import { removeFilter, setFilter } from './commands/set-filter.ts';
import { showDocument } from './commands/show-document.ts';
import { verifySignature } from './commands/verify-signature.ts';
import type { ImageDocuments } from './image-documents.ts';
import type { ImagePicker } from './image-picker.ts';
import type { RegistryPicker } from './registry-picker.ts';
import type { RegistriesView } from './registries-view.ts';
import type {
  CertificateReader,
  ContentReader,
  RegistryReader,
  SignatureVerifier,
  TagRemover,
} from './registry-reader.ts';

export interface RegistriesParts {
  readonly commands: CommandRegistry;
  readonly setting: RegistriesSetting;
  readonly picker: RegistryPicker;
  readonly reader: RegistryReader & CertificateReader & ContentReader & TagRemover & SignatureVerifier;
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
function registerListed(parts: RegistriesParts): void {
  const { commands, setting, picker, view } = parts;
  commands.register(RegistryCommand.add, () => addRegistry(parts));
  commands.register(RegistryCommand.remove, (target) => removeRegistry(parts, target));
  commands.register(RegistryCommand.addRepository, (target) => addRepository(parts, target));
  commands.register(RegistryCommand.removeRepository, (target) => removeRepository(setting, target));
  commands.register(RegistryCommand.trustCertificate, (target) => trustCertificate(parts, target));
  commands.register(RegistryCommand.usePlainHttp, (target) => usePlainHttp(parts, target));
  commands.register(RegistryCommand.trustTokenServer, (target) => trustTokenServer(setting, target));
  commands.register(RegistryCommand.edit, (target) => editRegistry(parts, target));
  commands.register(RegistryCommand.openInBrowser, (target) => openInBrowser(parts, target));
  commands.register(RegistryCommand.reconnect, async (target) => {
    const host = await picker.registry(target, vscode.l10n.t('Reset Connection'));
    if (host !== undefined) view.reconnect(host);
  });
}

/** Commands for images. */
function registerImages({
  commands,
  images,
  reader,
  view: { tree, copied, verdicts },
  documents,
}: RegistriesParts): void {
  const own = { images, reader, tree, documents, tick: copied, verdicts };
  commands.register(RegistryCommand.copyReference, (target) => copyReference(own, target));
  commands.register(RegistryCommand.copied, (target) => copyAgain(own, target));
  commands.register(RegistryCommand.copyTag, (target) => copyTag(own, target));
  commands.register(RegistryCommand.copyDigest, (target) => copyDigest(own, target));
  commands.register(RegistryCommand.verifySignature, (target) => verifySignature(own, target));
  commands.register(RegistryCommand.deleteTag, (target) => deleteTag(own, target));
  commands.register(RegistryCommand.showManifest, (target) => showDocument(own, 'manifest', target));
  commands.register(RegistryCommand.showConfig, (target) => showDocument(own, 'config', target));
  commands.register(RegistryCommand.showLock, (target) => showDocument(own, 'lock', target));
}

/** Commands for any node. */
function registerNodes({ commands, view: { tree } }: RegistriesParts): void {
  commands.register(RegistryCommand.filter, (node) => setFilter(tree, node));
  commands.register(RegistryCommand.removeFilter, (node) => removeFilter(tree, node));
  commands.register(RegistryCommand.refreshAll, () => tree.refresh(undefined));
  const refresh = ({ id }: RegistryNodeTarget): void => {
    const node = tree.find(id);
    if (node !== undefined) tree.refresh(node);
  };
  commands.register(RegistryCommand.refresh, refresh);
  commands.register(RegistryCommand.retry, refresh);
  commands.register(RegistryCommand.loadMore, ({ id }) => tree.loadMore(id));
}
