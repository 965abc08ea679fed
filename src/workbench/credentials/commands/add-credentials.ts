import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';

import { isRepositoryTarget } from '../../../contract/targets.ts';
import type { RegistryTarget } from '../../../contract/targets.ts';
import type { RegistryPicker } from '../../registries/registry-picker.ts';
import type { SaveCredential } from '../save-credential.ts';

export interface AddCredentialsParts {
  readonly picker: RegistryPicker;
  readonly save: SaveCredential;
}

/** @returns whether credentials were added */
export async function addCredentials(parts: AddCredentialsParts, target?: RegistryTarget): Promise<boolean> {
  const registry = await parts.picker.anyRegistry(target, vscode.l10n.t('Add Credentials'));
  if (registry === undefined) return false;
  const prefix = isRepositoryTarget(target) ? target.path : '';
  const empty = { id: randomUUID(), registry, prefix, kind: 'basic', username: '', secret: '' } as const;
  return parts.save.enter(empty, true);
}
