import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { decodeHelmRelease } from '../../../../src/audit/cluster/helm-release.ts';

const base64 = (bytes: string | Uint8Array): string => Buffer.from(bytes as Uint8Array).toString('base64');
const release = (content: object): string =>
  base64(gzipSync(JSON.stringify({ name: 'web', namespace: 'team', ...content })));
const inSecret = (text: string): object => ({ data: { release: base64(Buffer.from(text)) } });

describe('a Helm release', () => {
  const manifest =
    '---\nkind: ConfigMap\nmetadata: {name: a}\n---\n# empty\n---\nkind: List\nitems: [{kind: Pod, metadata: {name: b, namespace: own}}]\n';
  const hooks = [
    { events: ['pre-install'], manifest: 'kind: Job\nmetadata: {name: hook}\n' },
    { events: ['test'], manifest: 'kind: Pod\nmetadata: {name: tests}\n' },
  ];

  test('has the objects of its manifest and hooks, in its namespace unless they name one', async () => {
    const { title, objects } = await decodeHelmRelease(inSecret(release({ manifest, hooks })), 'Secret');
    assert.equal(title, 'Helm release team/web');
    assert.deepEqual(objects, [
      { kind: 'ConfigMap', metadata: { name: 'a', namespace: 'team' } },
      { kind: 'Pod', metadata: { name: 'b', namespace: 'own' } },
      { kind: 'Job', metadata: { name: 'hook', namespace: 'team' } },
    ]);
  });

  test('is stored in a ConfigMap without the encoding of Secrets, and by old versions without gzip', async () => {
    const inMap = await decodeHelmRelease({ data: { release: release({ manifest }) } }, 'ConfigMap');
    assert.equal(inMap.objects.length, 2);
    const plain = inSecret(base64(JSON.stringify({ manifest })));
    assert.equal((await decodeHelmRelease(plain, 'Secret')).objects.length, 2);
  });

  test('that unpacks to too much, or to something else, is rejected', async () => {
    const bomb = base64(gzipSync(Buffer.alloc(65 * 1024 * 1024)));
    await assert.rejects(decodeHelmRelease(inSecret(bomb), 'Secret'), /unpacks to more than/);
    await assert.rejects(decodeHelmRelease(inSecret(base64('[]')), 'Secret'), /not JSON/);
    await assert.rejects(decodeHelmRelease({}, 'Secret'), /no release/);
    const broken = base64(Buffer.from([0x1f, 0x8b, 0x08, 0, 0]));
    await assert.rejects(decodeHelmRelease(inSecret(broken), 'Secret'), /not gzip/);
  });
});
