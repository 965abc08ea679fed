import * as vscode from 'vscode';

import { EditorCommand } from '../../contract/editor.ts';
import type { Audits } from '../audit/audits.ts';
import type { ApplyTargets } from '../clusters/apply-targets.ts';
import type { Clusters } from '../clusters/clusters.ts';
import type { CommandRegistry } from '../command-registry.ts';
import type { RegistryReader } from '../registries/registry-reader.ts';
import type { RegistryTree } from '../registries/registry-tree.ts';
import type { RegistriesSetting } from '../settings/registries-setting.ts';
import { BundleLenses } from './bundle-lenses.ts';
import type { CarvelDocuments } from './carvel-documents.ts';
import { Diagnostics } from './diagnostics.ts';
import type { DocumentFindings } from './document-findings.ts';
import { ContextCompletions } from './completion/context-completions.ts';
import { DocumentCompletion } from './completion/document-completion.ts';
import { ImageCompletions } from './completion/image-completions.ts';
import { NamespaceCompletions } from './completion/namespace-completions.ts';
import { SecretCompletions } from './completion/secret-completions.ts';
import type { ImageFacts } from './image-facts.ts';
import { ImageHover } from './image-hover.ts';
import { offerSchema } from './offer-schema.ts';
import type { SecretFacts } from './secret-facts.ts';
import { PinImage } from './pin-image.ts';
import { QuickFixes } from './quick-fixes.ts';

export interface EditorParts {
  readonly commands: CommandRegistry;
  readonly setting: RegistriesSetting;
  readonly reader: RegistryReader;
  readonly facts: ImageFacts;
  readonly secrets: SecretFacts;
  readonly documents: CarvelDocuments;
  readonly findings: DocumentFindings;
  readonly tree: RegistryTree;
  readonly clusters: Clusters;
  readonly targets: ApplyTargets;
  readonly audits: Audits;
  readonly log: vscode.LogOutputChannel;
}

/** What helps to write PackageRepositories and locks: diagnostics with fixes, hover, completion, lenses. */
export function registerEditor(parts: EditorParts): vscode.Disposable {
  const { commands, setting, reader, facts, secrets, documents, findings, tree, clusters, targets, audits, log } =
    parts;
  const pin = new PinImage(documents, reader, (host) => setting.hostOf(host));
  const yaml = { language: 'yaml' };
  commands.register(
    EditorCommand.pinImage,
    (at) => pin.run(at),
    (message) => vscode.l10n.t('The image could not be pinned: {0}', message),
  );
  const {
    registerCodeActionsProvider,
    registerCodeLensProvider,
    registerCompletionItemProvider,
    registerHoverProvider,
  } = vscode.languages;
  return vscode.Disposable.from(
    offerSchema(log),
    setting.onDidChange(() => facts.forget()),
    new Diagnostics({
      documents,
      findings,
      audits,
      onDidChange: [facts.onDidChange, secrets.onDidChange, targets.onDidChange, setting.onDidChange],
      log,
    }),
    registerCodeActionsProvider(yaml, new QuickFixes(findings), { providedCodeActionKinds: QuickFixes.kinds }),
    registerHoverProvider(
      yaml,
      new ImageHover({ documents, facts, tree, audits, hostOf: (host) => setting.hostOf(host) }),
    ),
    registerCompletionItemProvider(
      yaml,
      new DocumentCompletion(documents, [
        new ImageCompletions(tree, (host) => setting.clusterHost(host)),
        new NamespaceCompletions(clusters, targets),
        new SecretCompletions(clusters, targets),
        new ContextCompletions(clusters),
      ]),
      ...DocumentCompletion.triggers,
    ),
    registerCodeLensProvider(yaml, new BundleLenses(documents, (host) => setting.hostOf(host))),
  );
}
