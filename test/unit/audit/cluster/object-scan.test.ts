import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';

import { objectImages } from '../../../../src/audit/cluster/object-scan.ts';
import type { ImageUse } from '../../../../src/audit/cluster/image-use.ts';
import { parseYamlDocuments, yamlValue } from '../../../../src/packaging/yaml-text.ts';

const published = new URL('../../../fixtures/published/', import.meta.url);
const APPS = new Map([['1', 'App team/web']]);
const metadata = (more: object = {}) => ({ name: 'web', namespace: 'team', ...more });

function uses(kind: string, object: object, registries: readonly string[] = []): readonly ImageUse[] {
  return objectImages(kind, object, { registries: new Set(registries), apps: APPS }).uses;
}

/** `reason image place` of each use. */
const found = (kind: string, object: object, registries?: readonly string[]): string[] =>
  uses(kind, object, registries).map(({ reason, image, place }) => `${reason} ${image} ${place}`);

const template = (spec: object) => ({ template: { spec } });
const one = { containers: [{ name: 'app', image: 'a.example/app:v1' }] };

describe('an object that runs pods', () => {
  test('names the images of all kinds of containers and of volumes', () => {
    const spec = {
      initContainers: [{ name: 'init', image: 'a.example/init' }],
      containers: [{ name: 'app', image: 'app' }],
      ephemeralContainers: [{ name: 'debug', image: 'a.example/debug:v1' }],
      volumes: [
        { name: 'site', image: { reference: 'a.example/site:v1' } },
        { name: 'other', emptyDir: {} },
      ],
    };
    assert.deepEqual(found('Pod', { metadata: metadata(), spec }), [
      'container a.example/init init container init',
      'container app container app',
      'container a.example/debug:v1 ephemeral container debug',
      'volume a.example/site:v1 volume site',
    ]);
  });

  test('has its template where its kind has it', () => {
    for (const kind of ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'ReplicationController', 'Job']) {
      assert.deepEqual(found(kind, { metadata: metadata(), spec: template(one) }), [
        'container a.example/app:v1 container app',
      ]);
    }
    const cron = { jobTemplate: { spec: template(one) } };
    assert.deepEqual(found('CronJob', { metadata: metadata(), spec: cron }), [
      'container a.example/app:v1 container app',
    ]);
  });

  test('is skipped if its owner has the same template, or if it has ended', () => {
    const owned = (kind: string) => metadata({ ownerReferences: [{ kind, name: 'web', controller: true }] });
    assert.deepEqual(found('ReplicaSet', { metadata: owned('Deployment'), spec: template(one) }), []);
    assert.deepEqual(found('Job', { metadata: owned('CronJob'), spec: template(one) }), []);
    assert.deepEqual(found('ReplicaSet', { metadata: owned('Rollout'), spec: template(one) }).length, 1);
    assert.deepEqual(found('ReplicaSet', { metadata: owned('Rollout'), spec: { replicas: 0, ...template(one) } }), []);
    assert.deepEqual(found('Pod', { metadata: metadata(), spec: one, status: { phase: 'Succeeded' } }), []);
    const complete = { conditions: [{ type: 'Complete', status: 'True' }] };
    assert.deepEqual(found('Job', { metadata: metadata(), spec: template(one), status: complete }), []);
    const suspended = { conditions: [{ type: 'Suspended', status: 'True' }] };
    assert.equal(found('Job', { metadata: metadata(), spec: template(one), status: suspended }).length, 1);
  });

  test('that is a pod counts for its Deployment, and only with the images that it really has', () => {
    const pod = {
      metadata: {
        name: 'web-5d4-x1',
        namespace: 'team',
        labels: { 'pod-template-hash': '5d4' },
        ownerReferences: [{ kind: 'ReplicaSet', name: 'web-5d4', controller: true }],
      },
      spec: { containers: [{ name: 'app', image: 'a.example/app:v1', args: ['--image=b.example/b:v1'] }] },
    };
    const [use, ...more] = uses('Pod', pod);
    assert.deepEqual([use?.object, use?.image, more], ['Deployment team/web', 'a.example/app:v1', []]);
  });

  test('has the pull policy of the API if it names none', () => {
    const policies = (image: string, imagePullPolicy?: string) =>
      uses('Pod', { metadata: metadata(), spec: { containers: [{ name: 'a', image, imagePullPolicy }] } })[0]
        ?.pullPolicy;
    assert.deepEqual(
      [policies('a'), policies('a:latest'), policies('a.example:5000/a'), policies('a:v1'), policies('a', 'Never')],
      ['Always', 'Always', 'Always', 'IfNotPresent', 'Never'],
    );
    assert.equal(policies(`a@sha256:${'0'.repeat(64)}`), 'IfNotPresent');
  });

  test('names pull secrets, or the ServiceAccount that adds them', () => {
    const [pod] = uses('Pod', { metadata: metadata(), spec: { ...one, serviceAccountName: 'sa' } });
    assert.deepEqual([pod?.pullSecrets, pod?.serviceAccount], [[], undefined]);
    const spec = template({ ...one, imagePullSecrets: [{ name: 'pull' }] });
    const [deployment] = uses('Deployment', { metadata: metadata(), spec });
    assert.deepEqual([deployment?.pullSecrets, deployment?.serviceAccount], [['pull'], 'default']);
  });

  test('names images in arguments and environment variables', () => {
    const container = {
      name: 'app',
      image: 'a.example/app:v1',
      args: ['--solver-image=vendor.example/solver:v1', '--listen=:8080'],
      env: [
        { name: 'RELATED_IMAGE_PROXY', value: 'vendor.example/proxy' },
        { name: 'IMAGE_REGISTRY', value: 'vendor.example/mirror' },
      ],
    };
    const names = found('Deployment', { metadata: metadata(), spec: template({ containers: [container] }) });
    assert.deepEqual(names, [
      'container a.example/app:v1 container app',
      'named vendor.example/solver:v1 spec.template.spec.containers.0.args.0',
      'named vendor.example/proxy spec.template.spec.containers.0.env.0.value',
    ]);
  });
});

describe('an object of an App', () => {
  test('says which App it is part of, or which Helm release', () => {
    const ofApp = metadata({ labels: { 'kapp.k14s.io/app': '1' } });
    const annotations = { 'meta.helm.sh/release-name': 'web', 'meta.helm.sh/release-namespace': 'team' };
    assert.equal(uses('Deployment', { metadata: ofApp, spec: template(one) })[0]?.partOf, 'App team/web');
    assert.equal(
      uses('Deployment', { metadata: metadata({ annotations }), spec: template(one) })[0]?.partOf,
      'Helm release team/web',
    );
  });

  test('shows the tags that kbld resolved over the network, but not those that a lock lists', () => {
    const images = `
- origins: [{resolved: {tag: v1, url: vendor.example/app:v1}}]
  url: vendor.example/app@sha256:${'0'.repeat(64)}
- origins: [{preresolved: {url: inside.example/other:v1}}]
  url: inside.example/other@sha256:${'1'.repeat(64)}
`;
    const annotations = { 'kbld.k14s.io/images': images };
    assert.deepEqual(found('ConfigMap', { metadata: metadata({ annotations }) }), [
      'resolved vendor.example/app:v1 kbld',
    ]);
  });

  test('names images in its ConfigMaps and Secrets', () => {
    const data = { 'config.yaml': 'sidecar: vendor.example:5003/sidecar:v2\nnote: none' };
    assert.deepEqual(found('ConfigMap', { metadata: metadata(), data }), [
      'named vendor.example:5003/sidecar:v2 data.config.yaml',
    ]);
    const encoded = { c: Buffer.from('image: vendor.example/app:v1').toString('base64') };
    assert.deepEqual(found('Secret', { metadata: metadata(), data: encoded }), ['named vendor.example/app:v1 data.c']);
  });

  test('is not what kapp and Helm write down about it', () => {
    const data = { spec: '{"image":"vendor.example/a:v1"}' };
    for (const labels of [{ 'kapp.k14s.io/is-app': '' }, { 'kapp.k14s.io/is-app-change': '' }, { owner: 'helm' }]) {
      assert.deepEqual(found('ConfigMap', { metadata: metadata({ labels }), data }), []);
    }
  });
});

describe('a custom resource', () => {
  test('may contain the spec of a pod at any depth', () => {
    const spec = { roles: [{ podTemplate: { spec: { containers: [{ name: 'db', image: 'postgres' }] } } }] };
    assert.deepEqual(found('Database', { metadata: metadata(), spec }), ['container postgres container db']);
  });

  test('may name an image in a field, but not with an ordinary word', () => {
    const spec = { image: 'vendor.example/db', baseImage: 'logo.png', icon: { image: 'logo.png' }, imageName: 'db:v1' };
    assert.deepEqual(found('Database', { metadata: metadata(), spec }), [
      'named vendor.example/db spec.image',
      'named db:v1 spec.imageName',
    ]);
    const policy = { spec: { rules: [{ image: '!*:latest' }, { imageReferences: ['ghcr.io/org/*'] }] } };
    assert.deepEqual(found('ClusterPolicy', { metadata: { name: 'p' }, ...policy }), []);
  });
});

describe('ordinary text in a ConfigMap', () => {
  test('is not mistaken for an image', () => {
    const texts = [
      'see https://vendor.example/docs:latest and http://10.0.0.1:8080/metrics',
      '--register-with-taints=node-role.kubernetes.io/control-plane:NoSchedule,example.com/gpu:NoExecute',
      'topology.kubernetes.io/zone:eu-1, app.kubernetes.io/name:web, policy.k8s.io/a:b',
      'allow 10.0.0.0/8:443 and 192.168.1.1/24',
      'panic: carvel.dev/kapp/pkg/deploy.go:123 and example.com/a/b.py:7',
      'git clone git@git.example:team/repo and ssh://git@git.example:22/team/repo',
      'import github.com/org/repo:v1',
      'user@mail.example, 12:30, key: value, {"image": "logo.png", "images": []}',
      'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router',
      'imageRegistry: vendor.example/mirror\nrepository: vendor.example/mirror/app',
      'docs are at vendor.example/docs/index and quay.io/org',
      'image: 500',
      '![image: logo](logo.png)',
    ];
    for (const data of texts) assert.deepEqual(found('ConfigMap', { metadata: metadata(), data: { data } }), [], data);
  });

  test('is searched for registries that are inside like for any other', () => {
    const data = { mirror: 'inside.example:5000/mirror', app: 'inside.example:5000/mirror/app:v1' };
    assert.deepEqual(found('ConfigMap', { metadata: metadata(), data }, ['inside.example:5000']), [
      'named inside.example:5000/mirror/app:v1 data.app',
    ]);
  });

  test('that was published contains exactly the images that it names', async () => {
    const expected = /(?:[a-z0-9-]+\.)+[a-z]+\/[a-z0-9/_.-]+(?::v[0-9][A-Za-z0-9_.-]*|@sha256:[0-9a-f]{64})/g;
    for (const name of await readdir(published)) {
      if (!name.endsWith('.yml')) continue;
      const text = await readFile(new URL(name, published), 'utf8');
      const images = new Set(text.match(expected));
      assert.ok(images.size > 0 || name.endsWith('_metadata.yml'), name);
      const wholeText = uses('ConfigMap', { metadata: metadata(), data: { text } });
      assert.deepEqual(new Set(wholeText.map(({ image }) => image)), images, name);
      const values = parseYamlDocuments(text).map(yamlValue);
      const asFields = values.flatMap((spec) => uses('Thing', { metadata: metadata(), spec: spec as object }));
      assert.deepEqual(new Set(asFields.map(({ image }) => image)), images, name);
    }
  });
});
