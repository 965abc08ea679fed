// What is done to PackageRepositories, by three users with different rights, against the real kube-apiserver with RBAC and the
// real kapp-controller; and the faults whose remedy is in our hands, provoked and mended.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, describe } from 'node:test';
import type { ClusterSession } from '../../src/cluster/api.ts';
import type { ReconcileState } from '../../src/packaging/reconcile-state.ts';
import { providedPackages } from '../../src/audit/provided-packages.ts';
import { targetAt } from '../../src/audit/targets.ts';
import { anonymous } from '../../src/oci/auth/credentials.ts';
import { createRegistries } from '../../src/oci/registries.ts';
import { withConflictOwner } from '../../src/packaging/conflict-owner.ts';
import { conflictsByPackages } from '../../src/packaging/conflicting-packages.ts';
import { remedyOf } from '../../src/packaging/state-remedy.ts';
import { clusterReport } from '../support/cluster-report.ts';
import { startCluster } from '../support/cluster.ts';
import type { Cluster } from '../support/cluster.ts';
import { fixtureDigest, fixtureTar } from '../support/fixture.ts';
import { imgpkg } from '../support/imgpkg.ts';
import { removeRepositories } from '../support/installed-packages.ts';
import { globalNamespace, startKappController, systemNamespace } from '../support/kapp-controller.ts';
import type { KappController } from '../support/kapp-controller.ts';
import { type KubeObject, pathOf } from '../support/kube-client.ts';
import { limitedTests } from '../support/limited-tests.ts';
import { startRegistry } from '../support/registry.ts';
import type { Registry } from '../support/registry.ts';
import { defineSecretExports, placeholderAnnotation } from '../support/secretgen.ts';
import { editorRules, grant, observationOf, readerRules, sessionOf, snapshotOf, stateOf } from '../support/sessions.ts';
import { whyNoCluster } from '../support/setup/kubernetes.mjs';

const missing = whyNoCluster();
const skip = missing !== undefined && !process.env['CI'] && missing;
const user = { name: 'puller', password: 'let me in' };
const REPOSITORIES = { group: 'packaging.carvel.dev', resource: 'packagerepositories' };

describe('PackageRepositories used by three users', { skip }, () => {
  let open: Registry;
  let locked: Registry;
  let priv: Registry;
  let cluster: Cluster;
  let kappController: KappController;
  let admin: ClusterSession;
  let editor: ClusterSession;
  let reader: ClusterSession;
  let signal: AbortSignal;
  const { before, test } = limitedTests({
    onBegin: (its) => (signal = its),
    report: (isLate) => clusterReport(isLate, cluster, kappController),
  });

  before(async () => {
    [open, locked, priv] = await Promise.all([startRegistry(), startRegistry({ user }), startRegistry({ tls: {} })]);
    const to = (registry: Registry): string[] => ['--to-repo', `${registry.host}/mirror/packages`];
    const copy = ['copy', '--tar', fixtureTar];
    for (const args of [
      [...copy, ...to(open)],
      [...copy, ...to(locked), '--registry-username', user.name, '--registry-password', user.password],
      [...copy, ...to(priv), '--registry-ca-cert-path', priv.caFile ?? ''],
    ]) {
      const { code, stderr } = await imgpkg(args);
      assert.equal(code, 0, stderr);
    }
    cluster = await startCluster({ namespace: 'team' });
    if (cluster.local === undefined) return;
    kappController = await startKappController(cluster);
    admin = await sessionOf(cluster.kubeconfig);
    await grant(cluster, 'editor', 'team', editorRules);
    await grant(cluster, 'reader', 'team', readerRules);
    editor = await sessionOf(await cluster.local.kubeconfigFor({ name: 'editor' }));
    reader = await sessionOf(await cluster.local.kubeconfigFor({ name: 'reader' }));
  });

  after(async () => {
    await kappController?.stop();
    await cluster?.stop();
    await Promise.all([open, locked, priv].map((registry) => registry?.stop()));
  });

  const document = (name: string, registry: Registry, more = '', tag = `@${fixtureDigest}`): string => `
apiVersion: packaging.carvel.dev/v1alpha1
kind: PackageRepository
metadata:
  name: ${name}
  namespace: team
spec:
  fetch:
    imgpkgBundle:
      image: ${registry.host}/mirror/packages${tag}
${more}`;
  const at = (name: string): { namespace: string; name: string } => ({ namespace: 'team', name });
  const settled = ({ kind }: ReconcileState): boolean => kind === 'ready' || kind === 'failed';
  const gone = (name: string) => observationOf(admin, at(name), ({ kind }) => kind === 'absent', signal);
  /** Each test begins without PackageRepositories: those of another registry would have the same Packages. */
  const cleared = (): Promise<void> => removeRepositories(cluster, 'team');
  async function readyAt(name: string): Promise<void> {
    await admin.applyPackageRepository(document(name, open), { signal });
    await stateOf(admin, at(name), ({ kind }) => kind === 'ready', signal);
  }
  const codeOf = (action: Promise<unknown>): Promise<unknown> =>
    action.then(
      () => 'done',
      (error: { code: unknown }) => error.code,
    );

  test('permissions are shown in advance, and the cluster enforces them', async (context) => {
    if (cluster.local === undefined) return context.skip('the cluster of TEST_KUBECONFIG has its own users');
    const questions = [
      { verb: 'patch', ...REPOSITORIES, namespace: 'team' },
      { verb: 'delete', ...REPOSITORIES, namespace: 'team' },
      { verb: 'patch', ...REPOSITORIES },
      { verb: 'list', group: '', resource: 'namespaces' },
    ] as const;
    assert.deepEqual(await admin.checkAccess(questions, signal), [true, true, true, true]);
    assert.deepEqual(await editor.checkAccess(questions, signal), [true, true, false, false]);
    assert.deepEqual(await reader.checkAccess(questions, signal), [false, false, false, false]);

    await cleared();
    await editor.applyPackageRepository(document('edited', open), { signal });
    const forbidden = await Promise.all(
      [
        reader.applyPackageRepository(document('edited', open), { signal, dryRun: true }),
        reader.changePackageRepository(at('edited'), 'pause', signal),
        reader.changePackageRepository(at('edited'), 'reconcile', signal),
        reader.deletePackageRepository(at('edited'), signal),
        reader.namespaces(signal),
        editor.namespaces(signal),
        editor.controllerConfig(signal),
      ].map(codeOf),
    );
    assert.deepEqual(new Set(forbidden), new Set(['cluster.forbidden']));
    const { kind } = await stateOf(editor, at('edited'), settled, signal);
    assert.equal(kind, 'ready');
  });

  test('a reader of one namespace sees its PackageRepositories, Packages and PackageInstalls', async (context) => {
    if (cluster.local === undefined) return context.skip('the cluster of TEST_KUBECONFIG has its own users');
    await cleared();
    await readyAt('edited');
    const { repositories, packages, installs } = await snapshotOf(
      reader,
      (seen) => seen.packages.items.length === 2,
      signal,
    );
    assert.deepEqual([repositories.namespace, packages.namespace, installs.namespace], ['team', 'team', 'team']);
    assert.deepEqual([repositories.problem, packages.problem, installs.problem], [undefined, undefined, undefined]);
    assert.deepEqual(
      repositories.items.map(({ name }) => name),
      ['edited'],
    );
    const one = await snapshotOf(admin, () => true, signal, globalNamespace);
    assert.deepEqual([one.repositories.items.length, one.repositories.namespace], [0, globalNamespace]);
  });

  for (const when of ['while it is watched', 'before it is watched'] as const) {
    const title = `who looks at one namespace sees a global Package that came ${when} come and go`;
    test(title, async (context) => {
      if (cluster.local === undefined)
        return context.skip('the global namespace of that cluster is not ours to change');
      const name = 'everywhere.apps.example.com.1.0.0';
      const path = pathOf('data.packaging.carvel.dev/v1alpha1', 'packages', globalNamespace);
      const make = () =>
        cluster.client.apply('packages', {
          apiVersion: 'data.packaging.carvel.dev/v1alpha1',
          kind: 'Package',
          metadata: { name, namespace: globalNamespace },
          spec: { refName: 'everywhere.apps.example.com', version: '1.0.0', template: { spec: { fetch: [] } } },
        });
      const looking = Promise.withResolvers<void>();
      const come = Promise.withResolvers<void>();
      const gone = Promise.withResolvers<void>();
      const stop = new AbortController();
      let seen = false;
      if (when === 'before it is watched') await make();
      const watching = admin.watch(
        ({ packages: { items } }) => {
          looking.resolve();
          const isThere = items.some((each) => each.name === name && each.namespace === 'team');
          if (isThere) come.resolve();
          else if (seen) gone.resolve();
          seen = isThere;
        },
        AbortSignal.any([signal, stop.signal]),
        'team',
      );
      await looking.promise;
      if (when === 'while it is watched') await make();
      await come.promise;
      await cluster.client.request('DELETE', `${path}/${name}`);
      await gone.promise;
      stop.abort();
      await watching;
    });
  }

  test('the health includes the version, the API for Packages and the global namespace, with defaults without permissions', async (context) => {
    if (cluster.local === undefined) return context.skip('kapp-controller of TEST_KUBECONFIG is another');
    await cluster.client.apply('deployments', deploymentOf('v0.99.0'));
    const known = await admin.health(signal);
    assert.deepEqual(known, {
      kappController: 'v0.99.0',
      controllerNamespace: systemNamespace,
      secretgen: false,
      globalNamespace,
    });
    assert.deepEqual(await reader.health(signal), { secretgen: false, globalNamespace });
  });

  test('pause, resume and reconcile take effect at once, whatever the state was', async () => {
    await cleared();
    await readyAt('edited');
    await editor.changePackageRepository(at('edited'), 'pause', signal);
    await editor.changePackageRepository(at('edited'), 'pause', signal);
    assert.equal((await stateOf(editor, at('edited'), ({ kind }) => kind === 'paused', signal)).kind, 'paused');
    await editor.changePackageRepository(at('edited'), 'resume', signal);
    await editor.changePackageRepository(at('edited'), 'resume', signal);
    await stateOf(editor, at('edited'), settled, signal);
    const generation = async (): Promise<number> =>
      (await editor.getPackageRepository('team', 'edited', signal))?.repository.generation ?? 0;
    const before = await generation();
    await editor.changePackageRepository(at('edited'), 'reconcile', signal);
    assert.equal(await generation(), before + 2);
    const seen = await observationOf(
      editor,
      at('edited'),
      (each) =>
        each.kind === 'present' &&
        each.repository.status?.observedGeneration === before + 2 &&
        each.state.kind === 'ready',
      signal,
    );
    assert.equal(seen.kind, 'present');
  });

  const pullSecret = () => ({ namespace: 'team', name: 'pull', registry: locked.host, username: user.name });

  test('a wrong password is explained, and a pull secret fixes it without any other step', async () => {
    await cleared();
    await editor.applyPullSecret({ ...pullSecret(), password: 'wrong' }, { signal });
    await editor.applyPackageRepository(document('locked', locked, '      secretRef: {name: pull}\n'), { signal });
    const failed = await stateOf(editor, at('locked'), settled, signal);
    assert.deepEqual(explained(failed), ['reconcile.credentials-refused', 'pull-secret']);
    // The controller watches the Secret: nothing has to be kicked.
    await editor.applyPullSecret({ ...pullSecret(), password: user.password }, { signal });
    await stateOf(editor, at('locked'), ({ kind }) => kind === 'ready', signal);
    await removed('locked');
  });

  test('a registry that requires credentials is explained, and naming a Secret fixes it', async () => {
    await cleared();
    await editor.applyPullSecret({ ...pullSecret(), password: user.password }, { signal });
    await editor.applyPackageRepository(document('nameless', locked), { signal });
    assert.deepEqual(explained(await stateOf(editor, at('nameless'), settled, signal)), [
      'reconcile.unauthorized',
      'pull-secret',
    ]);
    await editor.setPullSecret(at('nameless'), 'pull', signal);
    await stateOf(editor, at('nameless'), ({ kind }) => kind === 'ready', signal);
    await removed('nameless');
  });

  for (const [how, keyOf] of [
    ['as docker login does', (host: string) => `https://${host}/v2/`],
    ['with the path of the repository', (host: string) => `http://${host}/mirror`],
    ['with a pattern', (host: string) => host.replace(/^[^.:]+/, '*')],
  ] as const) {
    test(`a Secret that writes the host ${how} is used by kapp-controller`, async () => {
      await cleared();
      const name = how.replaceAll(' ', '-');
      const auths = { [keyOf(locked.host)]: { username: user.name, password: user.password } };
      const data = { '.dockerconfigjson': Buffer.from(JSON.stringify({ auths })).toString('base64') };
      const type = 'kubernetes.io/dockerconfigjson';
      const metadata = { name, namespace: 'team' };
      await cluster.client.apply('secrets', { apiVersion: 'v1', kind: 'Secret', metadata, type, data } as never);
      await editor.applyPackageRepository(document(name, locked, `      secretRef: {name: ${name}}\n`), { signal });
      await stateOf(editor, at(name), ({ kind }) => kind === 'ready', signal);
      await removed(name);
    });
  }

  test('a Secret that someone else wrote is a conflict before it is taken over', async () => {
    const metadata = { name: 'theirs', namespace: 'team' };
    const data = { '.dockerconfigjson': Buffer.from('{"auths":{}}').toString('base64') };
    const type = 'kubernetes.io/dockerconfigjson';
    await cluster.client.apply('secrets', { apiVersion: 'v1', kind: 'Secret', metadata, type, data } as never);
    const named = await admin.secrets('team', signal);
    assert.deepEqual(
      named.find(({ name }) => name === 'theirs'),
      { name: 'theirs', type },
    );
    assert.equal(await codeOf(reader.secrets('team', signal)), 'cluster.forbidden');
    const secret = { ...metadata, registry: locked.host, username: user.name, password: user.password };
    assert.equal(await codeOf(editor.applyPullSecret(secret, { signal })), 'cluster.conflict');
    await editor.applyPullSecret(secret, { signal, force: true });
  });

  test('with the API of secretgen-controller, a Secret can be offered to other namespaces', async (context) => {
    if (cluster.local === undefined) return context.skip('the definitions of that cluster are not ours to change');
    await defineSecretExports(cluster.client);
    assert.equal((await admin.health(signal)).secretgen, true);
    const secret = {
      namespace: 'team',
      name: 'shared',
      registry: locked.host,
      username: user.name,
      password: user.password,
    };
    await admin.applyPullSecret({ ...secret, exportTo: ['*'] }, { signal });
    const path = `${pathOf('secretgen.carvel.dev/v1alpha1', 'secretexports', 'team')}/shared`;
    assert.deepEqual((await cluster.client.get<KubeObject>(path)).spec, { toNamespaces: ['*'] });
  });

  // secretgen-controller itself is not to be had here (no Go module proxy gives it): the test does what its documentation says it does.
  test('an exported Secret fills the placeholder that kapp-controller creates for a repository without a Secret', async () => {
    await cleared();
    await admin.applyPullSecret({ ...pullSecret(), name: 'shared', password: user.password }, { signal, force: true });
    await editor.applyPackageRepository(document('placed', locked), { signal });
    assert.deepEqual(explained(await stateOf(editor, at('placed'), settled, signal))[0], 'reconcile.unauthorized');
    const secrets = pathOf('v1', 'secrets', 'team');
    const placeholder = await cluster.client.get<KubeObject>(`${secrets}/placed-fetch-0`);
    assert.equal((placeholder.metadata['annotations'] as Record<string, string>)[placeholderAnnotation], '');
    const { data } = await cluster.client.get<KubeObject & { data: object }>(`${secrets}/shared`);
    await cluster.client.request('PATCH', `${secrets}/placed-fetch-0`, { data }, 'application/merge-patch+json');
    await stateOf(editor, at('placed'), ({ kind }) => kind === 'ready', signal);
    await removed('placed');
  });

  test('a private CA is explained, and adding it to the configuration of kapp-controller fixes it', async (context) => {
    if (cluster.local === undefined) return context.skip('the configuration of that cluster is not ours to change');
    await cleared();
    await editor.applyPackageRepository(document('private', priv), { signal });
    assert.deepEqual(explained(await stateOf(editor, at('private'), settled, signal)), [
      'reconcile.unknown-ca',
      'trust-ca',
    ]);
    const config = await admin.controllerConfig(signal);
    assert.deepEqual([config.kind, config.namespace], ['Secret', 'kapp-controller']);
    const pem = await readFile(priv.caFile ?? '', 'utf8');
    await admin.setCaCertificates(config, config.caCertificates + pem, signal);
    assert.equal(await codeOf(admin.setCaCertificates(config, 'late', signal)), 'cluster.changed-meanwhile');
    assert.equal((await admin.controllerConfig(signal)).caCertificates, config.caCertificates + pem);
    await stateOf(editor, at('private'), ({ kind }) => kind === 'ready', signal);
    await removed('private');
  });

  test('failures that only a person can fix are each explained', async () => {
    await cleared();
    const stopped = await startRegistry();
    await stopped.stop();
    const plain = `${open.host}/plain/image`;
    await readyAt('base');
    const [first] = (await snapshotOf(admin, (seen) => seen.packages.items.length === 2, signal)).packages.items;
    assert.ok(first);
    const { code, stderr } = await imgpkg(['push', '-i', plain, '-f', fixtureTar]);
    assert.equal(code, 0, stderr);
    const faults: readonly [name: string, text: string, code: string][] = [
      ['no-tag', document('no-tag', open, '', ':v9.9.9'), 'reconcile.image-missing'],
      [
        'no-bundle',
        document('no-bundle', open, '', '').replace('mirror/packages', 'plain/image:latest'),
        'reconcile.not-a-bundle',
      ],
      ['down', document('down', stopped), 'reconcile.refused'],
    ];
    for (const [name, text, code] of faults) {
      await admin.applyPackageRepository(text, { signal });
      const state = await stateOf(admin, at(name), settled, signal);
      assert.equal(explained(state)[0], code);
      await removed(name);
    }
  });

  test('a repository with the same packages is found before a second one is applied, and the conflict is real', async () => {
    await cleared();
    await readyAt('base');
    const second = document('second', open).replace('mirror/packages', 'other/packages');
    const { code, stderr } = await imgpkg(['copy', '--tar', fixtureTar, '--to-repo', `${open.host}/other/packages`]);
    assert.equal(code, 0, stderr);
    // From the same place they are identical, which kapp-controller lets pass.
    const same = document('same', open);
    assert.deepEqual(await conflictsOf('same', same), []);
    await admin.applyPackageRepository(same, { signal });
    assert.equal((await stateOf(admin, at('same'), settled, signal)).kind, 'ready');
    await removed('same');
    const packages = ['api.apps.example.com.1.0.0', 'web.apps.example.com.1.0.0'];
    assert.deepEqual(await conflictsOf('second', second), [['base', packages]]);
    await admin.applyPackageRepository(second, { signal });
    const conflict = await stateOf(admin, at('second'), settled, signal);
    assert.equal(explained(conflict)[0], 'reconcile.conflict');
    const live = await admin.packages('team', signal);
    const completed = withConflictOwner(conflict, at('second'), live, await admin.packageRepositories('team', signal));
    assert.deepEqual(explained(completed), ['reconcile.conflict-rival', 'delete']);
  });

  test('a repository that is deleted while paused is blocked until it is resumed; deleting a missing one is fine', async () => {
    await cleared();
    await editor.applyPackageRepository(document('blocked', open), { signal });
    await stateOf(editor, at('blocked'), settled, signal);
    await editor.changePackageRepository(at('blocked'), 'pause', signal);
    await editor.deletePackageRepository(at('blocked'), signal);
    const blocked = await stateOf(editor, at('blocked'), ({ kind }) => kind === 'deletion-blocked', signal);
    assert.equal(remedyOf(blocked), 'resume');
    await editor.changePackageRepository(at('blocked'), 'resume', signal);
    await gone('blocked');
    await editor.deletePackageRepository(at('blocked'), signal);
  });

  /** What the editor asks before it applies. */
  async function conflictsOf(name: string, text: string): Promise<unknown[]> {
    const target = targetAt(text, name, 0);
    assert.ok(target);
    const registries = createRegistries({}, anonymous, 'source');
    const brought = await providedPackages(target, { registries, reach: (host) => host, signal });
    await registries.close();
    const live = await admin.packages('team', signal);
    const repositories = await admin.packageRepositories('team', signal);
    return conflictsByPackages(at(name), brought ?? assert.fail(), live, repositories).map(
      ({ repository, packages = [] }) => [repository.name, packages.toSorted()],
    );
  }

  async function removed(name: string): Promise<void> {
    await admin.deletePackageRepository(at(name), signal);
    await gone(name);
  }

  function explained(state: ReconcileState): unknown[] {
    return [state.kind === 'failed' ? state.explanation?.code : state.kind, remedyOf(state)];
  }

  function deploymentOf(version: string): Parameters<Cluster['client']['apply']>[1] {
    const labels = { app: 'kapp-controller' };
    const annotations = { 'kapp-controller.carvel.dev/version': version };
    const template = { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'none' }] } };
    return {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'kapp-controller', namespace: 'kapp-controller', annotations },
      spec: { selector: { matchLabels: labels }, template },
    };
  }
});
