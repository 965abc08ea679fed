// The faults of a first PackageRepository, provoked for real: each is said where it is met, with words that one can act on. And what the
// editor knows of the cluster while the document is written: its Secrets, its names, who has the same Packages, what Apply would do.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { stringify } from 'yaml';

import { type Cluster, startCluster } from '../support/cluster.ts';
import { fixtureDigest, fixtureTar } from '../support/fixture.ts';
import { imgpkg } from '../support/imgpkg.ts';
import { globalNamespace, type KappController, startKappController } from '../support/kapp-controller.ts';
import { type KubeObject, pathOf } from '../support/kube-client.ts';
import { makeTemporaryFolder } from '../support/lifetime.ts';
import { freePort } from '../support/ports.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';
import { pushRepositoryBundle } from '../support/repository-bundle.ts';
import { grant, readerRules } from '../support/sessions.ts';
import { whyNoCluster } from '../support/setup/kubernetes.mjs';
import { journey } from '../support/vscode/journey.ts';
import {
  choose,
  chooseFix,
  hoverUntil,
  problem,
  suggested,
  suggestion,
  toLineEnd,
} from '../support/vscode/problems.ts';
import { attemptMilliseconds, gone, untilSeen } from '../support/vscode/until-seen.ts';
import type { Workbench } from '../support/vscode/workbench.ts';

const missing = whyNoCluster();
const skip = missing !== undefined && !process.env['CI'] && missing;
const apiVersion = 'packaging.carvel.dev/v1alpha1';
const user = { name: 'puller', password: 'let-me-in' };

describe('a first PackageRepository', { skip }, () => {
  let open: Registry;
  let locked: Registry;
  let cluster: Cluster;
  let kappController: KappController;

  before(async () => {
    [open, locked, cluster] = await Promise.all([
      startRegistry(),
      startRegistry({ user, tls: {} }),
      startCluster({ namespace: 'team' }),
    ]);
    const login = ['--registry-username', user.name, '--registry-password', user.password];
    const ca = ['--registry-ca-cert-path', locked.caFile ?? ''];
    for (const flags of [[`${open.host}/mirror/good`], [`${locked.host}/mirror/locked`, ...login, ...ca]]) {
      const { code, stderr } = await imgpkg(['copy', '--tar', fixtureTar, '--to-repo', ...flags]);
      assert.equal(code, 0, stderr);
    }
    kappController = await startKappController(cluster);
  });

  after(async () => {
    await kappController?.stop();
    await cluster?.stop();
    await Promise.all([open, locked].map((registry) => registry?.stop()));
  });

  const repository = (name: string, image: string, namespace = 'team', secret?: string): KubeObject => ({
    apiVersion,
    kind: 'PackageRepository',
    metadata: { name, namespace },
    spec: { fetch: { imgpkgBundle: { image, ...(secret !== undefined && { secretRef: { name: secret } }) } } },
  });
  const apply = (object: KubeObject): Promise<unknown> => cluster.client.apply('packagerepositories', object);

  test('is checked, and its document uses facts from the cluster', async (context) => {
    const { local } = cluster;
    if (local === undefined) return context.skip('the cluster of TEST_KUBECONFIG has its own users');
    const folder = await makeTemporaryFolder('docker');
    context.after(() => folder.remove());
    const auth = Buffer.from(`${user.name}:${user.password}`).toString('base64');
    await writeFile(join(folder.path, 'config.json'), JSON.stringify({ auths: { [locked.host]: { auth } } }));

    const inCluster = open.host.replace('127.0.0.1', 'localhost');
    const plain = await new RawRepository(open.host, 'plain/image').pushImage('v1', [Buffer.from('no bundle')]);
    const [one, two] = await Promise.all(
      ['one', 'two'].map((path) => {
        const image = `${open.host}/apps/${path}@${fixtureDigest}`;
        const packages = { web: `imgpkgBundle: {image: "${image}"}` };
        return pushRepositoryBundle(new RawRepository(open.host, `made/${path}`), image, packages);
      }),
    );
    await grant(cluster, 'reader', 'team', readerRules);
    await cluster.client.apply('secrets', wrongSecret('pull', locked.host));
    await trustInController(cluster, locked.caFile ?? '');
    const lockedImage = `${locked.host}/mirror/locked@${fixtureDigest}`;
    await apply(repository('everywhere', `${open.host}/mirror/good@${fixtureDigest}`, globalNamespace));
    await apply(repository('one', `${open.host}/made/one@${one}`));
    await apply(repository('refused', lockedImage, 'team', 'pull'));
    await apply(repository('no-bundle', `${open.host}/plain/image@${plain}`));
    await apply(repository('no-tag', `${open.host}/mirror/good:v9.9.9`));
    await apply(repository('down', `127.0.0.1:${await freePort()}/mirror/good:v1.0.0`));

    const reader = await local.kubeconfigFor({ name: 'reader' });
    const env = { KUBECONFIG: `${cluster.kubeconfig}:${reader}`, DOCKER_CONFIG: folder.path };
    const registries = [{ host: open.host, clusterHost: inCluster }, { host: locked.host }];
    const machineSettings = { 'carvelAirgap.registries': registries };
    const document = (object: KubeObject): string => `# ours\n${stringify(object)}`;
    const workspace = {
      'ca.crt': await readFile(locked.caFile ?? ''),
      'named.yml': `# kube-context: \n${document(repository('named', 'x')).replace('image: x', 'image: ')}`,
      'packages.yml': document(repository('packages', lockedImage, 'team', 'nope')),
      'two.yml': document(repository('two', `${inCluster}/made/two@${two}`)),
    };

    await journey('faults', { env, workspace, machineSettings }, async (workbench) => {
      const { page, quickInput } = workbench;
      await workbench.openView('Carvel Airgap');
      await workbench.viewAlone('Clusters');
      await workbench.expand('admin@airgap-test');
      for (const [name, words] of [
        ['no-tag', 'does not have'],
        ['down', 'The cluster could not connect to'],
      ] as const) {
        await explained(workbench, name, words);
        await workbench.answer(workbench.dialog(`${name}: `), 'Cancel');
      }
      await explained(workbench, 'no-bundle', 'is an image, not an imgpkg bundle');
      await workbench.answer(workbench.dialog('no-bundle: '), 'Open as YAML');
      await workbench.editor('untitled:').getByText('# kube-context: admin@airgap-test').waitFor();
      await workbench.codeLens('Apply to admin@airgap-test / team').waitFor();
      await workbench.step('open-as-yaml');

      await explained(workbench, 'refused', 'rejected the credentials of the Secret pull');
      await workbench.answer(workbench.dialog('refused: '), 'Create Pull Secret…');
      await (await quickInput.at('Create Pull Secret for')).pick(`Use ${user.name}`);
      await quickInput.widget.getByText('Name of the Secret').waitFor();
      await quickInput.accept('pull');
      await workbench.answer(workbench.dialog('Apply the Secret pull'), 'Apply');
      const theirs = workbench.dialog('The Secret pull was not created by this extension');
      await theirs.getByText('test-bench').waitFor();
      await workbench.step('secret-of-another');
      await workbench.answer(theirs, 'Take Over and Apply');
      await workbench.treeItem('refused, Reconcile succeeded').waitFor();

      await workbench.expand('All Packages');
      await workbench.treeItem(/^web\.apps\.example\.com, 1\.0\.0, global, .*everywhere/).waitFor();
      await workbench.step('global');

      await completeImage(workbench, inCluster, open.host);
      await completeSecret(workbench);

      const diffTab = 'packages in admin@airgap-test: current ↔ after Apply';
      await workbench.clickLens('Diff', page.getByRole('tab', { name: diffTab, selected: true }));
      await workbench.diff().getByText('kind: PackageRepository').first().waitFor();
      await workbench.step('diff');
      const fromDiff = workbench.dialog('Apply PackageRepository packages');
      const applyButton = page.locator('.editor-actions').getByRole('button', { name: /^Apply PackageRepository/ });
      await workbench.click(applyButton, fromDiff);
      await workbench.step('apply-from-diff');
      await workbench.answer(fromDiff, 'Cancel');
      const path = pathOf(apiVersion, 'packagerepositories', 'team');
      await assert.rejects(cluster.client.get(`${path}/packages`), { status: 404 });

      await workbench.openFile('two.yml');
      const rival = workbench.dialog('two would conflict with one');
      await workbench.clickLens('Apply to admin@airgap-test / team', rival);
      await rival.getByText('• web.apps.test.1.0.0').waitFor();
      await workbench.step('rival');
      await workbench.answer(rival, 'Cancel');

      // Both contexts show the same PackageRepositories.
      await workbench.collapse('admin@airgap-test');
      await workbench.expand('reader@airgap-test');
      const read = await workbench.rowShown('refused, Reconcile succeeded');
      await untilSeen(read.locator('.action-item .disabled').first(), () =>
        read.hover({ timeout: attemptMilliseconds }),
      );
      await workbench.greyInMenu(read, 'Create Pull Secret…');
      await workbench.step('reader');
      await workbench.closeMenu();

      await workbench.clickLens('Change Context…', quickInput.option(/^reader@airgap-test/));
      await quickInput.pick(/^reader@airgap-test/);
      await workbench.codeLens('No permission to apply to reader@airgap-test / team').waitFor();
      const readerTab = 'two in reader@airgap-test: current ↔ after Apply';
      await workbench.clickLens('Diff', page.getByRole('tab', { name: readerTab, selected: true }));
      await workbench.notification('Compared without a dry run').waitFor();
      await workbench.step('diff-of-a-reader');

      // What says itself which cluster it is for stays with that.
      await workbench.openFile('named.yml');
      await workbench.codeLens('Apply to admin@airgap-test / team').waitFor();
      await workbench.codeLens('Change Context…').waitFor({ state: 'detached' });
      await workbench.step('own-context');

      const caFile = quickInput.step('CA Certificate');
      await workbench.contextMenu(workbench.treeItem('reader@airgap-test'), 'Trust a CA in the Cluster…', caFile);
      await quickInput.pick('ca.crt');
      await workbench.editor('untitled:').getByText('For a cluster administrator').waitFor();
      await workbench.step('for-an-administrator');
      assert.match(
        await workbench.editorText('untitled:'),
        /name: kapp-controller-config\n[^]*caCerts: \|\n +-----BEGIN CERTIFICATE/,
      );
    });
  });
});

/** Opens the explanation of a failed repository, and leaves it open. */
async function explained(workbench: Workbench, name: string, words: string): Promise<void> {
  const dialog = workbench.dialog(`${name}: Reconcile failed: fetch`);
  await workbench.inlineAction(workbench.treeItem(`${name}, Reconcile failed: fetch`), 'Explain State', dialog);
  await dialog.getByText(words).first().waitFor();
  await workbench.step(name);
}

/** The image is written with the registry's name for the cluster, from what the registry has. */
async function completeImage(workbench: Workbench, inCluster: string, here: string): Promise<void> {
  const line = (document: string, text: string) =>
    workbench.editor(document).locator('.view-line').filter({ hasText: text });
  await workbench.openFile('named.yml');
  await toLineEnd(workbench, 'named.yml', 'kube-context:');
  await suggested(workbench, 'reader@airgap-test');
  await workbench.step('contexts');
  await choose(workbench, 'admin@airgap-test', line('named.yml', 'kube-context: admin@airgap-test'));
  await toLineEnd(workbench, 'named.yml', 'image:');
  await suggested(workbench, inCluster);
  await workbench.step('registry-of-the-cluster');
  await choose(workbench, inCluster, suggestion(workbench, 'mirror/good'));
  await choose(workbench, 'mirror/good', suggestion(workbench, 'v1.0.0'));
  await choose(workbench, 'v1.0.0', line('named.yml', 'mirror/good:v1.0.0'));
  const hover = workbench.page.locator('.monaco-hover');
  const host = hover.getByText(`Registry host in the cluster: ${inCluster}; on this machine: ${here}`);
  await hoverUntil(workbench, line('named.yml', 'image:').getByText('good'), host);
  await hover.getByText('Tags: v1.0.0').waitFor();
  await workbench.step('hover');
}

/** The Secret is completed from what the namespace has; one that is missing is made from the stored credential. */
async function completeSecret(workbench: Workbench): Promise<void> {
  const { page, quickInput } = workbench;
  await workbench.openFile('packages.yml');
  await workbench.openProblems();
  await toLineEnd(workbench, 'packages.yml', 'name: nope');
  for (let index = 0; index < 'nope'.length; index++) await page.keyboard.press('Backspace');
  await suggested(workbench, 'pull');
  await workbench.step('secrets');
  await page.keyboard.press('Escape');
  await page.keyboard.type('fresh');
  await page.keyboard.press('Escape');
  await problem(workbench, 'has no Secret fresh').waitFor();
  await chooseFix(workbench, 'has no Secret fresh', 'Create the Secret fresh…');
  await (await quickInput.at('Create Pull Secret for')).pick(`Use ${user.name}`);
  await quickInput.widget.getByText('Name of the Secret').waitFor();
  await quickInput.accept('fresh');
  const secret = workbench.dialog('Apply the Secret fresh');
  await workbench.answer(secret, 'Review First');
  await workbench.editor('carvel-airgap-diff:').getByText('********').waitFor();
  await workbench.step('secret-review');
  assert.ok(!(await page.content()).includes(user.password), 'the password is not on the page');
  await workbench.notificationButton(
    'Apply',
    'Apply the Secret fresh',
    gone(problem(workbench, 'has no Secret fresh')),
  );
  await page.getByRole('tab', { name: 'packages.yml', selected: true }).waitFor();
}

function wrongSecret(name: string, host: string): KubeObject {
  const config = JSON.stringify({ auths: { [host]: { username: user.name, password: 'wrong' } } });
  const data = { '.dockerconfigjson': Buffer.from(config).toString('base64') };
  const type = 'kubernetes.io/dockerconfigjson';
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'team' }, type, data } as KubeObject;
}

/** What an administrator did before. */
async function trustInController({ client }: Cluster, caFile: string): Promise<void> {
  const data = { caCerts: (await readFile(caFile)).toString('base64') };
  const metadata = { name: 'kapp-controller-config', namespace: 'kapp-controller' };
  await client.apply('secrets', { apiVersion: 'v1', kind: 'Secret', metadata, data } as KubeObject);
}
