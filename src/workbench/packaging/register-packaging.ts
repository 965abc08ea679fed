import * as vscode from 'vscode';

import { ClusterCommand } from '../../contract/clusters.ts';
import { PackagingCommand } from '../../contract/packaging.ts';
import type { Credential, CredentialProvider } from '../../oci/auth/credentials.ts';
import type { ApplyTargets } from '../clusters/apply-targets.ts';
import type { Clusters } from '../clusters/clusters.ts';
import type { ContextPicker } from '../clusters/context-picker.ts';
import type { RepositoryAccess } from '../clusters/repository-access.ts';
import type { CommandRegistry } from '../command-registry.ts';
import type { DocumentFindings } from '../editor/document-findings.ts';
import type { SecretFacts } from '../editor/secret-facts.ts';
import type { ErrorReporter } from '../errors/error-reporter.ts';
import type { ImagePicker } from '../registries/image-picker.ts';
import type { BundleAuditor, RegistryReader } from '../registries/registry-reader.ts';
import type { RegistriesSetting } from '../settings/registries-setting.ts';
import type { DocumentHost } from '../view/hosts.ts';
import { ApplyRepository } from './commands/apply-repository.ts';
import { CreatePullSecret } from './commands/create-pull-secret.ts';
import { CreateRepository } from './commands/create-repository.ts';
import { DiffRepository } from './commands/diff-repository.ts';
import { ExplainState } from './commands/explain-state.ts';
import { FixApiVersion } from './commands/fix-api-version.ts';
import { TrustInCluster } from './commands/trust-in-cluster.ts';
import { DiffDocuments } from './diff-documents.ts';
import { FindConflicts } from './find-conflicts.ts';
import { Observations } from './observations.ts';
import { RepositoryDocuments } from './repository-documents.ts';
import { RepositoryLenses } from './repository-lenses.ts';
import { RetargetCheck } from './retarget-check.ts';

export interface PackagingParts {
  readonly commands: CommandRegistry;
  readonly clusters: Clusters;
  readonly targets: ApplyTargets;
  readonly contexts: ContextPicker;
  readonly access: RepositoryAccess;
  readonly images: ImagePicker;
  readonly reader: RegistryReader & Pick<BundleAuditor, 'providedPackages'>;
  readonly setting: RegistriesSetting;
  readonly credentials: CredentialProvider;
  /** Registers an entered secret, so that it is removed from logs and messages. */
  readonly noteSecret: (credential: Credential) => void;
  readonly secrets: SecretFacts;
  readonly findings: DocumentFindings;
  readonly reporter: ErrorReporter;
  readonly host: DocumentHost;
  readonly log: vscode.LogOutputChannel;
}

/** Registers the commands and lenses for PackageRepository documents. */
export function registerPackaging(parts: PackagingParts): vscode.Disposable {
  const {
    commands,
    clusters,
    targets,
    contexts,
    access,
    images,
    reader,
    setting,
    credentials,
    noteSecret,
    secrets,
    findings,
    reporter,
    host,
    log,
  } = parts;
  const documents = new RepositoryDocuments();
  const observations = new Observations(clusters);
  const create = new CreateRepository(images, reader, targets, (host) => setting.clusterHost(host));
  const diffs = new DiffDocuments(host);
  const retargets = new RetargetCheck({
    log,
    recreated: ({ name }) => log.info(`Recreated the PackageRepository ${name}`),
  });
  const apply = new ApplyRepository({
    documents,
    clusters,
    targets,
    contexts,
    access,
    observations,
    diffs,
    conflicts: new FindConflicts({ auditor: reader, listed: (host) => setting.get(setting.hostOf(host))?.host, log }),
    retargets,
    findings,
    log,
  });
  const diff = new DiffRepository({ documents, clusters, targets, contexts, diffs });
  const fixApiVersion = new FixApiVersion(documents, targets);
  const explainState = new ExplainState({ documents, clusters, targets, observations, reporter });
  const pullSecret = new CreatePullSecret({
    documents,
    clusters,
    targets,
    contexts,
    credentials,
    hostFor: (clusterHost) => setting.hostOf(clusterHost),
    noteSecret,
    diffs,
    applied: (secret) => void secrets.ask(secret),
    log,
  });
  const trust = new TrustInCluster({ clusters, contexts, diffs, log });
  commands.register(
    PackagingCommand.create,
    (bundle) => create.run(bundle),
    (message) => vscode.l10n.t('Creating the PackageRepository failed: {0}', message),
  );
  commands.register(
    PackagingCommand.apply,
    (place) => apply.run(place),
    (message) => vscode.l10n.t('Applying the PackageRepository failed: {0}', message),
  );
  commands.register(
    PackagingCommand.diff,
    (place) => diff.run(place),
    (message) => vscode.l10n.t('Comparing the PackageRepository failed: {0}', message),
  );
  commands.register(PackagingCommand.fixApiVersion, (place) => fixApiVersion.run(place));
  commands.register(PackagingCommand.explainState, (place) => explainState.run(place));
  commands.register(
    ClusterCommand.createPullSecret,
    (target) => pullSecret.run(target),
    (message) => vscode.l10n.t('Creating the pull secret failed: {0}', message),
  );
  commands.register(
    ClusterCommand.trustInCluster,
    (target) => trust.run(target),
    (message) => vscode.l10n.t('Changing the configuration of kapp-controller failed: {0}', message),
  );
  return vscode.Disposable.from(
    observations,
    diffs,
    retargets,
    followOpenDocuments(documents, observations),
    new RepositoryLenses({ documents, targets, observations, access }),
  );
}

/** Ends the watch of a PackageRepository when the last document that contains it is closed. */
function followOpenDocuments(documents: RepositoryDocuments, observations: Observations): vscode.Disposable {
  return vscode.workspace.onDidCloseTextDocument(async () => {
    const open = vscode.workspace.textDocuments.filter(
      ({ isClosed, languageId }) => !isClosed && languageId === 'yaml',
    );
    const found = (await Promise.all(open.map((document) => documents.find(document)))).flat();
    observations.keep(({ name }) => found.some((each) => each.name?.value === name));
  });
}
