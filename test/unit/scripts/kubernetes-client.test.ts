import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { build } from 'esbuild';
import type { Metafile } from 'esbuild';

import { kubernetesClient } from '../../../scripts/lib/kubernetes-client.mjs';
import type { ClusterApi, ClusterSession } from '../../../src/cluster/api.ts';
import { makeTemporaryFolder } from '../../support/lifetime.ts';
import type { TemporaryFolder } from '../../support/lifetime.ts';
import { ScriptedServer, json } from '../cluster/scripted-server.ts';
import { kubeconfigText } from '../cluster/sessions.ts';

const { signal } = new AbortController();
let folder: TemporaryFolder;
before(async () => {
  folder = await makeTemporaryFolder('bundle');
});
after(() => folder.remove());

async function bundled(source: string, name: string): Promise<{ file: string; metafile: Metafile }> {
  const file = join(folder.path, name);
  const options = { bundle: true, minify: true, metafile: true, format: 'cjs', platform: 'node' } as const;
  const stdin = { contents: source, resolveDir: process.cwd() };
  const plugins = [kubernetesClient()];
  const { metafile } = await build({ ...options, stdin, outfile: file, plugins, logLevel: 'error' });
  return { file, metafile };
}

const sources = {
  'of the extension': "export * from './src/cluster/main.ts';",
  // The command line imports it when it is needed.
  'with a dynamic import': "void import('./src/cluster/main.ts');",
};

for (const [which, source] of Object.entries(sources)) {
  test(`the bundle ${which} contains only the used part of the Kubernetes library`, async () => {
    checkInputs((await bundled(source, 'checked.cjs')).metafile);
  });
}

function checkInputs(metafile: Metafile): void {
  const [output] = Object.values(metafile.outputs);
  const inputs = Object.entries(output?.inputs ?? {}).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  const library = inputs.filter(([file]) => file.includes('client-node/'));
  const bytes = library.reduce((sum, [, { bytesInOutput }]) => sum + bytesInOutput, 0);
  assert.ok(bytes < 400_000, `${bytes} bytes`);
  const models = library.flatMap(([file]) => /models\/(\w+)\.js$/.exec(file)?.[1] ?? []);
  for (const used of ['V1NamespaceList', 'V1ObjectMeta', 'V1Secret']) assert.ok(models.includes(used), used);
  assert.ok(!models.includes('V1Ingress'));
  for (const absent of ['undici', 'ws', 'socks', 'hpagent', 'openid-client', 'js-yaml', 'tar-fs']) {
    assert.ok(!inputs.some(([file]) => file.includes(`node_modules/${absent}/`)), absent);
  }
}

test('the rest of the library behaves the same in the bundle as from its source', async () => {
  const { file: bundle } = await bundled(sources['of the extension'], 'cluster.cjs');
  const api = createRequire(import.meta.url)(bundle) as ClusterApi;
  const server = await ScriptedServer.start();
  try {
    const file = join(folder.path, 'config');
    await writeFile(file, kubeconfigText(server.url));
    const session: ClusterSession = api.openCluster(await api.loadKubeconfig({ files: [file] }), 'test');
    const metadata = { name: 'kapp-controller-config', resourceVersion: '7' };
    server
      .on('/api/v1/namespaces', json({ items: [{ metadata: { name: 'b' } }, { metadata: { name: 'a' } }] }))
      .on('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', json({ status: { allowed: true } }))
      .on('/apis/apps/v1/deployments', json({ items: [{ metadata: { namespace: 'kapp' } }] }))
      .on(
        '/api/v1/namespaces/kapp/secrets/kapp-controller-config',
        json({ metadata, data: { caCerts: Buffer.from('PEM').toString('base64') } }),
      );
    assert.deepEqual(await session.namespaces(signal), ['a', 'b']);
    const question = { verb: 'list', group: '', resource: 'secrets', namespace: 'demo' } as const;
    assert.deepEqual(await session.checkAccess([question], signal), [true]);
    const spec = { resourceAttributes: { group: '', namespace: 'demo', resource: 'secrets', verb: 'list' } };
    const sent = JSON.parse(server.seen.at(-1)?.body ?? '') as { spec: object };
    assert.deepEqual(sent.spec, spec);
    assert.deepEqual(await session.controllerConfig(signal), {
      kind: 'Secret',
      namespace: 'kapp',
      resourceVersion: '7',
      caCertificates: 'PEM',
    });
    session.close();
  } finally {
    await server.close();
  }
});
