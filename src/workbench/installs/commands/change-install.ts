import * as vscode from 'vscode';

import type { RepositoryChange } from '../../../cluster/actions-api.ts';
import type { ClusterSession } from '../../../cluster/api.ts';
import type { StoredInstall } from '../../../cluster/installs-api.ts';
import type { PackageInstallTarget } from '../../../contract/installs.ts';
import type { DocumentPlace } from '../../../contract/targets.ts';
import type { ValuesSecret } from '../../../packaging/install/change-document.ts';
import type { PackageDetails } from '../../../packaging/install/package-details.ts';
import { newestFirst, versionsOf } from '../../../packaging/install/package-versions.ts';
import type { Package } from '../../../packaging/package.ts';
import { printable } from '../../../base/printable.ts';
import { workbenchError } from '../../errors/workbench-error.ts';
import { back, pick } from '../../picks/pick.ts';
import { withProgress } from '../../progress.ts';
import { withoutIcons } from '../../text/formatting.ts';
import type { InstallParts } from '../install-parts.ts';
import { chooseInstall } from '../install-picker.ts';
import { versionText } from '../install-questions.ts';

type Given = PackageInstallTarget | DocumentPlace | undefined;

/** Reconciles, pauses or resumes a PackageInstall. The view and the lenses show the result. */
export async function changeInstall(parts: InstallParts, change: RepositoryChange, given: Given): Promise<void> {
  const titles: Readonly<Record<RepositoryChange, string>> = {
    reconcile: vscode.l10n.t('Reconcile Now'),
    pause: vscode.l10n.t('Pause'),
    resume: vscode.l10n.t('Resume'),
  };
  const target = await chooseInstall(parts, given, titles[change]);
  if (target === undefined) return;
  const { context, install } = target;
  const named = `${install.namespace}/${install.name}`;
  const session = await parts.clusters.session(context);
  await withProgress(`${titles[change]}: ${named}`, (signal) => session.changePackageInstall(install, change, signal));
  parts.log.info(`${change}: PackageInstall ${named} in ${context}`);
}

/** What is known about a PackageInstall before its document is written. */
interface Subject {
  readonly target: PackageInstallTarget;
  readonly session: ClusterSession;
  readonly stored: StoredInstall;
  readonly secret: ValuesSecret | undefined;
  /** The Package that is installed, if the cluster still has it. */
  readonly details: PackageDetails | undefined;
}

/** Opens the values of a PackageInstall as a document that changes them. */
export async function changeValues(parts: InstallParts, given: Given): Promise<void> {
  const subject = await subjectOf(parts, given, vscode.l10n.t('Change Values'));
  if (subject !== undefined) await openChange(parts, subject, subject.details, []);
}

/** Chooses another version, and opens a document that installs it with the same values. */
export async function upgradeInstall(parts: InstallParts, given: Given): Promise<void> {
  const subject = await subjectOf(parts, given, vscode.l10n.t('Upgrade'));
  if (subject === undefined) return;
  const { session, stored, secret, target } = subject;
  const { refName = '', namespace, version = '' } = stored.install;
  const chosen = await askVersion(subject);
  if (chosen === undefined) return;
  const details = await withProgress(vscode.l10n.t('Asking {0}', target.context), (signal) =>
    session.packageDetails(namespace, { refName, version: chosen.version }, signal),
  );
  if (details === undefined) throw notThere(subject, chosen.version);
  const { changeLines, schemaChanges } = await import('../../../packaging/install/schema-changes.ts');
  const { parseValuesSchema } = await import('../../../packaging/install/values-schema.ts');
  const { parseYamlValue } = await import('../../../packaging/yaml-text.ts');
  const [before, after] = [subject.details, details].map((each) => parseValuesSchema(each?.valuesSchema));
  const changes = schemaChanges(before, after, parseYamlValue(secret?.values ?? ''));
  const notes =
    subject.details === undefined
      ? [`The cluster no longer has version ${printable(version)}, so its values cannot be compared.`]
      : changeLines(changes, printable(version), printable(chosen.version));
  await openChange(parts, subject, details, notes, chosen.version);
}

async function subjectOf(parts: InstallParts, given: Given, title: string): Promise<Subject | undefined> {
  const target = await chooseInstall(parts, given, title);
  if (target === undefined) return undefined;
  const { context, install } = target;
  const session = await parts.clusters.session(context);
  return withProgress(vscode.l10n.t('Asking {0}', context), async (signal) => {
    const stored = await session.getPackageInstall(install, signal);
    if (stored === undefined)
      throw workbenchError('install-gone', { context, install: `${install.namespace}/${install.name}` });
    const { refName = '', version = '' } = stored.install;
    const details = await session.packageDetails(install.namespace, { refName, version }, signal);
    return { target, session, stored, details, secret: await valuesOf(session, stored, details, signal) };
  });
}

/** The Secret with the values; a new one with all values commented out if there is none yet. */
async function valuesOf(
  session: ClusterSession,
  { install, object }: StoredInstall,
  details: PackageDetails | undefined,
  signal: AbortSignal,
): Promise<ValuesSecret | undefined> {
  const { newValuesSecret, valuesCount, valuesReference } =
    await import('../../../packaging/install/change-document.ts');
  const reference = valuesReference(object);
  if (reference === undefined) {
    // Several Secrets are edited where they come from.
    if (valuesCount(object) > 0) return undefined;
    const values = await allValues(details);
    return values === '' ? undefined : newValuesSecret(install, values);
  }
  const texts = (await session.secretTexts({ namespace: install.namespace, name: reference.name }, signal)) ?? {};
  const key = reference.key ?? Object.keys(texts)[0] ?? 'values.yaml';
  return { name: reference.name, key, values: texts[key] ?? (await allValues(details)), isReferenced: true };
}

async function allValues(details: PackageDetails | undefined): Promise<string> {
  const { parseValuesSchema } = await import('../../../packaging/install/values-schema.ts');
  const { valuesDocument } = await import('../../../packaging/install/values-document.ts');
  const schema = parseValuesSchema(details?.valuesSchema);
  return schema === undefined ? '' : valuesDocument(schema);
}

/** Newest first; a constraint is replaced by the chosen version. */
async function askVersion({ session, stored, target }: Subject): Promise<Package | undefined> {
  const { refName = '', namespace, version = '', constraints = '' } = stored.install;
  const answer = await pick<Package>({
    title: vscode.l10n.t('Upgrade {0}', stored.install.name),
    placeholder: vscode.l10n.t('Version to install; now {0} (constraint: {1})', version, constraints),
    choices: async (signal) => {
      const packages = await session.packages(namespace, signal);
      const own = versionsOf(packages, { namespace, refName });
      if (own.length === 0) throw notThere({ stored, target }, version);
      return own.map((each) => {
        const { description, detail } = versionText(each, []);
        const order = newestFirst(each.version, version);
        const mark =
          each.version === version
            ? vscode.l10n.t('installed')
            : order > 0
              ? vscode.l10n.t('older than the installed version')
              : '';
        return {
          label: withoutIcons(printable(each.version)),
          description: [mark, description].filter((part) => part !== '').join(' · '),
          ...(detail !== undefined && { detail }),
          value: each,
        };
      });
    },
  });
  return answer === back ? undefined : answer;
}

function notThere({ stored, target }: Pick<Subject, 'stored' | 'target'>, version: string): Error {
  const { refName = '', namespace } = stored.install;
  return workbenchError('package-not-there', { context: target.context, package: `${refName} ${version}`, namespace });
}

async function openChange(
  { files, schemas }: InstallParts,
  { target, stored, secret }: Subject,
  details: PackageDetails | undefined,
  notes: readonly string[],
  version?: string,
): Promise<void> {
  const { changeDocument } = await import('../../../packaging/install/change-document.ts');
  const { findInstalls } = await import('../../../packaging/install/find-installs.ts');
  const { context, install } = target;
  const text = changeDocument({
    context,
    install: stored.object,
    notes,
    ...(version !== undefined && { version }),
    ...(secret !== undefined && { secret }),
  });
  const [found] = findInstalls(text);
  if (details !== undefined && found !== undefined) {
    await schemas.note(context, install.namespace, details, found.constraints?.value);
  }
  const editor = await files.open(`${install.name}.yml`, text);
  const position = editor.document.positionAt(found?.values[0]?.start ?? 0);
  editor.selection = new vscode.Selection(position, position);
  editor.revealRange(new vscode.Range(0, 0, 0, 0), vscode.TextEditorRevealType.AtTop);
}
