import * as vscode from 'vscode';

import type { ClusterSession } from '../../../cluster/api.ts';
import type { StoredInstall } from '../../../cluster/installs-api.ts';
import type { PackageInstallTarget } from '../../../contract/installs.ts';
import type { DocumentPlace } from '../../../contract/targets.ts';
import type { InstallChange, ValuesReference, ValuesSecret } from '../../../packaging/install/change-document.ts';
import type { PackageDetails } from '../../../packaging/install/package-details.ts';
import { printable } from '../../../base/printable.ts';
import { workbenchError } from '../../errors/workbench-error.ts';
import { back, pick } from '../../picks/pick.ts';
import { withProgress } from '../../progress.ts';
import type { InstallParts } from '../install-parts.ts';
import { chooseInstall } from '../install-picker.ts';
import { rightsStep } from '../install-questions.ts';
import { askVersion } from '../version-question.ts';

type Given = PackageInstallTarget | DocumentPlace | undefined;

/** What is known about a PackageInstall before its document is written. */
interface Subject {
  readonly target: PackageInstallTarget;
  readonly session: ClusterSession;
  readonly stored: StoredInstall;
  /** Where its values come from. */
  readonly references: readonly ValuesReference[];
  /** By name, also one that does not exist yet. */
  readonly secrets: ReadonlyMap<string, ValuesSecret>;
  /** The Package that is installed, if the cluster still has it. */
  readonly details: PackageDetails | undefined;
}

/** Opens the values of a PackageInstall as a document that changes them; of several Secrets, the user chooses one. */
export async function changeValues(parts: InstallParts, given: Given): Promise<void> {
  const subject = await subjectOf(parts, given, vscode.l10n.t('Change Values'));
  if (subject === undefined) return;
  const secret = await chooseSecret(subject);
  if (secret !== 'canceled') await openChange(parts, subject, { secret, notes: secretNotes(subject, secret) });
}

/** Opens a PackageInstall as a document, without its values. */
export async function openInstall(parts: InstallParts, given: Given): Promise<void> {
  const subject = await subjectOf(parts, given, vscode.l10n.t('Open as YAML'));
  if (subject !== undefined) await openChange(parts, subject, { notes: [] });
}

/** Chooses the service account of a PackageInstall, and opens a document that changes it. */
export async function chooseRights(parts: InstallParts, given: Given): Promise<void> {
  const subject = await subjectOf(parts, given, vscode.l10n.t('Choose Rights'));
  if (subject === undefined) return;
  const { session, stored, target } = subject;
  const { namespace, name } = stored.install;
  const about = { context: target.context, session, packages: [], installs: [], globalNamespace: '' };
  const answer = await rightsStep(about)({ namespace, name }, { canGoBack: false });
  if (answer === undefined || answer === back || answer.rights === undefined) return;
  await openChange(parts, subject, { rights: answer.rights, notes: [] });
}

/** Chooses another version or a constraint, and opens a document that installs it with the same values. */
export async function upgradeInstall(parts: InstallParts, given: Given): Promise<void> {
  const subject = await subjectOf(parts, given, vscode.l10n.t('Upgrade'));
  if (subject === undefined) return;
  const { session, stored, secrets, references, target } = subject;
  const { refName = '', namespace, version = '' } = stored.install;
  const chosen = await askVersion(session, stored);
  if (chosen === undefined) return;
  const details = await withProgress(vscode.l10n.t('Asking {0}', target.context), (signal) =>
    session.packageDetails(namespace, { refName, version: chosen.version }, signal),
  );
  if (details === undefined) {
    const named = `${refName} ${chosen.version}`;
    throw workbenchError('package-not-there', { context: target.context, package: named, namespace });
  }
  const { changeLines, schemaChanges } = await import('../../../packaging/install/schema-changes.ts');
  const { overlaidValues } = await import('../../../packaging/install/change-document.ts');
  const { parseValuesSchema } = await import('../../../packaging/install/values-schema.ts');
  const [before, after] = [subject.details, details].map((each) => parseValuesSchema(each?.valuesSchema));
  const changes = schemaChanges(before, after, overlaidValues(references, secrets));
  const notes =
    subject.details === undefined
      ? [`The cluster no longer has version ${printable(version)}, so its values cannot be compared.`]
      : changeLines(changes, printable(version), printable(chosen.version));
  const isRange = chosen.constraints !== chosen.version;
  const selects = isRange ? [`${printable(chosen.constraints)} selects ${printable(chosen.version)} now.`] : [];
  // Several Secrets are kept as they are.
  const secret = secrets.size === 1 ? [...secrets.values()][0] : undefined;
  const { constraints, prereleases } = chosen;
  await openChange(
    parts,
    subject,
    {
      constraints,
      prereleases,
      ...(secret !== undefined && { secret }),
      notes: [...selects, ...notes, ...secretNotes(subject, secret)],
    },
    details,
  );
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
    const { refName = '', version = '', attempted = version } = stored.install;
    const details = await session.packageDetails(install.namespace, { refName, version: attempted }, signal);
    const { valuesReferences } = await import('../../../packaging/install/change-document.ts');
    const references = valuesReferences(stored.object);
    const secrets = await secretsOf(session, stored, references, details, signal);
    return { target, session, stored, details, references, secrets };
  });
}

/** The Secrets with values, by name; a new one with all values commented out if there is none yet. */
async function secretsOf(
  session: ClusterSession,
  { install }: StoredInstall,
  references: readonly ValuesReference[],
  details: PackageDetails | undefined,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, ValuesSecret>> {
  const { newValuesSecret } = await import('../../../packaging/install/change-document.ts');
  const { VALUES_KEY } = await import('../../../packaging/install/created-objects.ts');
  if (references.length === 0) {
    const values = await allValues(details);
    const secret = newValuesSecret(install, values);
    return new Map(values === '' ? [] : [[secret.name, secret]]);
  }
  const { namespace } = install;
  const names = [...new Set(references.map(({ name }) => name))];
  const secrets = names.map(async (name): Promise<readonly [string, ValuesSecret]> => {
    const found = (await session.secretTexts({ namespace, name }, signal)) ?? {};
    const key = references.find((each) => each.name === name)?.key ?? VALUES_KEY;
    // A Secret that is missing, or empty, is created with all values commented out.
    const texts = Object.keys(found).length > 0 ? found : { [key]: await allValues(details) };
    return [name, { name, texts, isReferenced: true }];
  });
  return new Map(await Promise.all(secrets));
}

async function allValues(details: PackageDetails | undefined): Promise<string> {
  const { parseValuesSchema } = await import('../../../packaging/install/values-schema.ts');
  const { valuesDocument } = await import('../../../packaging/install/values-document.ts');
  const schema = parseValuesSchema(details?.valuesSchema);
  return schema === undefined ? '' : valuesDocument(schema);
}

async function chooseSecret({ secrets, stored }: Subject): Promise<ValuesSecret | undefined | 'canceled'> {
  const all = [...secrets.values()];
  if (all.length < 2) return all[0];
  const answer = await pick<ValuesSecret>({
    title: vscode.l10n.t('Change Values of {0}', stored.install.name),
    placeholder: vscode.l10n.t('Secret to edit: the values of a later one override those of the earlier ones'),
    choices: () =>
      Promise.resolve(
        all.map((value, index) => ({
          label: printable(value.name),
          description: vscode.l10n.t('{0} of {1}', index + 1, all.length),
          detail: printable(Object.keys(value.texts).join(', ')),
          value,
        })),
      ),
  });
  return answer === undefined || answer === back ? 'canceled' : answer;
}

/** Comments of the document, in English like its other comments. */
function secretNotes({ secrets }: Subject, secret: ValuesSecret | undefined): string[] {
  if (secrets.size < 2) return [];
  const names = [...secrets.keys()].map((name) => printable(name)).join(', ');
  return [
    `The values come from ${secrets.size} Secrets, of which a later one overrides the earlier ones: ${names}.`,
    secret === undefined
      ? 'All of them are kept as they are. Change Values edits one of them.'
      : `Only ${printable(secret.name)} is in this document. The others are kept as they are.`,
  ];
}

async function openChange(
  { files, schemas }: InstallParts,
  { target, stored, details: installed }: Subject,
  change: Omit<InstallChange, 'context' | 'install' | 'secret'> & { readonly secret?: ValuesSecret | undefined },
  details = installed,
): Promise<void> {
  const { changeDocument } = await import('../../../packaging/install/change-document.ts');
  const { findInstalls } = await import('../../../packaging/install/find-installs.ts');
  const { context, install } = target;
  const { secret, ...others } = change;
  const text = changeDocument({ context, install: stored.object, ...others, ...(secret !== undefined && { secret }) });
  const [found] = findInstalls(text);
  if (details !== undefined && found !== undefined) {
    await schemas.note(context, install.namespace, details, found.constraints?.value);
  }
  await files.open(`${install.name}.yml`, text, found?.values[0]?.start ?? 0);
}
