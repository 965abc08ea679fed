import * as vscode from 'vscode';

import { pick } from '../picks/pick.ts';
import { registryChoice, typedRegistry } from '../registries/registry-picker.ts';
import type { RegistriesSetting } from '../settings/registries-setting.ts';

/**
 * The registries that count as inside, also under the names that the cluster has for them; undefined if the user cancels.
 * @param likely a registry to offer if none is marked as inside, by the cluster's name
 */
export async function insideRegistries(
  setting: RegistriesSetting,
  likely?: string,
): Promise<readonly string[] | undefined> {
  const inside = setting.inside().length > 0 ? setting.inside() : await askInside(setting, likely);
  return inside && [...new Set(inside.flatMap((host) => [host, setting.clusterHost(host)]))];
}

/**
 * Asks which registry is inside, because an audit that assumes it confirms everything, even at the vendor. The answer is
 * stored as the role of the registry.
 */
async function askInside(setting: RegistriesSetting, likely?: string): Promise<readonly string[] | undefined> {
  const listed = setting.all();
  const host = likely === undefined ? undefined : setting.hostOf(likely);
  const possible = [
    ...listed.filter(({ role }) => role !== 'source'),
    ...(host === undefined || listed.some((each) => each.host === host) ? [] : [{ host }]),
  ];
  const answer = await pick<string>({
    title: vscode.l10n.t('Audit'),
    placeholder: vscode.l10n.t('Choose the registry to mark as inside'),
    choices: () => Promise.resolve(possible.map((each) => ({ ...registryChoice(each), value: each.host }))),
    typed: (text) => typedRegistry(text, possible),
  });
  if (answer === undefined || typeof answer === 'symbol') return undefined;
  await setting.put({ host: answer, role: 'inside' });
  return [answer];
}
