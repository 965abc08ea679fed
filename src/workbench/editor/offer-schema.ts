import * as vscode from 'vscode';

import { SCHEMA_NAME, schemaContributor } from './schema-contributor.ts';

const YAML_EXTENSION = 'redhat.vscode-yaml';

/** What the YAML extension exports (redhat-developer/vscode-yaml, wiki "Extension API"). */
interface YamlApi {
  registerContributor(
    name: string,
    requestSchema: (resource: string) => string | undefined,
    requestSchemaContent: (uri: string) => Promise<string> | string,
  ): unknown;
}

/** Offers our schema to the YAML extension, where it is installed; also when that happens later. */
export function offerSchema(log: vscode.LogOutputChannel): vscode.Disposable {
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
