// Counting signatures and referrers that a copy leaves behind, and the requests that this takes.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { attachmentKind, attachmentsText, countAttachments } from '../../../src/carvel/attachment-kind.ts';
import { AttachmentSurvey } from '../../../src/carvel/attachment-survey.ts';
import { RegistryImageReader } from '../../../src/carvel/registry-image-reader.ts';
import { anonymous } from '../../../src/oci/auth/credentials.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { createRegistries } from '../../../src/oci/registries.ts';
import { parseDigestReference } from '../../../src/oci/reference.ts';
import { startScriptedServer } from '../../support/scripted-server.ts';

const { signal } = new AbortController();
const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const config = Buffer.from('{}');

function manifest(note: number): { bytes: Buffer; digest: string } {
  const descriptor = { mediaType: 'application/vnd.oci.empty.v1+json', digest: digestOf(config), size: 2 };
  const json = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: descriptor,
    layers: [],
    annotations: { n: `${note}` },
  };
  const bytes = Buffer.from(JSON.stringify(json));
  return { bytes, digest: digestOf(bytes) };
}

const images = Array.from({ length: 20 }, (_, note) => manifest(note));
const tagOf = (digest: string, suffix = '') => `${digest.replace(':', '-')}${suffix}`;
const listOf = (...entries: object[]) => ({
  headers: { 'content-type': OCI_INDEX },
  body: JSON.stringify({
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests: entries.map((each, n) => ({ digest: digestOf(Buffer.from(String(n))), ...each })),
  }),
});
const SIGNED = listOf(
  { artifactType: BUNDLE, annotations: { 'dev.sigstore.bundle.predicateType': 'https://sigstore.dev/cosign/sign/v1' } },
  { artifactType: 'application/spdx+json' },
);

interface World {
  /** Undefined: the registry does not list tags. */
  readonly tags: readonly string[] | undefined;
  /** What the referrers API answers. */
  readonly api: 'missing' | 'broken' | 'present';
  readonly cosignSignatures?: boolean;
}

async function survey({ tags, api, cosignSignatures = false }: World) {
  const server = await startScriptedServer(({ url }) => {
    const last = url.slice(url.lastIndexOf('/') + 1);
    if (url === '/v2/') return 200;
    if (url.includes('/tags/list')) return tags === undefined ? 404 : { body: JSON.stringify({ name: 'app', tags }) };
    if (url.includes('/referrers/')) {
      if (api !== 'present') return api === 'missing' ? 404 : 500;
      return last === images[0]?.digest ? SIGNED : listOf();
    }
    if (url.includes('/blobs/')) return { body: config };
    const found = images.find(({ digest }) => digest === last);
    if (found !== undefined) return { headers: { 'content-type': OCI_MANIFEST }, body: found.bytes };
    if (tags?.includes(last) !== true) return 404;
    return { ...SIGNED, headers: { ...SIGNED.headers, 'docker-content-digest': digestOf(Buffer.from(SIGNED.body)) } };
  });
  const registries = createRegistries({ retryCount: 1 }, anonymous, 'source');
  try {
    const reader = new RegistryImageReader(registries, 8);
    const places = images.map(({ digest }) => parseDigestReference(`${server.host}/app@${digest}`));
    const found = await Promise.all(places.map((place) => reader.read(place, signal)));
    const before = server.asked.length;
    const choice = { cosignSignatures, referrers: false };
    const left = await new AttachmentSurvey(registries, choice, 8).run(found, signal);
    const urls = server.asked.slice(before).map(({ url }) => url);
    return { left, counts: countAttachments(left.facts), urls };
  } finally {
    await registries.close();
    await server.stop();
  }
}

const [first = ''] = images.map(({ digest }) => digest);

describe('what a copy leaves behind', () => {
  test('is counted with one list of tags and one list of referrers per manifest', async () => {
    const { left, counts, urls } = await survey({ tags: ['v1', tagOf(first, '.att')], api: 'present' });
    assert.deepEqual(counts, { signature: 1, sbom: 1, attestation: 1 });
    assert.deepEqual([...new Set(left.facts.map(({ subject }) => subject))], [first]);
    assert.equal(left.unknown, 0);
    assert.equal(urls.length, 1 + images.length, urls.join('\n'));
  });

  test('is counted with two requests, and the lists that exist, without the referrers API', async () => {
    const { counts, urls } = await survey({ tags: ['v1', tagOf(first), tagOf(first, '.sig')], api: 'missing' });
    assert.deepEqual(counts, { signature: 2, sbom: 1 });
    // The tags, one attempt at the API, and HEAD and GET of the one list.
    assert.equal(urls.length, 4, urls.join('\n'));
  });

  test('is counted with two requests if there is none', async () => {
    const { counts, urls } = await survey({ tags: ['v1'], api: 'missing' });
    assert.deepEqual(counts, {});
    assert.equal(urls.length, 2, urls.join('\n'));
  });

  test('is counted by asking for each tag if the registry does not list them', async () => {
    const { counts, urls } = await survey({ tags: undefined, api: 'present' });
    assert.deepEqual(counts, { signature: 1, sbom: 1 });
    assert.equal(urls.length, 1 + images.length * 4, urls.join('\n'));
  });

  test('of the tags that --cosign-signatures does not copy takes one request', async () => {
    const tags = ['v1', tagOf(first, '.sig'), tagOf(first, '.sbom')];
    const { counts, urls } = await survey({ tags, api: 'present', cosignSignatures: true });
    assert.deepEqual(counts, { sbom: 1 });
    assert.equal(urls.length, 1, urls.join('\n'));
  });

  test('is unknown, with the reason, if the list of referrers cannot be read', async () => {
    const { left, urls } = await survey({ tags: ['v1'], api: 'broken' });
    assert.equal(left.unknown, images.length);
    assert.match(left.reason ?? '', /500/);
    assert.ok(urls.length <= 4, urls.join('\n'));
  });
});

test('the kind of an attachment comes from its tag, its type or its predicate', () => {
  const kinds = [
    [{ tag: tagOf(first, '.sig') }, 'signature'],
    [{ tag: tagOf(first, '.att') }, 'attestation'],
    [{ tag: tagOf(first, '.sbom') }, 'sbom'],
    [{ artifactType: 'application/vnd.cncf.notary.signature' }, 'signature'],
    [{ artifactType: 'application/vnd.dev.cosign.artifact.sig.v1+json' }, 'signature'],
    [{ artifactType: BUNDLE, predicateType: 'https://sigstore.dev/cosign/sign/v1' }, 'signature'],
    [{ artifactType: BUNDLE, predicateType: 'https://slsa.dev/provenance/v1' }, 'attestation'],
    [{ artifactType: BUNDLE, predicateType: 'https://spdx.dev/Document' }, 'sbom'],
    [{ artifactType: BUNDLE, predicateType: 'https://openvex.dev/ns/v0.2.0' }, 'vex'],
    [{ artifactType: 'application/vnd.openvex+json' }, 'vex'],
    [{ artifactType: 'application/vnd.cyclonedx+json' }, 'sbom'],
    [{ artifactType: 'application/vnd.in-toto+json' }, 'attestation'],
    [{ artifactType: 'application/vnd.example.report' }, 'other'],
    [{ tag: 'v1' }, 'other'],
  ] as const;
  for (const [hints, kind] of kinds) assert.equal(attachmentKind(hints), kind, JSON.stringify(hints));
});

test('counts of attachments read as English', () => {
  assert.equal(attachmentsText({}), 'none');
  assert.equal(attachmentsText({ signature: 1 }), '1 signature');
  assert.equal(attachmentsText({ signature: 2, sbom: 1 }), '2 signatures and 1 SBOM');
  assert.equal(
    attachmentsText({ vex: 1, attestation: 3, signature: 2 }),
    '2 signatures, 3 attestations and 1 VEX statement',
  );
});
