import * as vscode from 'vscode';

import { EditorCommand } from '../../contract/editor.ts';
import type { Audits } from '../audit/audits.ts';
import type { ApplyTargets } from '../clusters/apply-targets.ts';
import type { Clusters } from '../clusters/clusters.ts';
import type { CommandRegistry } from '../command-registry.ts';
import type { ValuesSchemas } from '../installs/values-schemas.ts';
import type { RegistryReader } from '../registries/registry-reader.ts';
import type { RegistryTree } from '../registries/registry-tree.ts';
import type { RegistriesSetting } from '../settings/registries-setting.ts';
import { BundleLenses } from './bundle-lenses.ts';
import type { CarvelDocuments } from './carvel-documents.ts';
import { ContextCompletions } from './completion/context-completions.ts';
import { DocumentCompletion } from './completion/document-completion.ts';
import { ImageCompletions } from './completion/image-completions.ts';
import { NamespaceCompletions } from './completion/namespace-completions.ts';
import { SecretCompletions } from './completion/secret-completions.ts';
import { Diagnostics } from './diagnostics.ts';
import type { DocumentFindings } from './document-findings.ts';
import type { ImageFacts } from './image-facts.ts';
import { ImageHover } from './image-hover.ts';
import { pinImage } from './pin-image.ts';
import { QuickFixes } from './quick-fixes.ts';
import { SCHEMA_NAME, schemaContributor } from './schema-contributor.ts';
import type { SecretFacts } from './secret-facts.ts';

const YAML_EXTENSION = 'redhat.vscode-yaml';

export interface EditorParts {
  readonly commands: CommandRegistry;
  readonly setting: RegistriesSetting;
  readonly reader: RegistryReader;
  readonly facts: ImageFacts;
  readonly secrets: SecretFacts;
  readonly documents: CarvelDocuments;
  readonly findings: DocumentFindings;
  readonly schemas: ValuesSchemas;
  readonly tree: RegistryTree;
  readonly clusters: Clusters;
  readonly targets: ApplyTargets;
  readonly audits: Audits;
  readonly log: vscode.LogOutputChannel;
}

/** Registers editing support for PackageRepositories and locks: diagnostics, quick fixes, hover, completion and lenses. */
export function registerEditor(parts: EditorParts): vscode.Disposable {
  const {
    commands,
    setting,
    reader,
    facts,
    secrets,
    documents,
    findings,
    schemas,
    tree,
    clusters,
    targets,
    audits,
    log,
  } = parts;
  const hostOf = (clusterHost: string): string => setting.hostOf(clusterHost);
  const yaml = { language: 'yaml' };
  commands.register(
    EditorCommand.pinImage,
    (at) => pinImage({ documents, reader, hostOf }, at),
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
      onDidChange: [
        facts.onDidChange,
        secrets.onDidChange,
        schemas.onDidChange,
        targets.onDidChange,
        setting.onDidChange,
      ],
      log,
    }),
    registerCodeActionsProvider(yaml, new QuickFixes(findings), { providedCodeActionKinds: QuickFixes.kinds }),
    registerHoverProvider(yaml, new ImageHover({ documents, facts, tree, audits, sizes: reader, hostOf })),
    registerCompletionItemProvider(
      yaml,
      new DocumentCompletion(documents, [
        new ImageCompletions(tree, setting),
        new NamespaceCompletions(clusters, targets),
        new SecretCompletions(clusters, targets),
        new ContextCompletions(clusters),
      ]),
      ...DocumentCompletion.triggers,
    ),
    registerCodeLensProvider(yaml, new BundleLenses(documents, hostOf)),
  );
}

/** The API of the YAML extension (redhat-developer/vscode-yaml, wiki "Extension API"). */
interface YamlApi {
  registerContributor(
    name: string,
    requestSchema: (resource: string) => string | undefined,
    requestSchemaContent: (uri: string) => Promise<string> | string,
  ): unknown;
}

/** Registers the schema with the YAML extension, now or when it is installed later. */
function offerSchema(log: vscode.LogOutputChannel): vscode.Disposable {
  let isOffered = false;
  const offer = async (): Promise<void> => {
    const extension = vscode.extensions.getExtension<Partial<YamlApi> | undefined>(YAML_EXTENSION);
    if (extension === undefined || isOffered) return;
    isOffered = true;
    try {
      const api = await extension.activate();
      const { uriFor, contentOf } = schemaContributor(textOf);
      api?.registerContributor?.(SCHEMA_NAME, uriFor, contentOf);
    } catch (error) {
      log.warn(`${YAML_EXTENSION}: ${String(error)}`);
    }
  };
  void offer();
  return vscode.extensions.onDidChange(() => void offer());
}

function textOf(resource: string): string | undefined {
  const uri = vscode.Uri.parse(resource).toString();
  return vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri)?.getText();
}
