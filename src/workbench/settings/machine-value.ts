import * as vscode from 'vscode';

/**
 * Reads a setting with hosts, files or proxies, ignoring values from the workspace. VS Code already ignores them for
 * settings of machine scope; this also covers settings of VS Code itself with another scope.
 */
export function machineValue(section: string, key: string): unknown {
  const configuration = vscode.workspace.getConfiguration(section);
  const { workspaceValue, workspaceFolderValue, globalValue, defaultValue } = configuration.inspect(key) ?? {};
  // The effective value may come from a policy, which `inspect` does not report.
  if (workspaceValue === undefined && workspaceFolderValue === undefined) return configuration.get(key);
  return globalValue ?? defaultValue;
}
