import * as vscode from 'vscode';

import { formatBytes } from '../../../base/format.ts';
import { settingsSection } from '../../../contract/settings.ts';
import { isTag } from '../../../oci/reference.ts';
import type { RelocationOptions } from '../../../relocation/request/request.ts';
import { askText } from '../../picks/ask-text.ts';
import { pickMany } from '../../picks/pick-many.ts';
import type { Toggle } from '../../picks/pick-many.ts';
import { back, SIDE_STEP } from '../../picks/pick.ts';

type Key = Exclude<keyof RelocationOptions, 'toTag'> | 'toTag';

/**
 * Asks for the options of a relocation.
 * @param tag the tag of the source, if it has one; undefined for several sources, which keep their tags
 * @returns undefined if the user cancels; the given options if the user goes back
 */
export async function askOptions(
  title: string,
  options: RelocationOptions,
  tag: { readonly own: string | undefined } | undefined,
): Promise<RelocationOptions | undefined> {
  for (;;) {
    const picked = await pickMany<Key>({
      title,
      placeholder: vscode.l10n.t('Additional options (Enter to continue)'),
      toggles: togglesFor(options, tag !== undefined),
      on: new Set(
        (Object.keys(options) as Key[]).filter((key) => options[key] !== undefined && options[key] !== false),
      ),
      button: {
        iconPath: new vscode.ThemeIcon('gear'),
        tooltip: vscode.l10n.t('Concurrency and other settings'),
        run: () =>
          vscode.commands.executeCommand('workbench.action.openSettings', `@id:${settingsSection}.concurrency`),
      },
    });
    if (picked === undefined) return undefined;
    if (picked === back) return options;
    const flags = Object.fromEntries([...picked].filter((key) => key !== 'toTag').map((key) => [key, true]));
    if (!picked.has('toTag')) return flags;
    const toTag = await askTag(title, options.toTag ?? tag?.own);
    if (toTag === undefined) return undefined;
    if (toTag !== back) return { ...flags, toTag };
  }
}

function togglesFor({ toTag }: RelocationOptions, mayHaveTag: boolean): Toggle<Key>[] {
  return [
    ...(mayHaveTag ? [{ key: 'toTag' as const, label: tagLabel(toTag) }] : []),
    { key: 'cosignSignatures', label: vscode.l10n.t('Copy cosign signatures') },
    {
      key: 'referrers',
      label: vscode.l10n.t('Copy signatures, attestations, SBOMs and other referrers'),
      detail: vscode.l10n.t('cosign tags and OCI referrers.'),
    },
    {
      key: 'includeNonDistributable',
      label: vscode.l10n.t('Copy non-distributable layers'),
      detail: vscode.l10n.t('Such as those of Windows base images. Their licenses may forbid it.'),
    },
    {
      key: 'repoBasedTags',
      label: vscode.l10n.t('Repo-based tags, as imgpkg'),
      detail: vscode.l10n.t("Internal tags contain the original repository, as with imgpkg's --repo-based-tags."),
    },
    {
      key: 'repair',
      label: vscode.l10n.t('Verify the destination and copy what is missing'),
      detail: vscode.l10n.t('Checks every manifest and layer, even if the tags are up to date.'),
    },
    {
      key: 'keepGoing',
      label: vscode.l10n.t('Continue if an image fails (the bundle is then not tagged)'),
      detail: vscode.l10n.t('The report lists the images that failed.'),
    },
  ];
}

function tagLabel(toTag: string | undefined): string {
  return toTag === undefined ? vscode.l10n.t('Use a different tag…') : vscode.l10n.t('Use a different tag: {0}', toTag);
}

function askTag(title: string, value: string | undefined): Promise<string | typeof back | undefined> {
  return askText({
    title,
    prompt: vscode.l10n.t('Tag at the destination'),
    ...(value === undefined ? {} : { value }),
    place: SIDE_STEP,
    problem: (text) => (isTag(text) ? undefined : vscode.l10n.t('Letters, digits, dots, dashes and underscores.')),
  });
}

/** The options that are set, for display. */
export function optionNames(options: RelocationOptions): string[] {
  const names = {
    cosignSignatures: vscode.l10n.t('cosign signatures'),
    referrers: vscode.l10n.t('signatures, attestations, SBOMs and other referrers'),
    includeNonDistributable: vscode.l10n.t('non-distributable layers'),
    repoBasedTags: vscode.l10n.t('repo-based tags'),
    repair: vscode.l10n.t('verify the destination'),
    keepGoing: vscode.l10n.t('continue after failures'),
  };
  const on = (Object.keys(names) as (keyof typeof names)[]).filter((name) => options[name] === true);
  const { toTag, since, volumeSize, resume } = options;
  return [
    ...(toTag === undefined ? [] : [vscode.l10n.t('tag {0}', toTag)]),
    ...on.map((name) => names[name]),
    ...(since === undefined ? [] : [vscode.l10n.t('delta since {0}', since)]),
    ...(volumeSize === undefined ? [] : [vscode.l10n.t('volumes below {0}', formatBytes(volumeSize))]),
    ...(resume === false ? [vscode.l10n.t('start over')] : []),
  ];
}
