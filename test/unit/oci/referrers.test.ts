// Reading lists of referrers from registries that answer in many ways.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { digestOf } from '../../../src/oci/digest.ts';
import type { Referrer, TaggedReferrers } from '../../../src/oci/referrers.ts';
import { nextLink } from '../../../src/oci/pagination.ts';
import { artifactTypeOf, subjectOf } from '../../../src/oci/referrers.ts';
import { clientsFor } from '../../support/registry-clients.ts';
import { type Answer, startScriptedServer } from '../../support/scripted-server.ts';

const { signal } = new AbortController();
const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const subject = digestOf(Buffer.from('the subject'));
const digest = (n: number) => digestOf(Buffer.from(String(n)));
const first = `/v2/app/referrers/${subject}`;

function index(numbers: readonly number[], link?: string): Answer {
  const manifests = numbers.map((n) => ({ mediaType: OCI_INDEX, digest: digest(n), size: 1 }));
  const headers = { 'content-type': OCI_INDEX, ...(link === undefined ? {} : { link }) };
  return { headers, body: JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }) };
}

type Pages = (url: string) => Answer | number | string | undefined;

async function withRegistry<Result>(
  answer: Pages,
  ask: (reader: ReturnType<typeof clientsFor>['reader']) => Promise<Result>,
): Promise<{ result: Result; urls: string[]; accepted: string[] }> {
  const server = await startScriptedServer(({ url }) => (url === '/v2/' ? 200 : answer(url)));
  const clients = clientsFor(server.host, { settings: { retryCount: 1 } });
  try {
    const result = await ask(clients.reader);
    const asked = server.asked.filter(({ url }) => url !== '/v2/');
    return { result, urls: asked.map(({ url }) => url), accepted: asked.map(({ headers }) => headers.accept ?? '') };
  } finally {
    await clients.close();
    await server.stop();
  }
}

const list = (answer: Pages) => withRegistry(answer, (reader) => reader.referrers('app', subject, signal));
const numbersOf = (referrers: readonly Referrer[] | undefined) => referrers?.map((each) => each.digest);

describe('the referrers API', () => {
  test('is read page by page', async () => {
    const { result, urls, accepted } = await list((url) => {
      if (url === first) return index([1, 2], `<${first}?page=2>; rel="next"`);
      if (url === `${first}?page=2`) return index([3], '</v2/elsewhere?token=a%2Fb>; rel=next');
      return url === '/v2/elsewhere?token=a%2Fb' ? index([4]) : 404;
    });
    assert.deepEqual(numbersOf(result), [1, 2, 3, 4].map(digest));
    assert.equal(urls.length, 3);
    assert.deepEqual([...new Set(accepted)], [OCI_INDEX]);
  });

  test('is itself asked for the next page, whatever host the link names', async () => {
    const other = await startScriptedServer(() => 200);
    const { result } = await list((url) =>
      url === first ? index([1], `<http://${other.host}${first}?page=2>; rel="next"`) : index([2]),
    );
    assert.deepEqual(numbersOf(result), [1, 2].map(digest));
    assert.deepEqual(other.asked, []);
    await other.stop();
  });

  test('fails if a later page is missing, is not an index, or leads back', async () => {
    const link = `<${first}?page=2>; rel="next"`;
    for (const second of [404, 403, '<html>sign in</html>', index([2], link), index([2], `<${first}>; rel=next`)]) {
      const listing = list((url) => (url === first ? index([1], link) : second));
      await assert.rejects(listing, { code: 'oci.referrers-invalid' });
    }
    await assert.rejects(
      list((url) => (url === first ? index([1], link) : 500)),
      { code: 'oci.status-unexpected' },
    );
  });

  test('fails if the pages never end', { timeout: 60_000 }, async () => {
    let page = 0;
    const endless = (length: number) => {
      const numbers = Array.from({ length }, (_, n) => n);
      return list(() => index(numbers, `<${first}?page=${++page}>; rel="next"`));
    };
    await assert.rejects(endless(1000), { code: 'oci.referrers-invalid', message: /more than 10000 entries/ });
    await assert.rejects(endless(0), { code: 'oci.referrers-invalid', message: /more than 1000 pages/ });
  });

  test('is missing if a registry rejects the request or does not respond with an index', async () => {
    const type = { 'content-type': OCI_INDEX };
    const list2 = 'application/vnd.docker.distribution.manifest.list.v2+json';
    const answers: (Answer | number | string)[] = [
      400,
      403,
      404,
      405,
      406,
      410,
      501,
      '',
      '<html>sign in</html>',
      '[]',
      '{}',
    ];
    answers.push({ headers: type, body: 'null' }, '{"errors":[{"code":"UNSUPPORTED"}]}');
    answers.push({ headers: type, body: JSON.stringify({ schemaVersion: 2, mediaType: list2, manifests: [] }) });
    for (const answer of answers) {
      const { result } = await list(() => answer);
      assert.equal(result, undefined, JSON.stringify(answer));
    }
  });

  test('has no referrers if the list is null or missing, as Go writes an empty one', async () => {
    for (const body of [
      `{"schemaVersion":2,"mediaType":"${OCI_INDEX}","manifests":null}`,
      `{"schemaVersion":2,"mediaType":"${OCI_INDEX}"}`,
      '{"schemaVersion":2,"manifests":[]}',
    ]) {
      assert.deepEqual((await list(() => body)).result, []);
    }
  });

  test('fails if it is broken, requires a login, or lists an entry without a digest', async () => {
    await assert.rejects(
      list(() => 500),
      { code: 'oci.status-unexpected' },
    );
    await assert.rejects(
      list(() => 401),
      { code: 'oci.credentials-missing' },
    );
    for (const manifests of [[{}], [null], [{ digest: 'sha999:00' }]]) {
      const body = JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests });
      await assert.rejects(
        list(() => body),
        { code: 'oci.referrers-invalid', message: /entry 0 has no/ },
      );
    }
  });
});

describe('the fallback tag', () => {
  const tagged = async (answer: Answer | number | string) =>
    (
      await withRegistry(
        () => answer,
        (reader) => reader.taggedReferrers('app', subject, signal),
      )
    ).result;
  const kindOf = async (answer: Answer | number | string): Promise<TaggedReferrers['kind']> =>
    (await tagged(answer)).kind;

  test('points to a list, to nothing, to the subject itself, or to something else', async () => {
    assert.equal(await kindOf(404), 'none');
    assert.equal(await kindOf({ body: 'the subject' }), 'subject');
    for (const other of ['{"schemaVersion":2,"config":{},"layers":[]}', 'text'])
      assert.equal(await kindOf(other), 'other');
    const result = await tagged(index([1, 2]));
    assert.deepEqual(result.kind === 'list' && numbersOf(result.referrers), [1, 2].map(digest));
  });

  test('is not considered missing after another error', async () => {
    await assert.rejects(kindOf(500), { code: 'oci.status-unexpected' });
    await assert.rejects(kindOf(403), { code: 'oci.forbidden' });
  });
});

test('the next page is found in any form of Link header', () => {
  for (const [header, expected] of [
    ['</a>; rel="next"', '/a'],
    ['</a>;rel=next', '/a'],
    ['</a>; REL="NEXT"', '/a'],
    ['</a?x=1,2;3>; title="b; c"; rel="next"', '/a?x=1,2;3'],
    ['</a>; rel="prev", </b>; rel="next last"', '/b'],
    ['</a>; rel="last next"', '/a'],
    ['</a>; rel="prev"', undefined],
    ['</a>; rel="nextish"', undefined],
    ['</a>; rel=next-archive', undefined],
    ['', undefined],
    [undefined, undefined],
  ] as const) {
    assert.equal(nextLink(header), expected, header);
  }
});

test('subject and artifact type are read from a manifest', () => {
  const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));
  assert.equal(subjectOf(bytes({ subject: { digest: subject } })), subject);
  for (const value of [{}, { subject: null }, { subject: {} }, { subject: { digest: 'sha256:1' } }, [], null]) {
    assert.equal(subjectOf(bytes(value)), undefined);
  }
  const config = { mediaType: 'text/config' };
  assert.equal(artifactTypeOf(bytes({ artifactType: 'text/own', config })), 'text/own');
  assert.equal(artifactTypeOf(bytes({ artifactType: '', config })), 'text/config');
  assert.equal(artifactTypeOf(bytes({})), undefined);
});
