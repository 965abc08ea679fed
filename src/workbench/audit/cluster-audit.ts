import * as vscode from 'vscode';

import type { ClusterAuditProgress } from '../../audit/cluster/cluster-audit.ts';
import type { ReadySubject } from '../../audit/cluster/ready.ts';
import type { ClusterSession } from '../../cluster/api.ts';
import type { AuditCommandArguments } from '../../contract/audit.ts';
import { isContextTarget, isPackageTarget } from '../../contract/clusters.ts';
import type { ContextTarget } from '../../contract/clusters.ts';
import { isImageTarget } from '../../contract/targets.ts';
import type { Package } from '../../packaging/package.ts';
import { formatReference } from '../../oci/reference.ts';
import type { ContextPicker } from '../clusters/context-picker.ts';
import type { ShownNamespaces } from '../clusters/shown-namespaces.ts';
import { back, pick } from '../picks/pick.ts';
import { withProgress } from '../progress.ts';
import { imagesOf } from '../text/counts.ts';
import { toReference } from '../registries/to-reference.ts';
import type { AuditParts } from './audit-command.ts';
import { installedYtt } from './installed-ytt.ts';
import { insideRegistries } from './inside-registries.ts';
import { withMap } from './report-actions.ts';
import { auditReportText } from './report-text.ts';

export interface ClusterAuditParts extends AuditParts {
  readonly contexts: ContextPicker;
  readonly namespaces: ShownNamespaces;
}

/** Audits everything that a cluster pulls, or only the namespace that the view shows, and opens the report. */
export async function auditCluster(parts: ClusterAuditParts, target?: ContextTarget): Promise<void> {
  const { auditor, clusters, namespaces, audits, documents, setting } = parts;
  const context = await contextOf(parts, target);
  if (context === undefined) return;
  const inside = await insideRegistries(setting);
  if (inside === undefined) return;
  const session = await clusters.session(context);
  const namespace = namespaces.of(context);
  const name = namespace === undefined ? context : vscode.l10n.t('{0} in {1}', namespace, context);
  const report = await withProgress(vscode.l10n.t('Auditing {0}', name), (signal, progress) =>
    auditor.auditCluster({
      cluster: session,
      inside,
      reach: (clusterHost) => setting.hostOf(clusterHost),
      ...(namespace === undefined ? {} : { namespace }),
      signal,
      onProgress: (state) => progress({ message: progressText(state) }),
    }),
  );
  audits.putCluster(context, report);
  const text = withMap(auditReportText(name, report, new Date(), { context }), { auditedContext: context });
  await documents.show(vscode.l10n.t('Audit of {0}', context), text);
}

function progressText(progress: ClusterAuditProgress): string {
  return progress.step === 'list'
    ? vscode.l10n.t('{0}: objects read: {1}', progress.what, progress.objects.toLocaleString())
    : imagesOf(progress.imagesDone, progress.imagesTotal);
}

/** Audits a Package or bundle as if it were installed in a namespace, and opens the report. */
export async function readyToUpgrade(
  parts: ClusterAuditParts,
  target?: AuditCommandArguments['carvelAirgap.readyToUpgrade'][0],
): Promise<void> {
  const { auditor, clusters, documents, setting } = parts;
  const context = await contextOf(parts, target);
  if (context === undefined) return;
  const session = await clusters.session(context);
  const chosen = await subjectOf(session, target);
  if (chosen === undefined) return;
  const namespace = await namespaceFor(session, chosen.namespace);
  if (namespace === undefined) return;
  const inside = await insideRegistries(setting);
  if (inside === undefined) return;
  const { subject } = chosen;
  const ytt = await installedYtt();
  const name = subject.kind === 'package' ? subject.name : subject.reference;
  const report = await withProgress(vscode.l10n.t('Auditing {0}', name), (signal, progress) =>
    auditor.auditReady(subject, {
      cluster: session,
      namespace,
      inside,
      reach: (clusterHost) => setting.hostOf(clusterHost),
      ...(ytt !== undefined && { ytt }),
      signal,
      onProgress: ({ imagesDone, imagesTotal }) => progress({ message: imagesOf(imagesDone, imagesTotal) }),
    }),
  );
  const place = vscode.l10n.t('{0} in {1}', namespace, context);
  const title = `${name} → ${place}`;
  const auditedReady = parts.audits.putReady(context, title, report);
  const text = withMap(auditReportText(title, report, new Date(), { context }), { auditedReady });
  await documents.show(vscode.l10n.t('Ready to Upgrade? {0}', name), text);
}

async function contextOf({ contexts }: ClusterAuditParts, target: unknown): Promise<string | undefined> {
  return isContextTarget(target) ? target.context : (await contexts.choose())?.name;
}

interface Chosen {
  readonly subject: ReadySubject;
  /** Where the Package is offered. */
  readonly namespace?: string;
}

async function subjectOf(
  session: ClusterSession,
  target: AuditCommandArguments['carvelAirgap.readyToUpgrade'][0],
): Promise<Chosen | undefined> {
  if (isImageTarget(target)) {
    return { subject: { kind: 'bundle', reference: formatReference(toReference(target)) } };
  }
  const item = isPackageTarget(target) ? await readPackage(session, target.package) : await choosePackage(session);
  if (item === undefined) return undefined;
  const name = `${item.refName} ${item.version}`;
  return { subject: { kind: 'package', name, template: item.template }, namespace: item.namespace };
}

/** @throws audit.package-missing */
async function readPackage(
  session: ClusterSession,
  wanted: Omit<Package, 'template' | 'name' | 'images'>,
): Promise<Package> {
  const { namespace, refName, version } = wanted;
  const packages = await withProgress(vscode.l10n.t('Asking {0}', session.context), (signal) =>
    session.packages(namespace, signal),
  );
  const found = packages.find((each) => each.refName === refName && each.version === version);
  if (found !== undefined) return found;
  const { auditError } = await import('../../audit/errors.ts');
  throw auditError('package-missing', { namespace, package: `${refName} ${version}` });
}

async function choosePackage(session: ClusterSession): Promise<Package | undefined> {
  const answer = await pick<Package>({
    title: vscode.l10n.t('Ready to Upgrade?'),
    placeholder: vscode.l10n.t('Choose a Package offered in {0}', session.defaultNamespace),
    choices: async (signal) => {
      const packages = await session.packages(session.defaultNamespace, signal);
      return packages.map((value) => ({ label: value.refName, description: value.version, value }));
    },
  });
  return answer === back ? undefined : answer;
}

/** Pull secrets belong to a namespace, so it must be known where the Package shall be installed. */
async function namespaceFor(session: ClusterSession, offeredIn: string | undefined): Promise<string | undefined> {
  const { isNamespaceName } = await import('../../packaging/repository-name.ts');
  const answer = await pick<string>({
    title: vscode.l10n.t('Ready to Upgrade?'),
    placeholder: vscode.l10n.t('Choose or enter the namespace to install in'),
    isCurrent: (value) => value === (offeredIn ?? session.defaultNamespace),
    choices: async (signal) => {
      // Who may not list namespaces types the name.
      const names = await session.namespaces(signal).catch(() => [session.defaultNamespace]);
      return names.map((value) => ({ label: value, value }));
    },
    typed: (text) => (isNamespaceName(text) ? [{ label: text, value: text, alwaysShow: true }] : []),
  });
  return answer === back ? undefined : answer;
}
