import * as vscode from 'vscode';

import { ignoringRepeats } from '../../base/single-flight.ts';
import type { ClusterSession } from '../../cluster/api.ts';
import { ClusterCommand } from '../../contract/clusters.ts';
import { isDocumentPlace } from '../../contract/targets.ts';
import { PackagingCommand } from '../../contract/packaging.ts';
import type { Credential, CredentialProvider } from '../../oci/auth/credentials.ts';
import type { ReconcileState } from '../../packaging/reconcile-state.ts';
import type { Audits } from '../audit/audits.ts';
import type { ApplyTargets } from '../clusters/apply-targets.ts';
import type { Clusters } from '../clusters/clusters.ts';
import type { ContextPicker } from '../clusters/context-picker.ts';
import type { NamespaceAccess } from '../clusters/namespace-access.ts';
import type { CommandRegistry } from '../command-registry.ts';
import type { DocumentFindings } from '../editor/document-findings.ts';
import type { SecretAddress, SecretFacts } from '../editor/secret-facts.ts';
import type { ErrorReporter } from '../errors/error-reporter.ts';
import type { ImagePicker } from '../registries/image-picker.ts';
import type { BundleAuditor, RegistryReader } from '../registries/registry-reader.ts';
import type { RegistriesSetting } from '../settings/registries-setting.ts';
import { applyRepository } from './commands/apply-repository.ts';
import { createPullSecret } from './commands/create-pull-secret.ts';
import { createRepository } from './commands/create-repository.ts';
import { diffRepository } from './commands/diff-repository.ts';
import { explainState } from './commands/explain-state.ts';
import { fixApiVersion } from './commands/fix-api-version.ts';
import { trustInCluster } from './commands/trust-in-cluster.ts';
import type { DiffDocuments } from './diff-documents.ts';
import { FindConflicts } from './find-conflicts.ts';
import type { KnownRepositories } from './known-repositories.ts';
import { Observations } from './observations.ts';
import type { CarvelDocuments } from '../editor/carvel-documents.ts';
import { RepositoryLenses } from './repository-lenses.ts';
import { checkRetargeted } from './retarget-check.ts';
import type { Retargeted } from './retarget-check.ts';

export interface PackagingParts {
  readonly commands: CommandRegistry;
  readonly clusters: Clusters;
  readonly known: KnownRepositories;
  readonly targets: ApplyTargets;
  readonly contexts: ContextPicker;
  readonly access: NamespaceAccess;
  readonly images: ImagePicker;
  readonly reader: RegistryReader & Pick<BundleAuditor, 'providedPackages'>;
  readonly setting: RegistriesSetting;
  /** The certificates in `carvelAirgap.caFiles`, as PEM. */
  readonly caCertificates: () => readonly string[];
  readonly credentials: CredentialProvider;
  /** Registers an entered secret, so that it is removed from logs and messages. */
  readonly noteSecret: (credential: Credential) => void;
  readonly secrets: SecretFacts;
  readonly documents: CarvelDocuments;
  readonly findings: DocumentFindings;
  readonly audits: Audits;
  readonly reporter: ErrorReporter;
  readonly diffs: DiffDocuments;
  readonly log: vscode.LogOutputChannel;
}

/** Registers the commands and lenses for PackageRepository documents. */
export function registerPackaging(parts: PackagingParts): vscode.Disposable {
  const { commands, clusters, targets, access, audits, reader, setting, secrets, documents, log } = parts;
  const observations = new Observations<ReconcileState>(clusters, (session, { namespace, name }, onSeen, signal) =>
    session.watchPackageRepository(namespace, name, onSeen, signal),
  );
  const disposed = new AbortController();
  const retargetParts = {
    log,
    recreated: ({ name }: Retargeted) => log.info(`Recreated the PackageRepository ${name}`),
    signal: disposed.signal,
  };
  const conflicts = new FindConflicts({
    auditor: reader,
    listed: (name) => setting.get(setting.hostOf(name))?.host,
    log,
  });
  const own = {
    ...parts,
    observations,
    conflicts,
    checkRetargeted: (session: ClusterSession, retargeted: Retargeted) =>
      checkRetargeted(retargetParts, session, retargeted),
    clusterHost: (name: string) => setting.clusterHost(name),
    hostFor: (clusterHost: string) => setting.hostOf(clusterHost),
    applied: (secret: SecretAddress) => void secrets.ask(secret),
  };
  commands.register(
    PackagingCommand.create,
    (bundle) => createRepository(own, bundle),
    (message) => vscode.l10n.t('Creating the PackageRepository failed: {0}', message),
  );
  commands.register(
    PackagingCommand.apply,
    ignoringRepeats(
      (place) => place,
      (place?: unknown) => applyRepository(own, isDocumentPlace(place) ? place : parts.diffs.placeOf(place)),
    ),
    (message) => vscode.l10n.t('Applying the PackageRepository failed: {0}', message),
  );
  commands.register(
    PackagingCommand.diff,
    (place) => diffRepository(own, place),
    (message) => vscode.l10n.t('Comparing the PackageRepository failed: {0}', message),
  );
  commands.register(PackagingCommand.fixApiVersion, (place) => fixApiVersion(own, place));
  commands.register(PackagingCommand.explainState, (place) => explainState(own, place));
  commands.register(
    ClusterCommand.createPullSecret,
    (target) => createPullSecret(own, target),
    (message) => vscode.l10n.t('Creating the pull secret failed: {0}', message),
  );
  commands.register(
    ClusterCommand.trustInCluster,
    (target) => trustInCluster(own, target),
    (message) => vscode.l10n.t('Changing the configuration of kapp-controller failed: {0}', message),
  );
  return vscode.Disposable.from(
    observations,
    { dispose: () => disposed.abort() },
    followOpenDocuments(documents, observations),
    new RepositoryLenses({ documents, targets, observations, access, audits, known: parts.known }),
  );
}

/** Ends the watch of a PackageRepository when the last document that contains it is closed. */
function followOpenDocuments(
  documents: CarvelDocuments,
  observations: Observations<ReconcileState>,
): vscode.Disposable {
  return vscode.workspace.onDidCloseTextDocument(async () => {
    const open = vscode.workspace.textDocuments.filter(
      ({ isClosed, languageId }) => !isClosed && languageId === 'yaml',
    );
    const found = (await Promise.all(open.map((document) => documents.repositories(document)))).flat();
    observations.keep(({ name }) => found.some((each) => each.name?.value === name));
  });
}
