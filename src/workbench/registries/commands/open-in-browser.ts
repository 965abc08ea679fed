import * as vscode from 'vscode';

import { isRepositoryTarget } from '../../../contract/targets.ts';
import type { RegistryTarget, RepositoryTarget } from '../../../contract/targets.ts';
import type { RegistriesSetting } from '../../settings/registries-setting.ts';
import { browserAddress } from '../browser-address.ts';
import type { RegistryPicker } from '../registry-picker.ts';

export interface OpenInBrowserParts {
  readonly setting: RegistriesSetting;
  readonly picker: RegistryPicker;
}

/** Opens the web page of a registry or repository. */
export async function openInBrowser(
  parts: OpenInBrowserParts,
  target?: RegistryTarget | RepositoryTarget,
): Promise<void> {
  const registry = await parts.picker.registry(target, vscode.l10n.t('Open in Browser'));
  if (registry === undefined) return;
  const path = isRepositoryTarget(target) ? target.path : undefined;
  const address = browserAddress(registry, path, parts.setting.get(registry)?.http === true);
  await vscode.env.openExternal(vscode.Uri.parse(address, true));
}
