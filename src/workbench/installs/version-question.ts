import * as vscode from 'vscode';

import { printable } from '../../base/printable.ts';
import type { ClusterSession } from '../../cluster/api.ts';
import type { StoredInstall } from '../../cluster/installs-api.ts';
import { chosenVersion, isPrerelease, newestFirst, versionsOf } from '../../packaging/install/package-versions.ts';
import type { Package } from '../../packaging/package.ts';
import { parseConstraints } from '../../packaging/version-range.ts';
import { workbenchError } from '../errors/workbench-error.ts';
import { back, pick } from '../picks/pick.ts';
import type { Choice } from '../picks/pick.ts';
import { withoutIcons } from '../text/formatting.ts';
import { versionText } from './install-questions.ts';

export interface ChosenVersion {
  /** A version, or a constraint such as `>=1.2.0 <2.0.0`. */
  readonly constraints: string;
  /** What kapp-controller installs for it now. */
  readonly version: string;
  /** Whether prereleases must be allowed for that. */
  readonly prereleases: boolean;
}

/** Asks for another version, newest first, or for a constraint, which the user types. */
export async function askVersion(
  session: ClusterSession,
  { install }: StoredInstall,
): Promise<ChosenVersion | undefined> {
  const { refName = '', namespace, version = '', constraints = '' } = install;
  let own: readonly Package[] = [];
  const answer = await pick<ChosenVersion>({
    title: vscode.l10n.t('Upgrade {0}', install.name),
    placeholder: vscode.l10n.t('Version, or a constraint such as >=1.2.0 <2.0.0; now {0} ({1})', version, constraints),
    choices: async (signal) => {
      own = versionsOf(await session.packages(namespace, signal), { namespace, refName });
      if (own.length === 0) {
        const named = `${refName} ${version}`;
        throw workbenchError('package-not-there', { context: session.context, package: named, namespace });
      }
      return own.map((each) => versionChoice(each, version));
    },
    typed: (text) => {
      const typed = text.trim();
      return typed === '' || own.some((each) => each.version === typed) ? [] : constraintChoice(typed, own);
    },
  });
  return answer === back ? undefined : answer;
}

function versionChoice(each: Package, installed: string): Choice<ChosenVersion> {
  const { version } = each;
  const { description, detail } = versionText(each, []);
  const isOlder = newestFirst(version, installed) > 0;
  const mark =
    version === installed
      ? vscode.l10n.t('installed')
      : isOlder
        ? vscode.l10n.t('older than the installed version')
        : '';
  return {
    label: withoutIcons(printable(version)),
    description: [mark, description].filter((part) => part !== '').join(' · '),
    ...(detail !== undefined && { detail }),
    value: { constraints: version, version, prereleases: isPrerelease(version) },
  };
}

/** Says what a constraint means now: it is applied to versions that come later, too. */
function constraintChoice(text: string, own: readonly Package[]): readonly Choice<ChosenVersion>[] {
  // Part of a version, which filters the list.
  if (parseConstraints(text) === undefined) return [];
  // A constraint that names a prerelease is meant to find some.
  const prereleases = /\d-[0-9A-Za-z]/.test(text);
  const [first] = own;
  const version =
    first && chosenVersion(own, { namespace: first.namespace, refName: first.refName, constraints: text, prereleases });
  const choice = { label: withoutIcons(printable(text)), alwaysShow: true };
  if (version === undefined) {
    return [{ ...choice, description: vscode.l10n.t('no version satisfies this'), action: () => Promise.resolve() }];
  }
  return [
    {
      ...choice,
      description: vscode.l10n.t('constraint: {0} now, and later the newest that satisfies it', printable(version)),
      value: { constraints: text, version, prereleases },
    },
  ];
}
