import { join } from 'node:path';

import * as vscode from 'vscode';

import { ContextKey } from '../contract/contexts.ts';
import { parseRepository } from '../oci/reference.ts';
import { EngineProcess } from '../relocation/process/engine-process.ts';
import type { RelocationRequest } from '../relocation/request/request.ts';
import { AgentTools } from './agents/agent-tools.ts';
import { editorBackend } from './agents/editor-backend.ts';
import { Audits } from './audit/audits.ts';
import { registerAudit } from './audit/register-audit.ts';
import { buildClusters } from './clusters/build-clusters.ts';
import { registerClusters } from './clusters/register-clusters.ts';
import { CommandRegistry } from './command-registry.ts';
import type { Manifest } from './command-registry.ts';
import { buildCredentials } from './credentials/build-credentials.ts';
import { CredentialsInUse } from './credentials/credentials-in-use.ts';
import { FileEditor } from './files/file-editor.ts';
import { KnownSecrets } from '../oci/auth/known-secrets.ts';
import { registerCredentials } from './credentials/register-credentials.ts';
import { CarvelDocuments } from './editor/carvel-documents.ts';
import { DocumentFindings } from './editor/document-findings.ts';
import { ImageFacts } from './editor/image-facts.ts';
import { registerEditor } from './editor/register-editor.ts';
import { SecretFacts } from './editor/secret-facts.ts';
import { ErrorReporter } from './errors/error-reporter.ts';
import { redactedLog } from './errors/redacted-log.ts';
import { RecentLines } from './help/recent-lines.ts';
import { registerHelp } from './help/register-help.ts';
import { showTroubleshooting } from './help/report-issue.ts';
import { InstallDocuments } from './installs/install-documents.ts';
import { registerInstalls } from './installs/register-installs.ts';
import { ValuesFindings } from './installs/values-findings.ts';
import { ValuesSchemas } from './installs/values-schemas.ts';
import { LazyModule } from './lazy-module.ts';
import { mapOfJobPlan } from './map/outcome-maps.ts';
import { MapPages } from './map/map-pages.ts';
import { registerMaps } from './map/register-maps.ts';
import { TransferPages } from './map/transfer-pages.ts';
import { DiffDocuments } from './packaging/diff-documents.ts';
import { registerPackaging } from './packaging/register-packaging.ts';
import { ImageDocuments } from './registries/image-documents.ts';
import { ImagePicker } from './registries/image-picker.ts';
import { revealInRegistries } from './registries/reveal-in-registries.ts';
import { registerRegistries } from './registries/register-registries.ts';
import { RegistriesView } from './registries/registries-view.ts';
import type { RegistryApi } from './registries/registry-connections.ts';
import { RegistryConnections } from './registries/registry-connections.ts';
import { RegistryPicker } from './registries/registry-picker.ts';
import { buildRelocations } from './relocations/build-relocations.ts';
import { askKeyPassword, refusePrograms } from './relocations/signing.ts';
import { BasePicker } from './relocations/wizard/base-picker.ts';
import { DestinationPicker } from './relocations/wizard/destination-picker.ts';
import type { RevealInRegistries } from './relocations/commands/reveal-relocation.ts';
import { relocationListFolder } from './relocations/list/list-folder.ts';
import { PackagePicker } from './relocations/wizard/package-picker.ts';
import { RecentPlaces } from './relocations/wizard/recent-places.ts';
import { RecentDestinations } from './relocations/wizard/recent-destinations.ts';
import { registerList, registerRelocations } from './relocations/register-relocations.ts';
import { ConnectionSetting } from './settings/connection-setting.ts';
import { policyOptions, withPolicy } from './settings/policy-setting.ts';
import { followBandwidthLimit } from './settings/transfer-settings.ts';
import { requiredKeys } from './settings/signature-setting.ts';
import { RegistriesSetting } from './settings/registries-setting.ts';
import { ManagedRepositories } from './sync/managed-repositories.ts';
import { registerSync } from './sync/register-sync.ts';
import { RelocationTasks } from './tasks/relocation-tasks.ts';
import { setContext } from './view/set-context.ts';
import type { Workbench, WorkbenchHost } from './workbench.ts';

/** Builds the parts of the extension. Nothing connects to a network or loads a large module before it is used. */
export function buildWorkbench(context: vscode.ExtensionContext, host: WorkbenchHost): Workbench {
  const dist = (bundle: string) => join(context.extensionPath, 'dist', bundle);
  const secrets = new KnownSecrets();
  const { hide } = secrets;
  const channel = vscode.window.createOutputChannel('Carvel Airgap', { log: true });
  const logTail = new RecentLines(500);
  const log = redactedLog(channel, hide, logTail);
  const setting = new RegistriesSetting(log);
  const reporter = new ErrorReporter({
    log,
    hide,
    listed: () => setting.all().map(({ host }) => host),
    explain: (code) => showTroubleshooting(context.extensionUri, code),
  });
  const commands = new CommandRegistry(reporter, context.extension.packageJSON as Manifest);
  const network = new ConnectionSetting({
    registries: setting,
    log,
    environment: process.env,
    noteSecrets: (address) => secrets.noteUrl(address),
  });
  const connection = () => network.connection();

  const { store, credentials } = buildCredentials({
    context,
    secrets,
    log,
    changed: (registry) => {
      registries.reconnect(registry);
      facts.forget();
    },
  });
  const used = new CredentialsInUse((registry, path) => registries.credentialUsed(registry, path));
  const registryApi = new LazyModule<RegistryApi>(dist('registries.cjs'));
  const reader = new RegistryConnections({
    api: () => registryApi.get(),
    connection,
    credentials: used.watch(credentials.browsing),
    policy: () => policyOptions().policy,
    hide,
  });
  const noteRegistries = (): void => {
    if (setting.all().length > 0) setContext(ContextKey.hasRegistries, true);
  };
  noteRegistries();
  const audits = new Audits();
  const managed = new ManagedRepositories(log);
  const registries = new RegistriesView({
    host: host.registries,
    reader,
    api: () => registryApi.get(),
    setting,
    network,
    used,
    audits,
    managed,
  });
  const { tree } = registries;
  const facts = new ImageFacts(reader, (host) => setting.get(setting.hostOf(host))?.host);
  const images = new ImagePicker(tree, () => setting.all());
  const engine = new EngineProcess({
    modulePath: dist('engine.cjs'),
    connection,
    credentials: credentials.relocation,
    requireSignature: requiredKeys,
    askPassword: askKeyPassword,
    refuse: refusePrograms,
    stateFolder: join(context.globalStorageUri.fsPath, 'relocations'),
    log: (line) => log.debug(line),
  });
  const gated = withPolicy(engine);
  const pace = followBandwidthLimit((bytesPerSecond) => engine.limitBandwidth(bytesPerSecond));
  const relocated = ({ destination }: RelocationRequest): void => {
    if (destination.kind === 'archive') return;
    const { registry, path } = parseRepository(destination.repository);
    tree.changedAt(registry, path);
    facts.forget();
  };
  const describeFile = (path: string, signal: AbortSignal) => registryApi.get().describeFile(path, signal);
  const mapSource = { reader, describeFile };
  const maps = new MapPages(join(context.extensionPath, 'dist'));
  const list = buildRelocations({
    host: host.relocations,
    engine: gated,
    inCluster: (place, isFollowing = false) =>
      new (registryApi.get().ClusterEngine)(place, {
        engine: gated,
        session: (name) => clusters.session(name),
        connection,
        credentials: credentials.relocation,
        isFollowing,
      }),
    folder: relocationListFolder(context),
    reporter,
    log,
    hide,
    relocated,
    showMap: async (plan) => maps.show(await mapOfJobPlan(mapSource, plan)),
  });
  const { relocations, starter } = list;

  const builtClusters = buildClusters({
    modulePath: dist('cluster.cjs'),
    host: host.clusters,
    network,
    state: context.workspaceState,
    audits,
    log,
  });
  const { clusters, targets, contexts, access, namespaces, view: clustersView } = builtClusters;

  registerHelp({ commands, extension: context.extension, log, logTail });
  const picker = new RegistryPicker(setting);
  const documents = new ImageDocuments(host.documents, reader, (...args) =>
    registryApi.get().readArchiveDocument(...args),
  );
  registerRegistries({ commands, setting, picker, reader, credentials: store, view: registries, images, documents });
  registerCredentials({ commands, picker, store, tester: reader, secrets });
  const reveal: RevealInRegistries = (target) => revealInRegistries(host.registries, tree, target);
  const recent = new RecentDestinations(context.globalState);
  const packages = new PackagePicker({ engine, state: context.globalState, reporter });
  const destinations = new DestinationPicker({ setting, tree, recent, packages });
  const bases = new BasePicker({ setting, tree, recent, relocations });
  const formatOf = (path: string) => registryApi.get().archiveFormat(path);
  registerRelocations({
    commands,
    images,
    destinations,
    packages,
    starter,
    bases,
    formatOf,
    engine: gated,
    reporter,
    log,
    clusters,
    targets,
    recentPlaces: new RecentPlaces(context.globalState),
  });
  const hostFor = (clusterHost: string) => setting.hostOf(clusterHost);
  const transfers = new TransferPages(join(context.extensionPath, 'dist'), relocations);
  const showThroughput = (relocation: string) => transfers.show(relocation);
  const reports = registerList({
    commands,
    relocations,
    starter,
    reveal,
    hostFor,
    showThroughput,
    clusters,
    documents: host.documents,
  });
  const { tree: clusterTree } = clustersView;
  const clusterParts = { commands, clusters, tree: clusterTree, contexts, targets, access, namespaces, log };
  const clusterCommands = registerClusters({ ...clusterParts, host: host.documents });
  const audit = registerAudit({
    commands,
    auditor: reader,
    setting,
    clusters,
    contexts,
    namespaces,
    images,
    audits,
    host: host.documents,
  });
  const relocation = (id: string) => relocations.get(id);
  registerMaps(commands, { ...mapSource, images, setting, pages: maps, audits, relocation });
  const secretFacts = new SecretFacts((name) => clusters.opened(name));
  const carvelDocuments = new CarvelDocuments();
  const installDocuments = new InstallDocuments();
  const schemas = new ValuesSchemas(clusters, targets);
  const values = new ValuesFindings(installDocuments, schemas);
  const findings = new DocumentFindings({
    documents: carvelDocuments,
    facts,
    secrets: secretFacts,
    setting,
    targets,
    values,
  });
  const editor = registerEditor({
    commands,
    setting,
    reader,
    facts,
    secrets: secretFacts,
    documents: carvelDocuments,
    findings,
    schemas,
    tree,
    clusters,
    targets,
    audits,
    log,
  });
  const diffs = new DiffDocuments(host.documents);
  const packaging = registerPackaging({
    commands,
    clusters,
    known: {
      onDidChange: clustersView.onDidChange,
      of: (context) => clusterTree.known(context)?.snapshot?.repositories.items ?? [],
    },
    targets,
    contexts,
    access,
    images,
    reader,
    setting,
    caCertificates: () => network.caCertificates(),
    credentials: credentials.relocation,
    noteSecret: (secret) => secrets.note(secret),
    secrets: secretFacts,
    documents: carvelDocuments,
    findings,
    audits,
    reporter,
    diffs,
    log,
  });
  const installParts = { clusters, targets, contexts, access, schemas, findings: values, diffs, reporter, log };
  const installs = registerInstalls(
    commands,
    { ...installParts, documents: installDocuments, files: host.memoryFiles },
    host.documents,
  );
  const sync = registerSync({
    commands,
    host: host.documents,
    extensionUri: context.extensionUri,
    setting,
    tree,
    log,
    hide,
    api: () => registryApi.get(),
    connection,
    credentials: credentials.relocation,
    engine: gated,
    relocations,
    hasPolicy: () => policyOptions().policy !== undefined,
    stateFolder: context.globalStorageUri.fsPath,
    auditor: reader,
    clusters,
  });
  commands.complete();
  const disposables = [
    setting.onDidChange(noteRegistries),
    editor,
    facts,
    secretFacts,
    audit,
    audits,
    maps,
    packaging,
    installs,
    sync,
    schemas,
    diffs,
    reports,
    transfers,
    list,
    documents,
    clusterCommands,
    builtClusters,
    pace,
    engine,
    registries,
    managed,
    reader,
    store,
    network,
    setting,
    channel,
  ];
  return {
    ready: list.ready,
    registries,
    relocations: list.view,
    clusters: clustersView,
    agents: new AgentTools(
      editorBackend({ engine: gated, reader, api: () => registryApi.get(), clusters, setting, relocations, hide }),
    ),
    files: new FileEditor(describeFile),
    tasks: new RelocationTasks({ engine: gated, hide, relocations }),
    run: (command, args) => commands.run(command, args),
    dispose: () => disposables.forEach((each) => each.dispose()),
  };
}
