import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { fetchedImages, isRemoteInside, printableUrl } from '../../../../src/audit/cluster/fetch-images.ts';

const metadata = { namespace: 'team', name: 'web' };
const DIGEST = `sha256:${'0'.repeat(64)}`;

function fetched(kind: 'App' | 'PackageRepository', fetch: unknown, status: object = {}) {
  const { uses, remotes, notChecked } = fetchedImages(kind, { metadata, spec: { fetch }, status });
  return {
    uses: uses.map(
      ({ image, object, place, pullSecrets = [] }) => `${image} ${object}, ${place} ${pullSecrets.join()}`,
    ),
    remotes: remotes.map(({ kind: of, url }) => `${of} ${url}`),
    notChecked: notChecked.map(({ code }) => code),
  };
}

describe('what kapp-controller fetches', () => {
  test('is an image with the Secret that the step names, or the one that kapp-controller creates', () => {
    const steps = [
      { imgpkgBundle: { image: 'a.example/bundle:v1', secretRef: { name: 'pull' } } },
      { image: { url: 'a.example/files' } },
      { inline: { paths: { 'a.yml': '' } } },
    ];
    assert.deepEqual(fetched('App', steps).uses, [
      'a.example/bundle:v1 App team/web, fetch step 1 pull',
      'a.example/files App team/web, fetch step 2 web-fetch-1',
    ]);
    assert.deepEqual(fetched('PackageRepository', { imgpkgBundle: { image: 'a.example/repo:v1' } }).uses, [
      'a.example/repo:v1 PackageRepository team/web, fetch web-fetch-0',
    ]);
  });

  test('is the tag that a selection resolved to', () => {
    const fetch = { imgpkgBundle: { image: 'a.example/repo', tagSelection: { semver: {} } } };
    const stdout = `apiVersion: vendir.k14s.io/v1alpha1
directories:
- contents:
  - imgpkgBundle: {image: "a.example/repo@${DIGEST}", tag: v2}
    path: .
kind: LockConfig
`;
    const [use] = fetched('PackageRepository', fetch, { fetch: { stdout } }).uses;
    assert.match(use ?? '', new RegExp(`^a.example/repo@${DIGEST} `));
    assert.deepEqual(fetched('PackageRepository', fetch), { uses: [], remotes: [], notChecked: ['selection-unknown'] });
  });

  test('may come from another kind of server', () => {
    const steps = [
      { git: { url: 'https://git.example/app' } },
      { http: { url: 'https://files.example/a.tgz' } },
      { helmChart: { name: 'web', repository: { url: 'https://charts.example' } } },
      { helmChart: { name: 'web', version: '1.0.0+build', repository: { url: 'oci://a.example/charts' } } },
    ];
    const { uses, remotes } = fetched('App', steps);
    assert.deepEqual(remotes, [
      'git https://git.example/app',
      'http https://files.example/a.tgz',
      'helmChart https://charts.example',
    ]);
    assert.deepEqual(uses, ['a.example/charts/web:1.0.0_build App team/web, fetch step 4 web-fetch-3']);
  });
});

describe('a server', () => {
  test('is inside if its host counts as inside, or if it is a Service of the cluster', () => {
    const inside = ['git.example', 'registry.example:5000/mirror'];
    for (const url of [
      'https://git.example/a',
      'https://git.example:8443/a',
      'ssh://git@git.example:22/a',
      'git@git.example:team/a.git',
      'http://registry.example/a.tgz',
      'http://source-controller.flux.svc.cluster.local/a',
      'http://files.tools.svc:8080/a',
    ]) {
      assert.ok(isRemoteInside(inside, url), url);
    }
    for (const url of ['https://git.example.org/a', 'git@other.example:a', 'https://svc/a', 'file:///a', '']) {
      assert.ok(!isRemoteInside(inside, url), url);
    }
  });

  test('is named without the password in its URL', () => {
    assert.equal(printableUrl('https://user:secret@git.example/a'), 'https://git.example/a');
    assert.equal(printableUrl('git@git.example:a'), 'git@git.example:a');
  });
});
