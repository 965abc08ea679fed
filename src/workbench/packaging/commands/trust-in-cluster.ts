import { readFile, stat } from 'node:fs/promises';
import * as vscode from 'vscode';

import type { ControllerConfig } from '../../../cluster/actions-api.ts';
import type { ClusterSession } from '../../../cluster/api.ts';
import { isContextTarget, isPackageRepositoryTarget } from '../../../contract/clusters.ts';
import type { ContextTarget } from '../../../contract/clusters.ts';
import { isPackageInstallTarget } from '../../../contract/installs.ts';
import { settingsSection } from '../../../contract/settings.ts';
import { readCertificates, withCertificates } from '../../../packaging/ca-certificates.ts';
import type { CaCertificate } from '../../../packaging/ca-certificates.ts';
import type { Clusters } from '../../clusters/clusters.ts';
import type { ContextPicker } from '../../clusters/context-picker.ts';
import { hasCode } from '../../../base/errors.ts';
import { workbenchError } from '../../errors/workbench-error.ts';
import { pick } from '../../picks/pick.ts';
import type { Choice } from '../../picks/pick.ts';
import { withProgress } from '../../progress.ts';
import { preferring } from '../../registries/registry-role.ts';
import type { RegistriesSetting } from '../../settings/registries-setting.ts';
import { withoutIcons } from '../../text/formatting.ts';
import { askOverEditor } from '../ask-over-editor.ts';
import type { DiffDocuments } from '../diff-documents.ts';

export interface TrustInClusterParts {
  readonly clusters: Clusters;
  readonly contexts: ContextPicker;
  readonly diffs: DiffDocuments;
  readonly setting: RegistriesSetting;
  /** The certificates in `carvelAirgap.caFiles`, as PEM. */
  readonly caCertificates: () => readonly string[];
  readonly log: vscode.LogOutputChannel;
}

/** Larger than any certificate chain. */
const MAX_FILE_SIZE = 1_000_000;

/**
 * Adds a certificate authority to `caCerts` in the configuration of kapp-controller, which applies to the whole cluster.
 * Users without permission get the change as a document for an administrator.
 */
export async function trustInCluster(parts: TrustInClusterParts, given?: ContextTarget): Promise<void> {
  const { clusters, contexts, log } = parts;
  const context = isContextTarget(given) ? given.context : (await contexts.choose())?.name;
  if (context === undefined) return;
  const certificates = await chooseCertificates(parts);
  if (certificates === undefined) return;
  const session = await clusters.session(context);
  const config = await readConfig(session);
  if (config === undefined) {
    await openForAdministrator(certificates, await controllerNamespace(session));
    return;
  }
  const chain = withCertificates(config.caCertificates, certificates);
  if (chain === config.caCertificates) throw workbenchError('trusted-already', { context });
  if (!(await confirm(parts, session, config, chain, certificates))) return;
  await withProgress(vscode.l10n.t('Changing kapp-controller-config'), (signal) =>
    session.setCaCertificates(config, chain, signal),
  );
  log.info(`Added ${certificates.length} certificates to kapp-controller-config in ${context}`);
  // kapp-controller does not retry anything when its configuration changes.
  if (isPackageInstallTarget(given)) {
    const { install } = given;
    await withProgress(vscode.l10n.t('Reconcile Now: {0}', install.name), (signal) =>
      session.changePackageInstall(install, 'reconcile', signal),
    );
  }
  if (!isPackageRepositoryTarget(given)) return;
  await withProgress(vscode.l10n.t('Reconcile Now: {0}', given.name), (signal) =>
    session.changePackageRepository(given, 'reconcile', signal),
  );
}

/** The namespace of kapp-controller; undefined if the user may not read it. */
async function controllerNamespace(session: ClusterSession): Promise<string | undefined> {
  const asking = vscode.l10n.t('Asking {0}', session.context);
  return (await withProgress(asking, (signal) => session.health(signal))).controllerNamespace;
}

/** Undefined if the user may not read or change the configuration. */
async function readConfig(session: ClusterSession): Promise<ControllerConfig | undefined> {
  try {
    return await withProgress(vscode.l10n.t('Asking {0}', session.context), async (signal) => {
      const config = await session.controllerConfig(signal);
      const resource = `${config.kind.toLowerCase()}s`;
      const verb = config.resourceVersion === undefined ? 'create' : 'patch';
      const [may] = await session.checkAccess([{ verb, group: '', resource, namespace: config.namespace }], signal);
      return may === true ? config : undefined;
    });
  } catch (error) {
    if (hasCode(error, 'cluster.forbidden')) return undefined;
    throw error;
  }
}

async function confirm(
  parts: TrustInClusterParts,
  session: ClusterSession,
  { kind, namespace, caCertificates }: ControllerConfig,
  chain: string,
  certificates: readonly CaCertificate[],
): Promise<boolean> {
  const { controllerConfigYaml } = await import('../../../packaging/controller-config-yaml.ts');
  const yaml = (pem: string): string => controllerConfigYaml(kind, namespace, pem);
  const title = vscode.l10n.t('kapp-controller-config in {0}', session.context);
  const close = await parts.diffs.show({ title, before: yaml(caCertificates), after: yaml(chain) });
  const detail = [
    vscode.l10n.t('Context: {0}', session.context),
    vscode.l10n.t('Server: {0}', session.serverUrl),
    '',
    ...certificates.map(lineOf),
    '',
    vscode.l10n.t('kapp-controller will trust these certificates for everything it fetches in this cluster.'),
  ];
  const message = vscode.l10n.t("Add this CA to kapp-controller's trusted CAs?");
  try {
    return await askOverEditor({ message, detail: detail.join('\n'), button: vscode.l10n.t('Add'), hasEditor: true });
  } finally {
    await close();
  }
}

/**
 * Offers the certificates that are trusted in VS Code, those of registries inside first, and a file.
 * @throws workbench.no-certificates
 */
async function chooseCertificates(parts: TrustInClusterParts): Promise<readonly CaCertificate[] | undefined> {
  const trusted = await trustedChoices(parts);
  if (trusted.length === 0) return readFromFile();
  const answer = await pick<readonly CaCertificate[] | 'file'>({
    title: vscode.l10n.t('Trust a CA in the Cluster'),
    placeholder: vscode.l10n.t('Choose a certificate or a file'),
    choices: () =>
      Promise.resolve([
        ...trusted,
        {
          label: vscode.l10n.t('Choose a File…'),
          iconPath: new vscode.ThemeIcon('folder-opened'),
          alwaysShow: true,
          value: 'file',
        },
      ]),
  });
  if (answer === 'file') return readFromFile();
  return typeof answer === 'symbol' ? undefined : answer;
}

async function trustedChoices({
  setting,
  caCertificates,
}: TrustInClusterParts): Promise<Choice<readonly CaCertificate[]>[]> {
  const choices: Choice<readonly CaCertificate[]>[] = [];
  const seen = new Set<string>();
  const add = (pem: string, description: string): void => {
    const certificates = readCertificates(pem).filter(({ fingerprint }) => !seen.has(fingerprint));
    const [first] = certificates;
    if (first === undefined) return;
    for (const { fingerprint } of certificates) seen.add(fingerprint);
    choices.push({
      label: withoutIcons(certificates.map(({ subject }) => subject).join('; ')),
      description,
      detail: first.fingerprint,
      iconPath: new vscode.ThemeIcon('verified'),
      value: certificates,
    });
  };
  for (const { host, trustedCertificates = [], caFiles = [] } of preferring(setting.all(), 'inside')) {
    for (const pem of trustedCertificates) add(pem, vscode.l10n.t('trusted for {0}', host));
    for (const file of caFiles) add(await readSmall(file).catch(() => ''), vscode.l10n.t('CA file of {0}', host));
  }
  for (const pem of caCertificates()) add(pem, `${settingsSection}.caFiles`);
  return choices;
}

/** @throws workbench.no-certificates */
async function readFromFile(): Promise<readonly CaCertificate[] | undefined> {
  const [file] =
    (await vscode.window.showOpenDialog({
      title: vscode.l10n.t('CA Certificate (PEM)'),
      openLabel: vscode.l10n.t('Use'),
      filters: { PEM: ['pem', 'crt', 'cer'], [vscode.l10n.t('All Files')]: ['*'] },
    })) ?? [];
  if (file === undefined) return undefined;
  const certificates = readCertificates(await readSmall(file.fsPath));
  if (certificates.length === 0) throw workbenchError('no-certificates', { file: file.fsPath });
  return certificates;
}

/** The text of a file; empty if it is too large. */
async function readSmall(file: string): Promise<string> {
  return (await stat(file)).size <= MAX_FILE_SIZE ? readFile(file, 'utf8') : '';
}

function lineOf({ subject, validTo, isAuthority }: CaCertificate): string {
  const until = new Date(validTo).toLocaleDateString();
  return isAuthority
    ? vscode.l10n.t('{0}, valid until {1}', subject, until)
    : vscode.l10n.t('{0}, valid until {1} (not a CA certificate: it is trusted only for itself)', subject, until);
}

async function openForAdministrator(
  certificates: readonly CaCertificate[],
  namespace: string | undefined,
): Promise<void> {
  const comment = [
    vscode.l10n.t('For a cluster administrator: the certificates to append to caCerts.'),
    vscode.l10n.t('If kapp-controller-config already exists, append to its caCerts instead of replacing them.'),
    ...(namespace === undefined
      ? [vscode.l10n.t('Set the namespace to the one that kapp-controller runs in, which could not be determined.')]
      : []),
  ].map((line) => `# ${line}\n`);
  const { controllerConfigYaml } = await import('../../../packaging/controller-config-yaml.ts');
  const yaml = controllerConfigYaml('Secret', namespace ?? 'kapp-controller', withCertificates('', certificates));
  const document = await vscode.workspace.openTextDocument({ language: 'yaml', content: `${comment.join('')}${yaml}` });
  await vscode.window.showTextDocument(document);
}
