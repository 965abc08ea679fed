import * as vscode from 'vscode';

/**
 * A setting that names hosts, files or proxies, from everywhere but the workspace. VS Code does not let a workspace set one of
 * machine scope; this holds whatever scope another part of VS Code gave it.
 */
export function machineValue(section: string, key: string): unknown {
  const configuration = vscode.workspace.getConfiguration(section);
  const { workspaceValue, workspaceFolderValue, globalValue, defaultValue } = configuration.inspect(key) ?? {};
  // What counts may come from a policy, which `inspect` does not tell.
  if (workspaceValue === undefined && workspaceFolderValue === undefined) return configuration.get(key);
  return globalValue ?? defaultValue;
}
