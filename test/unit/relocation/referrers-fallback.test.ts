import assert from 'node:assert/strict';
import { test } from 'node:test';

import { anonymous } from '../../../src/oci/credentials.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { OCI_INDEX, OCI_MANIFEST } from '../../../src/oci/media-types.ts';
import { createRegistries } from '../../../src/oci/registries.ts';
import { ReferrersFallback } from '../../../src/relocation/referrers-fallback.ts';
import { startHttpServer } from '../../support/http-server.ts';

const digest = (text: string) => digestOf(Buffer.from(text));
const listing = (...texts: string[]) =>
  Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: texts.map((text) => ({ digest: digest(text) })) }));

test('an index of referrers that another process overwrites in between has the referrers of both in the end', async () => {
  let index: Buffer | undefined;
  let writes = 0;
  const server = await startHttpServer((request, answer) => {
    const { method = '', url = '' } = request;
    if (url === '/v2/') return void answer.writeHead(200).end('{}');
    if (method === 'PUT') {
      const chunks: Buffer[] = [];
      return void request
        .on('data', (chunk: Buffer) => chunks.push(chunk))
        .on('end', () => {
          // The first write is lost: the other process had read the index before.
          index = ++writes === 1 ? listing('theirs') : Buffer.concat(chunks);
          answer.writeHead(201).end();
        });
    }
    if (index === undefined) return void answer.writeHead(404).end();
    answer.writeHead(200, {
      'content-type': OCI_INDEX,
      'content-length': index.byteLength,
      'docker-content-digest': digestOf(index),
    });
    return void answer.end(method === 'HEAD' ? undefined : index);
  });
  const registries = createRegistries({ retryCount: 1 }, anonymous, 'destination');
  try {
    const fallback = new ReferrersFallback('app', registries.client(server.host), registries.writer(server.host));
    for (const text of ['one', 'two']) {
      fallback.add(digest('subject'), { digest: digest(text), mediaType: OCI_MANIFEST, bytes: Buffer.from('{}') });
    }
    await fallback.write(new AbortController().signal);
    const { manifests } = JSON.parse(String(index)) as { manifests: { digest: string }[] };
    assert.deepEqual(
      manifests.map((each) => each.digest),
      ['theirs', 'one', 'two'].map(digest),
    );
    assert.equal(writes, 2);
  } finally {
    await registries.close();
    await server.stop();
  }
});
