// What an operator does with PackageRepositories that are not well: reads why in the Clusters view, and mends each with the action that
// is offered there. And what a user who may only read sees of it.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { parse, stringify } from 'yaml';

import { type Cluster, startCluster } from '../support/cluster.ts';
import { fixtureDigest, fixtureTar } from '../support/fixture.ts';
import { imgpkg } from '../support/imgpkg.ts';
import { type KappController, startKappController } from '../support/kapp-controller.ts';
import { type KubeObject, pathOf } from '../support/kube-client.ts';
import { type Registry, startRegistry } from '../support/registry.ts';
import { grant, readerRules } from '../support/sessions.ts';
import { whyNoCluster } from '../support/setup/kubernetes.mjs';
import { journey } from '../support/vscode/journey.ts';
import { attemptMilliseconds, gone, untilSeen } from '../support/vscode/until-seen.ts';

const missing = whyNoCluster();
const skip = missing !== undefined && !process.env['CI'] && missing;
const apiVersion = 'packaging.carvel.dev/v1alpha1';
const data = 'data.packaging.carvel.dev/v1alpha1';
const user = { name: 'puller', password: 'let me in' };

describe('PackageRepositories that fail', { skip }, () => {
  let open: Registry;
  let locked: Registry;
  let priv: Registry;
  let cluster: Cluster;
  let kappController: KappController;

  before(async () => {
    [open, locked, priv] = await Promise.all([startRegistry(), startRegistry({ user }), startRegistry({ tls: {} })]);
    const login = ['--registry-username', user.name, '--registry-password', user.password];
    for (const [repository, ...more] of [
      [`${open.host}/mirror/good`],
      [`${open.host}/other/place`],
      [`${locked.host}/mirror/locked`, ...login],
      [`${priv.host}/mirror/private`, '--registry-ca-cert-path', priv.caFile ?? ''],
    ]) {
      const { code, stderr } = await imgpkg(['copy', '--tar', fixtureTar, '--to-repo', repository ?? '', ...more]);
      assert.equal(code, 0, stderr);
    }
    cluster = await startCluster({ namespace: 'team' });
    kappController = await startKappController(cluster);
  });

  after(async () => {
    await kappController?.stop();
    await cluster?.stop();
    await Promise.all([open, locked, priv].map((registry) => registry?.stop()));
  });

  const repository = (name: string, namespace: string, place: string, more: object = {}): KubeObject => ({
    apiVersion,
    kind: 'PackageRepository',
    metadata: { name, namespace },
    spec: { fetch: { imgpkgBundle: { image: `${place}@${fixtureDigest}` } }, ...more },
  });

  /** Deletes a PackageRepository behind the back of kapp-controller, so that its Packages stay. */
  async function forget(name: string, namespace: string): Promise<void> {
    const path = `${pathOf(apiVersion, 'packagerepositories', namespace)}/${name}`;
    const merge = (change: object) => cluster.client.request('PATCH', path, change, 'application/merge-patch+json');
    await merge({ spec: { paused: true } });
    await cluster.client.request('DELETE', path);
    await merge({ metadata: { finalizers: null } });
  }

  const apply = (object: KubeObject): Promise<unknown> => cluster.client.apply('packagerepositories', object);

  test('are explained and fixed from the Clusters view, and a reader sees what is not permitted', async (context) => {
    const { local } = cluster;
    if (local === undefined) return context.skip('the cluster of TEST_KUBECONFIG has its own users');
    for (const name of ['lock', 'priv']) {
      await cluster.client.apply('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    }
    await grant(cluster, 'reader', 'team', readerRules);
    await apply(repository('good', 'team', `${open.host}/mirror/good`));
    await apply(repository('locked', 'lock', `${locked.host}/mirror/locked`));
    await apply(repository('private', 'priv', `${priv.host}/mirror/private`));
    await apply(repository('resting', 'priv', `${open.host}/mirror/good`, { paused: true }));
    await cluster.client.apply('packageinstalls', install('web', 'team'));
    const other = `${open.host}/other/place`;
    const second = repository('second', 'team', other);
    const reader = await local.kubeconfigFor({ name: 'reader' });
    const env = { KUBECONFIG: `${cluster.kubeconfig}:${reader}` };
    const workspace = { 'ca.crt': await readFile(priv.caFile ?? ''), 'second.yml': `# mine\n${stringify(second)}` };

    const registries = [{ host: priv.host, role: 'inside', caFiles: [priv.caFile] }];
    const machineSettings = { 'carvelAirgap.registries': registries };

    await journey('operations', { env, workspace, machineSettings }, async (workbench) => {
      await workbench.openView('Carvel Airgap');
      await workbench.viewAlone('Clusters');
      await workbench.expand('admin@airgap-test');
      await workbench.treeItem('good, Reconcile succeeded').waitFor();
      await workbench.treeItem('locked, Reconcile failed: fetch').waitFor();
      await workbench.treeItem('private, Reconcile failed: fetch').waitFor();
      await workbench.treeItem('resting, Paused').waitFor();
      await workbench.step('clusters');
      await workbench.expand('locked, Reconcile failed');
      await workbench.treeItem(/^.*requires credentials/).waitFor();
      await workbench.step('reason-below');
      await workbench.collapse('locked, Reconcile failed');

      const wanted = workbench.dialog('locked: Reconcile failed: fetch');
      await workbench.inlineAction(workbench.treeItem('locked, Reconcile failed'), 'Explain State', wanted);
      await wanted.getByText('requires credentials').waitFor();
      await workbench.step('requires-credentials');
      await workbench.answer(wanted, 'Create Pull Secret…');
      await (await workbench.quickInput.at('Create Pull Secret for')).accept(user.name);
      await workbench.quickInput.widget.getByText('Password or token').waitFor();
      await workbench.quickInput.accept(user.password);
      await workbench.quickInput.widget.getByText('Name of the Secret').waitFor();
      await workbench.step('secret-name');
      await workbench.quickInput.accept('pull');
      const secret = workbench.dialog('Apply the Secret pull');
      await secret.getByText('will use it').waitFor();
      assert.ok(!(await workbench.page.content()).includes(user.password), 'the password is not on the page');
      await workbench.step('secret');
      await workbench.answer(secret, 'Apply');
      await workbench.treeItem('locked, Reconcile succeeded').waitFor();

      const untrusted = workbench.dialog('private: Reconcile failed: fetch');
      await workbench.inlineAction(workbench.treeItem('private, Reconcile failed'), 'Explain State', untrusted);
      await untrusted.getByText('signed by an unknown authority').first().waitFor();
      await workbench.step('unknown-ca');
      await workbench.answer(untrusted, 'Trust a CA…');
      await workbench.quickInput.at('Trust a CA in the Cluster');
      await workbench.step('trusted-in-vscode');
      await workbench.quickInput.pick(new RegExp(`CA file of ${priv.host}`));
      const trust = workbench.dialog('Add this CA to kapp-controller');
      await trust.getByText('kapp-controller will trust these certificates for everything it fetches').waitFor();
      await workbench.step('trust');
      await workbench.answer(trust, 'Add');
      await workbench.treeItem('private, Reconcile succeeded').waitFor();

      const resumed = gone(workbench.treeItem('resting, Paused'));
      await workbench.contextMenu(workbench.treeItem('resting, Paused'), 'Resume PackageRepository', resumed);
      // Its bundle is that of "private", in the same namespace.
      await workbench.treeItem('resting, Reconcile failed: deploy').waitFor();
      await workbench.step('mended');
      const conflict = workbench.dialog('resting: Reconcile failed: deploy');
      await workbench.inlineAction(workbench.treeItem('resting, Reconcile failed'), 'Explain State', conflict);
      await conflict.getByText('the PackageRepository private provides it').waitFor();
      await workbench.step('conflict');
      await workbench.answer(conflict, 'Cancel');

      await forget('private', 'priv');
      await workbench.treeItem('private, Reconcile succeeded').waitFor({ state: 'detached' });
      const leftover = workbench.dialog('resting: Reconcile failed: deploy');
      await workbench.inlineAction(workbench.treeItem('resting, Reconcile failed'), 'Explain State', leftover);
      await leftover.getByText('left over from the PackageRepository private, which no longer exists').waitFor();
      await workbench.step('leftover');
      await workbench.answer(leftover, 'Delete Leftovers…');
      const leftovers = workbench.dialog('Delete the Packages that private left behind in priv');
      await leftovers.getByText('Installed applications stay').waitFor();
      await workbench.answer(leftovers, 'Delete');
      await workbench.treeItem('resting, Reconcile succeeded').waitFor();

      await workbench.expand('good, Reconcile succeeded');
      await workbench.contextMenu(
        workbench.treeItem(/^web\.apps\.example\.com/),
        'Copy PackageInstall YAML',
        workbench.clipboardHas(/kind: PackageInstall/),
      );
      const copied = parse(await workbench.clipboard()) as { spec: { packageRef: { refName: string } } };
      assert.equal(copied.spec.packageRef.refName, 'web.apps.example.com');
      await workbench.expand('PackageInstalls');
      await workbench.treeItem('web').waitFor();
      await workbench.step('packages');
      const status = workbench.editor('carvel-airgap-status:').getByText('PackageRepository team/good');
      await workbench.inlineAction(workbench.treeItem('good, Reconcile succeeded'), 'Show Status', status);
      await workbench.step('status');

      await workbench.openFile('second.yml');
      const rival = workbench.dialog('second would conflict with good');
      await workbench.clickLens('Apply to admin@airgap-test / team', rival);
      await rival.getByText('the same bundle from another registry or repository').waitFor();
      await workbench.step('rival');
      await workbench.answer(rival, 'Change the Image of good');
      const retarget = workbench.dialog('Apply PackageRepository good');
      await retarget.getByText('will be replaced').waitFor();
      await workbench.step('retarget');
      await workbench.answer(retarget, 'Take Over and Apply');
      assert.match(await workbench.editorText('second.yml'), /^# mine\n[^]*name: good\n/);
      // This kapp-controller has the cache of section 7.4.
      await workbench.notification('still point to').waitFor();
      await workbench.step('stale');
      const recreated = gone(workbench.notification('still point to'));
      await workbench.notificationButton('Recreate', 'still point to', recreated);
      await cluster.client.waitFor(pathOf(data, 'packages', 'team'), '', (each) => pointsTo(each, other), 60);
      await workbench.codeLens('Reconcile succeeded').waitFor();
      await workbench.step('retargeted');

      await workbench.openView('Carvel Airgap');
      const remove = workbench.dialog('Delete the PackageRepository good');
      const good = workbench.treeItem('good, Reconcile succeeded');
      await workbench.contextMenu(good, 'Delete PackageRepository…', remove);
      await remove.getByText('team/web').waitFor();
      await workbench.step('delete');
      await workbench.answer(remove, 'Cancel');

      const namespaces = workbench.quickInput.step('Filter by Namespace');
      await workbench.contextMenu(workbench.treeItem('admin@airgap-test'), 'Filter by Namespace…', namespaces);
      await workbench.quickInput.pick('lock');
      await workbench.treeItem('resting, Reconcile succeeded').waitFor({ state: 'detached' });
      await workbench.treeItem('locked, Reconcile succeeded').waitFor();
      await workbench.step('one-namespace');

      await workbench.collapse('admin@airgap-test');
      await workbench.expand('reader@airgap-test');
      const read = await workbench.rowShown('good, Reconcile succeeded');
      await untilSeen(read.locator('.action-item .disabled').first(), () =>
        read.hover({ timeout: attemptMilliseconds }),
      );
      await workbench.greyInMenu(read, 'Delete PackageRepository');
      await workbench.step('reader');
      await workbench.closeMenu();
    });
    const path = `${pathOf(apiVersion, 'packagerepositories', 'lock')}/locked`;
    const mended = await cluster.client.get<KubeObject>(path);
    assert.match(JSON.stringify(mended.spec), /"secretRef":\{"name":"pull"\}/);
  });
});

function pointsTo({ spec }: KubeObject, place: string): boolean {
  return JSON.stringify(spec).includes(`"image":"${place}@sha256:`);
}

function install(name: string, namespace: string): KubeObject {
  const packageRef = { refName: 'web.apps.example.com', versionSelection: { constraints: '1.0.0' } };
  return {
    apiVersion,
    kind: 'PackageInstall',
    metadata: { name, namespace },
    spec: { serviceAccountName: 'default', packageRef },
  };
}
