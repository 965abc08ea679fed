import { basename } from 'node:path';

import * as vscode from 'vscode';

import { formatBytes, parseSize } from '../../../base/format.ts';
import { printable } from '../../../base/printable.ts';
import { settingsSection } from '../../../contract/settings.ts';
import { isTag } from '../../../oci/reference.ts';
import type { RelocationOptions } from '../../../relocation/request/request.ts';
import { askKey } from '../signing.ts';
import { copySignatures } from './ask-signatures.ts';
import { askText } from '../../picks/ask-text.ts';
import { pickMany } from '../../picks/pick-many.ts';
import type { Toggle } from '../../picks/pick-many.ts';
import { back, SIDE_STEP } from '../../picks/pick.ts';
import type { PackageChoice } from '../wizard/package-picker.ts';
import type { StepPlace } from '../../picks/pick.ts';
import type { BasePicker } from '../wizard/base-picker.ts';

type Key = keyof RelocationOptions;

/** The last pod of a Job looks for missing content anyway, and a Job either succeeds or fails. */
const NOT_FOR_PODS: ReadonlySet<Key> = new Set(['repair', 'keepGoing']);

/** Asks which Packages of the bundle to relocate; see PackagePicker. */
export type ChoosePackages = (before: PackageChoice | undefined) => Promise<PackageChoice | typeof back | undefined>;

/**
 * Asks for the options of a relocation.
 * @param tag the tag of the source, if it has one; undefined for several sources, which keep their tags
 * @param choosePackages undefined if there is not exactly one source in a registry
 * @param isForPods leaves out what the pods of a Job cannot do
 * @returns undefined if the user cancels; the given options if the user goes back
 */
export async function askOptions(
  title: string,
  options: RelocationOptions,
  tag: { readonly own: string | undefined } | undefined,
  choosePackages: ChoosePackages | undefined,
  isForPods = false,
): Promise<RelocationOptions | undefined> {
  for (;;) {
    const on = optionsOn(options);
    const picked = await pickMany<Key>({
      title,
      placeholder: vscode.l10n.t('Additional options (Enter to continue)'),
      toggles: [
        ...packagesToggle(options, choosePackages),
        ...togglesFor(options, tag !== undefined).filter(({ key }) => !isForPods || !NOT_FOR_PODS.has(key)),
      ],
      on,
      button: {
        iconPath: new vscode.ThemeIcon('gear'),
        tooltip: vscode.l10n.t('Concurrency and other settings'),
        run: () =>
          vscode.commands.executeCommand('workbench.action.openSettings', `@id:${settingsSection}.concurrency`),
      },
    });
    if (picked === undefined) return undefined;
    if (picked === back) return options;
    const packages = await chosenPackages(options, picked, choosePackages);
    if (packages === undefined) return undefined;
    if (packages === back) continue;
    const asked: ReadonlySet<Key> = new Set(['toTag', 'packages']);
    const flags = {
      ...Object.fromEntries([...picked].filter((key) => !asked.has(key)).map((key) => [key, true])),
      ...packages,
      ...declined(on, picked),
    };
    if (!picked.has('toTag')) return flags;
    const toTag = await askTag(title, options.toTag ?? tag?.own);
    if (toTag === undefined) return undefined;
    if (toTag !== back) return { ...flags, toTag };
  }
}

/** Ask for what an export leaves out. */
export interface ExportPickers {
  readonly bases: BasePicker;
  readonly packages: ChoosePackages;
}

/**
 * Asks for the options of an export.
 * @returns undefined if the user cancels, back if the user goes back
 */
export async function askExportOptions(
  title: string,
  options: RelocationOptions,
  place: StepPlace,
  { bases, packages: choosePackages }: ExportPickers,
): Promise<RelocationOptions | typeof back | undefined> {
  const { since, volumeSize } = options;
  for (;;) {
    const on = optionsOn(options);
    const picked = await pickMany<Key>({
      title,
      placeholder: vscode.l10n.t('Additional options (Enter to continue)'),
      toggles: [
        ...packagesToggle(options, choosePackages),
        {
          key: 'since',
          label:
            since === undefined
              ? vscode.l10n.t('Omit what the other side has…')
              : vscode.l10n.t('Omit what the other side has: {0}', basename(since)),
          detail: vscode.l10n.t('As listed in a receipt, tarball or repository.'),
        },
        {
          key: 'volumeSize',
          label:
            volumeSize === undefined
              ? vscode.l10n.t('Split into volumes…')
              : vscode.l10n.t('Split into volumes: {0}', formatBytes(volumeSize)),
          detail: vscode.l10n.t('Numbered files, for small media.'),
        },
        ...signToggle(options),
        ...togglesFor(options, false).filter(({ key }) => key !== 'repoBasedTags' && key !== 'repair'),
      ],
      on,
    });
    if (picked === undefined) return undefined;
    if (picked === back) return place.canGoBack ? back : undefined;
    const packages = await chosenPackages(options, picked, choosePackages);
    if (packages === undefined) return undefined;
    if (packages === back) continue;
    const answers = await exportAnswers(title, options, picked, bases);
    if (answers === undefined) return undefined;
    if (answers !== back) return { ...answers, ...packages, ...declined(on, picked) };
  }
}

/** The options that are on, with the default for signatures. */
function optionsOn(options: RelocationOptions): Set<Key> {
  const on = (Object.keys(options) as Key[]).filter((key) => options[key] !== undefined && options[key] !== false);
  const { referrers, cosignSignatures } = options;
  const isDefault = referrers === undefined && cosignSignatures === undefined && copySignatures() === 'always';
  return new Set(isDefault ? [...on, 'referrers'] : on);
}

/** Turning referrers off is a decision: it takes precedence over the setting. */
function declined(before: ReadonlySet<Key>, picked: ReadonlySet<Key>): RelocationOptions {
  return before.has('referrers') && !picked.has('referrers') ? { referrers: false } : {};
}

async function exportAnswers(
  title: string,
  options: RelocationOptions,
  picked: ReadonlySet<Key>,
  bases: BasePicker,
): Promise<RelocationOptions | typeof back | undefined> {
  const asked: ReadonlySet<Key> = new Set(['since', 'volumeSize', 'packages', 'sign', 'signedBy']);
  const flags = [...picked].filter((key) => !asked.has(key)).map((key) => [key, true]);
  const since = picked.has('since') ? await bases.choose(title, options.since) : undefined;
  if (picked.has('since') && typeof since !== 'string') return since;
  const size = picked.has('volumeSize') ? await askVolumeSize(title, options.volumeSize) : undefined;
  if (picked.has('volumeSize') && typeof size !== 'string') return size;
  const sign = picked.has('sign') ? await askKey(title) : undefined;
  if (picked.has('sign') && sign === undefined) return back;
  return {
    ...Object.fromEntries(flags),
    ...(sign === undefined ? {} : { sign, ...(options.signedBy === undefined ? {} : { signedBy: options.signedBy }) }),
    ...(typeof since === 'string' ? { since } : {}),
    ...(typeof size === 'string' ? { volumeSize: parseSize(size) ?? 0 } : {}),
  };
}

/** Not in a workspace that is not trusted (see refusePrograms). */
function signToggle({ sign }: RelocationOptions): Toggle<Key>[] {
  if (!vscode.workspace.isTrusted) return [];
  const label = sign === undefined ? vscode.l10n.t('Sign…') : vscode.l10n.t('Sign: {0}', basename(sign));
  const detail = vscode.l10n.t('With a cosign, PEM or SSH key.');
  return [{ key: 'sign', label, detail }];
}

function askVolumeSize(title: string, size: number | undefined): Promise<string | typeof back | undefined> {
  return askText({
    title,
    prompt: vscode.l10n.t('Size that each file stays below, such as 4GiB for FAT32'),
    ...(size === undefined ? {} : { value: String(size) }),
    place: SIDE_STEP,
    problem: (text) =>
      (parseSize(text) ?? 0) > 0 ? undefined : vscode.l10n.t('A number with a unit, such as 650MB or 4GiB.'),
  });
}

function packagesToggle({ packages }: RelocationOptions, choose: ChoosePackages | undefined): Toggle<Key>[] {
  if (choose === undefined) return [];
  const label =
    packages === undefined
      ? vscode.l10n.t('Choose Packages…')
      : vscode.l10n.t('Choose Packages: {0} chosen', packages.length);
  return [{ key: 'packages', label, detail: vscode.l10n.t('Some of the Packages of a PackageRepository bundle.') }];
}

/** Asks for Packages if that was picked; the option is absent for the whole bundle. */
async function chosenPackages(
  { packages: before }: RelocationOptions,
  picked: ReadonlySet<Key>,
  choose: ChoosePackages | undefined,
): Promise<Pick<RelocationOptions, 'packages'> | typeof back | undefined> {
  if (!picked.has('packages') || choose === undefined) return {};
  const packages = await choose(before);
  if (packages === undefined || packages === back) return packages;
  return packages.length === 0 ? {} : { packages };
}

function togglesFor({ toTag }: RelocationOptions, mayHaveTag: boolean): Toggle<Key>[] {
  return [
    ...(mayHaveTag ? [{ key: 'toTag' as const, label: tagLabel(toTag) }] : []),
    { key: 'cosignSignatures', label: vscode.l10n.t('Copy cosign signatures') },
    {
      key: 'referrers',
      label: vscode.l10n.t('Copy signatures, SBOMs and other referrers'),
      detail: vscode.l10n.t('cosign tags and OCI referrers.'),
    },
    {
      key: 'includeNonDistributable',
      label: vscode.l10n.t('Copy non-distributable layers'),
      detail: vscode.l10n.t('As in Windows images; licenses may forbid it.'),
    },
    {
      key: 'repoBasedTags',
      label: vscode.l10n.t('Repo-based tags, as imgpkg'),
      detail: vscode.l10n.t('Internal tags contain the original repository.'),
    },
    {
      key: 'repair',
      label: vscode.l10n.t('Verify the destination'),
      detail: vscode.l10n.t('Checks all content, and copies what is missing.'),
    },
    {
      key: 'keepGoing',
      label: vscode.l10n.t('Continue if an image fails'),
      detail: vscode.l10n.t('The bundle is then not tagged.'),
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
  const { toTag, since, packages, platforms, volumeSize, sign, beforeTag, resume } = options;
  return [
    ...(toTag === undefined ? [] : [vscode.l10n.t('tag {0}', toTag)]),
    ...on.map((name) => names[name]),
    ...(options.policy === undefined ? [] : [vscode.l10n.t('policy {0}', options.policy)]),
    ...(beforeTag === undefined ? [] : [vscode.l10n.t('scanned with {0}', printable(beforeTag, 100))]),
    ...(packages === undefined ? [] : [vscode.l10n.t('Packages: {0}', packages.length)]),
    ...(platforms === undefined ? [] : [vscode.l10n.t('platforms: {0}', platforms.join(', '))]),
    ...(since === undefined ? [] : [vscode.l10n.t('delta since {0}', since)]),
    ...(volumeSize === undefined ? [] : [vscode.l10n.t('volumes below {0}', formatBytes(volumeSize))]),
    ...(sign === undefined ? [] : [vscode.l10n.t('signed with {0}', basename(sign))]),
    ...(resume === false ? [vscode.l10n.t('start over')] : []),
  ];
}
