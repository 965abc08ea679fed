import * as vscode from 'vscode';

import type { AuditedPackage } from '../../audit/packages.ts';
import type { AuditTarget } from '../../audit/targets.ts';
import type { ClusterSession } from '../../cluster/api.ts';
import { isLiveRepositoryTarget } from '../../contract/audit.ts';
import type { AuditCommandArguments, LiveRepositoryTarget } from '../../contract/audit.ts';
import { isDocumentPlace, isImageTarget } from '../../contract/targets.ts';
import type { DocumentPlace } from '../../contract/targets.ts';
import { formatReference, parseReference } from '../../oci/reference.ts';
import type { Clusters } from '../clusters/clusters.ts';
import { tryOrUndefined } from '../../base/errors.ts';
import { workbenchError } from '../errors/workbench-error.ts';
import { withProgress } from '../progress.ts';
import { imagesOf } from '../text/counts.ts';
import type { ImagePicker } from '../registries/image-picker.ts';
import type { BundleAuditor } from '../registries/registry-reader.ts';
import { toReference } from '../registries/to-reference.ts';
import { imageName } from '../relocations/relocation-job.ts';
import type { RegistriesSetting } from '../settings/registries-setting.ts';
import type { ReadOnlyDocuments } from '../view/read-only-documents.ts';
import type { Audits } from './audits.ts';
import { installedYtt } from './installed-ytt.ts';
import { insideRegistries } from './inside-registries.ts';
import { withMap } from './report-actions.ts';
import { auditReportText } from './report-text.ts';

export interface AuditParts {
  readonly auditor: BundleAuditor;
  readonly setting: RegistriesSetting;
  readonly clusters: Clusters;
  readonly images: ImagePicker;
  readonly audits: Audits;
  readonly documents: ReadOnlyDocuments;
}

/**
 * Audits a bundle, a PackageRepository or BundleLock in a document, or a PackageRepository in a cluster, and shows the
 * report.
 */
export async function auditBundle(
  parts: AuditParts,
  target?: AuditCommandArguments['carvelAirgap.audit'][0],
): Promise<void> {
  const { auditor, setting, audits, documents } = parts;
  const subject = await subjectOf(parts, target);
  if (subject === undefined) return;
  const { name, shortName, packages, live } = subject;
  const inside = await insideRegistries(setting, registryOf(subject.target));
  if (inside === undefined) return;
  const ytt = await installedYtt();
  const report = await withProgress(vscode.l10n.t('Auditing {0}', name), (signal, progress) =>
    auditor.audit(subject.target, {
      signal,
      inside,
      ...(ytt !== undefined && { ytt }),
      reach: (clusterHost) => setting.hostOf(clusterHost),
      ...(packages === undefined ? {} : { packages }),
      onProgress: ({ imagesDone, imagesTotal }) => progress({ message: imagesOf(imagesDone, imagesTotal) }),
    }),
  );
  audits.put(subject.target, report, live);
  const text = withMap(auditReportText(name, report, new Date()), { audited: subject.target.reference });
  await documents.show(vscode.l10n.t('Audit of {0}', shortName), text);
}

async function subjectOf(
  parts: AuditParts,
  target: AuditCommandArguments['carvelAirgap.audit'][0],
): Promise<AuditSubject | undefined> {
  if (isLiveRepositoryTarget(target)) {
    const { context, namespace, name } = target;
    const session = await parts.clusters.session(context);
    const asking = vscode.l10n.t('Asking {0}', context);
    const live = await withProgress(asking, (signal) => readLiveRepository(session, target, signal));
    const title = vscode.l10n.t('{0} in {1}', `${namespace}/${name}`, context);
    return { ...live, name: title, shortName: name, live: { context, namespace, name } };
  }
  const editor = vscode.window.activeTextEditor;
  if (isDocumentPlace(target)) return inDocument(target);
  if (target === undefined && editor?.document.languageId === 'yaml') {
    const place = { uri: editor.document.uri.toString(), line: editor.selection.active.line };
    const found = await inDocument(place).catch(() => undefined);
    if (found !== undefined) return found;
  }
  const image = isImageTarget(target) ? target : await parts.images.image(vscode.l10n.t('Audit'), 'inside');
  if (image === undefined) return undefined;
  const reference = formatReference(toReference(image));
  return { name: reference, shortName: imageName(image), target: { reference, isRepository: false } };
}

/** The registry of a bundle, or of a lock's first image. */
function registryOf({ images: [first] = [], reference }: AuditTarget): string | undefined {
  return tryOrUndefined(() => (first?.reference ?? parseReference(reference)).registry);
}

/** @throws audit.… */
async function inDocument({ uri, line }: DocumentPlace): Promise<AuditSubject> {
  const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(uri));
  const { targetAt } = await import('../../audit/targets.ts');
  const target = targetAt(document.getText(), vscode.workspace.asRelativePath(document.uri), line);
  const { reference } = target;
  const image = tryOrUndefined(() => parseReference(reference));
  return { name: reference, shortName: image === undefined ? reference : imageName(image), target };
}

interface AuditSubject {
  readonly target: AuditTarget;
  /** The name in messages and in the report. */
  readonly name: string;
  /** The name in the title of the report's tab. */
  readonly shortName: string;
  /** The audited PackageRepository, if it is in a cluster. */
  readonly live?: LiveRepositoryTarget;
  /** Reads the Packages that a cluster created from the bundle; absent if the bundle is audited on its own. */
  readonly packages?: (signal: AbortSignal) => Promise<readonly AuditedPackage[]>;
}

interface LiveRepository {
  readonly target: AuditTarget;
  readonly packages: () => Promise<readonly AuditedPackage[]>;
}

/**
 * Reads a PackageRepository and its Packages from a cluster.
 * @throws workbench.repository-gone, audit.…, cluster.…
 */
async function readLiveRepository(
  session: ClusterSession,
  { namespace, name, context }: LiveRepositoryTarget,
  signal: AbortSignal,
): Promise<LiveRepository> {
  const stored = await session.getPackageRepository(namespace, name, signal);
  if (stored === undefined) throw workbenchError('repository-gone', { context, repository: `${namespace}/${name}` });
  const { liveTarget } = await import('../../audit/live.ts');
  const live = liveTarget(stored.repository, session);
  const packages = await live.packages(signal);
  return { target: live.target, packages: () => Promise.resolve(packages) };
}
