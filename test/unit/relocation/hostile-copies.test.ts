// Copies from and to servers that mean harm. The numbers are those of the cases in the project's threat list.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { causes, errorDocument } from '../../../src/base/errors.ts';
import { errorText } from '../../../src/cli/output/console.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { OCI_MANIFEST } from '../../../src/oci/media-types.ts';
import { inProcess, relocate } from '../../support/engines.ts';
import { fixtureTar } from '../../support/fixture.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../../support/lifetime.ts';
import { startScriptedServer } from '../../support/scripted-server.ts';
import { withoutIcons, withoutLinks } from '../../../src/workbench/text/formatting.ts';

const { signal } = new AbortController();
const config = Buffer.from('{}');
const manifestOf = (note: string) =>
  Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: {
        mediaType: 'application/vnd.oci.image.config.v1+json',
        digest: digestOf(config),
        size: config.byteLength,
      },
      layers: [],
      annotations: { note },
    }),
  );

let folder: TemporaryFolder;
before(async () => {
  folder = await makeTemporaryFolder('hostile-copies');
});
after(() => folder.remove());

test('20 a tag that moves during a copy is copied as first seen, completely', async () => {
  const versions = [manifestOf('first'), manifestOf('second')];
  let tagRequests = 0;
  const server = await startScriptedServer(({ url, method }) => {
    if (url === '/v2/') return 200;
    if (url.endsWith(digestOf(config))) return { body: config };
    const byTag = url.endsWith('/manifests/v1');
    const bytes = byTag ? versions[Math.min(tagRequests++, 1)] : versions.find((each) => url.endsWith(digestOf(each)));
    if (bytes === undefined) return 404;
    const headers = { 'content-type': OCI_MANIFEST, 'docker-content-digest': digestOf(bytes) };
    return { headers, body: method === 'HEAD' ? '' : bytes };
  });
  const engine = inProcess();
  try {
    const source = { kind: 'image' as const, reference: `${server.host}/app:v1` };
    const destination = { kind: 'archive' as const, path: join(folder.path, 'image.tar') };
    const planned = await engine.plan({ source, destination }, { signal, depth: 'run' });
    const report = await planned.run({ signal });
    assert.equal(report.root?.digest, digestOf(versions[0] ?? config));
    assert.equal(tagRequests, 1);
  } finally {
    engine.dispose();
    await server.stop();
  }
});

test('27 a blob that a registry claims to have mounted counts as present only once the manifest is accepted', async () => {
  const tags: string[] = [];
  const refusal = '{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN","message":"blob unknown to registry"}]}';
  const server = await startScriptedServer(({ url, method }) => {
    if (url === '/v2/') return 200;
    if (method === 'POST') return 201;
    if (method === 'PUT') {
      tags.push(url.slice(url.lastIndexOf('/') + 1));
      return { status: 400, body: refusal };
    }
    return method === 'HEAD' && url.includes('/blobs/') ? 200 : 404;
  });
  const engine = inProcess({ retryCount: 1 });
  try {
    const copy = relocate(engine, { kind: 'archive', path: fixtureTar }, `${server.host}/app`);
    await assert.rejects(copy, /MANIFEST_BLOB_UNKNOWN/);
    assert.ok(tags.length > 0 && !tags.includes('v1.0.0'));
  } finally {
    engine.dispose();
    await server.stop();
  }
});

test('21 text from a server cannot control a terminal, reverse text or become a link or icon', async () => {
  const said = '\u001b[2J\u001b]0;owned\u0007\u202eevil\u2066\r\n\u0085[click](command:evil) $(trash)\u009b31m';
  const body = JSON.stringify({ errors: [{ code: 'DENIED', message: said }] });
  const server = await startScriptedServer(({ url }) => (url === '/v2/' ? 200 : { status: 403, body }));
  const engine = inProcess({ retryCount: 1 });
  try {
    const copy = relocate(engine, { kind: 'image', reference: `${server.host}/app:v1` }, `${server.host}/copy`);
    const error: unknown = await copy.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof Error && error.message.includes('evil'));
    // eslint-disable-next-line no-control-regex
    const control = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
    for (const shown of [errorText(error), JSON.stringify(errorDocument(error)), ...causes(error)]) {
      assert.doesNotMatch(shown, control);
    }
    const inEditor = withoutIcons(withoutLinks(error.message));
    assert.doesNotMatch(inEditor, /\]\(command:|(?<!\\)\$\(trash\)/);
  } finally {
    engine.dispose();
    await server.stop();
  }
});

test('33 only our own client sends requests: nothing that retries, redirects, decodes or caches', () => {
  const root = new URL('../../../src/', import.meta.url);
  const CLIENT = /^import (?!type ).* from '(?:undici|node:https?|node:http2)';$/gm;
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const imports = files.flatMap((file) =>
    [...readFileSync(new URL(file, root), 'utf8').matchAll(CLIENT)].map(([line]) => line),
  );
  assert.deepEqual(imports, []);
});
