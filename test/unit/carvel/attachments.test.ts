// Finding signatures and referrers in registries that answer in unusual ways.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { AttachmentFinder } from '../../../src/carvel/attachments.ts';
import type { AttachmentChoice } from '../../../src/carvel/attachments.ts';
import { RegistryImageReader } from '../../../src/carvel/registry-image-reader.ts';
import { anonymous } from '../../../src/oci/auth/credentials.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { createRegistries } from '../../../src/oci/registries.ts';
import { parseDigestReference } from '../../../src/oci/reference.ts';
import { type Answer, startScriptedServer } from '../../support/scripted-server.ts';

const { signal } = new AbortController();
const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const EMPTY = 'application/vnd.oci.empty.v1+json';
const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const config = Buffer.from('{}');
const configOf = (mediaType: string) => ({ mediaType, digest: digestOf(config), size: config.byteLength });

interface Content {
  readonly bytes: Buffer;
  readonly digest: string;
  readonly mediaType: string;
}

function content(json: object, mediaType = OCI_MANIFEST): Content {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...json }));
  return { bytes, digest: digestOf(bytes), mediaType };
}
const image = (note: string) => content({ config: configOf(EMPTY), layers: [], annotations: { note } });
const descriptor = ({ digest, mediaType, bytes }: Content) => ({ mediaType, digest, size: bytes.byteLength });
const indexOf = (...entries: (Content | { digest: string; artifactType: string })[]) =>
  content({ manifests: entries.map((each) => ('bytes' in each ? descriptor(each) : each)) }, OCI_INDEX);

interface ReferrerOptions {
  readonly artifactType?: string;
  readonly configType?: string;
  readonly layerType?: string;
}
function referrer(
  subject: Content,
  { artifactType, configType = EMPTY, layerType = EMPTY }: ReferrerOptions = {},
): Content {
  return content({
    ...(artifactType === undefined ? {} : { artifactType }),
    config: configOf(configType),
    layers: [configOf(layerType)],
    subject: descriptor(subject),
  });
}

interface Holdings {
  readonly manifests: readonly Content[];
  readonly tags?: Readonly<Record<string, Content | number>>;
  /** The referrers API, by the subject's digest. */
  readonly lists?: Readonly<Record<string, Answer | Content | number>>;
  /** What the API answers where `lists` has nothing. */
  readonly otherwise?: number;
}

const tagOf = ({ digest }: Content) => digest.replace(':', '-');

async function find(
  root: Content,
  { manifests, tags = {}, lists = {}, otherwise = 404 }: Holdings,
  choice: AttachmentChoice = { cosignSignatures: false, referrers: true },
): Promise<{ found: string[]; warnings: string[]; urls: string[] }> {
  const of = ({ bytes, mediaType, digest }: Content) => ({
    headers: { 'content-type': mediaType, 'docker-content-digest': digest },
    body: bytes,
  });
  const server = await startScriptedServer(({ url }) => {
    if (url === '/v2/') return 200;
    const last = url.slice(url.lastIndexOf('/') + 1);
    if (url.includes('/blobs/')) return { body: config };
    const given = url.includes('/referrers/')
      ? (lists[last] ?? otherwise)
      : (tags[last] ?? manifests.find(({ digest }) => digest === last) ?? 404);
    return typeof given === 'object' && 'bytes' in given ? of(given) : given;
  });
  const registries = createRegistries({ retryCount: 1 }, anonymous, 'source');
  try {
    const reader = new RegistryImageReader(registries, 8);
    const finder = new AttachmentFinder(registries, reader, choice, 8);
    const place = parseDigestReference(`${server.host}/app@${root.digest}`);
    const attached = await finder.find([await reader.read(place, signal)], signal);
    const found = attached.map(({ image: { node } }) => node.digest).sort();
    return { found, warnings: finder.warnings, urls: server.asked.map(({ url }) => url) };
  } finally {
    await registries.close();
    await server.stop();
  }
}

const root = image('root');
const digests = (...contents: Content[]) => contents.map(({ digest }) => digest).sort();

describe('referrers', () => {
  const sbom = referrer(root, { artifactType: 'text/spdx' });
  const listed = indexOf(sbom);

  test('come from the fallback tag if the API is missing or responds with something else', async () => {
    const html: Answer = { headers: { 'content-type': 'text/html' }, body: '<html>sign in</html>' };
    for (const answer of [400, 403, 404, 405, 501, html, { body: '' }]) {
      const lists = { [root.digest]: answer };
      const { found } = await find(root, { manifests: [root, sbom], tags: { [tagOf(root)]: listed }, lists });
      assert.deepEqual(found, digests(sbom));
    }
  });

  test('come from the fallback tag if the API is broken; without that tag, the copy fails', async () => {
    const holdings = { manifests: [root, sbom], otherwise: 500 };
    await assert.rejects(find(root, holdings), { code: 'oci.status-unexpected', message: /referrers/ });
    const lists = { [sbom.digest]: indexOf() };
    const { found } = await find(root, { ...holdings, lists, tags: { [tagOf(root)]: listed } });
    assert.deepEqual(found, digests(sbom));
  });

  test('are empty if the fallback tag resolves to the subject or to another image', async () => {
    const child = image('child');
    const index = indexOf(child);
    const tags = { [tagOf(index)]: index, [tagOf(child)]: child };
    assert.deepEqual((await find(index, { manifests: [index, child], tags })).found, []);
    assert.deepEqual((await find(root, { manifests: [root], tags: { [tagOf(root)]: image('other') } })).found, []);
    assert.deepEqual((await find(root, { manifests: [root], tags: { [tagOf(root)]: 403 } })).found, []);
  });

  test('include only images whose subject is the image, whatever else is listed', async () => {
    const [stranger, other] = [image('stranger'), referrer(image('other'))];
    const list = indexOf(stranger, other, sbom, sbom);
    for (const holdings of [{ tags: { [tagOf(root)]: list } }, { lists: { [root.digest]: list } }]) {
      const { found, warnings } = await find(root, { manifests: [root, stranger, other, sbom], ...holdings });
      assert.deepEqual(found, digests(sbom));
      assert.deepEqual(warnings, []);
    }
  });

  test('that are listed but missing are a warning', async () => {
    const gone = referrer(root, { artifactType: 'text/gone' });
    const { found, warnings } = await find(root, {
      manifests: [root, sbom],
      lists: { [root.digest]: indexOf(gone, sbom) },
    });
    assert.deepEqual(found, digests(sbom));
    assert.match(
      warnings.join(),
      new RegExp(`${gone.digest} is listed as a referrer of .*${root.digest}, but is missing`),
    );
  });

  test('of an unsupported type make the copy fail instead of being skipped', async () => {
    const old = content({ artifactType: 'text/old', blobs: [] }, 'application/vnd.oci.artifact.manifest.v1+json');
    const holdings = { manifests: [root, old], lists: { [root.digest]: indexOf(old) } };
    await assert.rejects(find(root, holdings), { code: 'oci.artifact-manifest' });
  });

  test('of the manifests of an index are found at each level, and so are referrers of referrers', async () => {
    const [amd64, arm64] = [image('amd64'), image('arm64')];
    const inner = indexOf(arm64);
    const outer = indexOf(amd64, inner);
    const onChild = referrer(arm64, { artifactType: 'text/a' });
    const onReferrer = referrer(onChild, { artifactType: 'text/b' });
    const onIndex = content({ manifests: [descriptor(amd64)], subject: descriptor(inner) }, OCI_INDEX);
    const lists = {
      [arm64.digest]: indexOf(onChild),
      [onChild.digest]: indexOf(onReferrer),
      [inner.digest]: indexOf(onIndex),
    };
    const manifests = [outer, inner, amd64, arm64, onChild, onReferrer, onIndex];
    assert.deepEqual((await find(outer, { manifests, lists })).found, digests(onChild, onReferrer, onIndex));
  });

  test('that are nested without end are rejected, not cut off', async () => {
    const chain = [root];
    for (let depth = 0; depth < 40; depth++) chain.push(referrer(chain.at(-1) ?? root));
    const lists = Object.fromEntries(chain.slice(1).map((each, n) => [chain[n]?.digest ?? '', indexOf(each)]));
    await assert.rejects(find(root, { manifests: chain, lists }), { code: 'oci.referrers-invalid', message: /deep/ });
    const short = await find(root, {
      manifests: chain.slice(0, 12),
      lists: { ...lists, [chain[11]?.digest ?? '']: 404 },
    });
    assert.equal(short.found.length, 11);
  });
});

describe('cosign’s signatures', () => {
  const cosign = { cosignSignatures: true, referrers: false };
  const sbom = referrer(root, { artifactType: 'text/spdx' });

  test('are recognized by the type in the list, in the manifest, of its config or of its layer', async () => {
    const signatures = [
      referrer(root, { artifactType: BUNDLE }),
      referrer(root, { artifactType: 'application/vnd.dev.sigstore.bundle+json;version=0.2' }),
      referrer(root, { configType: 'application/vnd.dev.cosign.artifact.sig.v1+json' }),
      referrer(root, { layerType: BUNDLE }),
    ];
    const typed = (each: Content, artifactType: string) => ({ ...descriptor(each), artifactType });
    const lists = {
      [root.digest]: indexOf(
        typed(signatures[0] ?? root, BUNDLE),
        typed(signatures[1] ?? root, EMPTY),
        typed(signatures[2] ?? root, 'application/vnd.dev.cosign.artifact.sig.v1+json'),
        signatures[3] ?? root,
        sbom,
      ),
    };
    const { found } = await find(root, { manifests: [root, sbom, ...signatures], lists }, cosign);
    assert.deepEqual(found, digests(...signatures));
  });

  test('are the only manifests that are read if the list states all types', async () => {
    const lists = { [root.digest]: indexOf({ ...descriptor(sbom), artifactType: 'text/spdx' }) };
    const { found, urls } = await find(root, { manifests: [root, sbom], lists }, cosign);
    assert.deepEqual(found, []);
    assert.ok(!urls.some((url) => url.includes(sbom.digest)), urls.join(' '));
  });

  test('of the manifests of an index are found, but not referrers of signatures', async () => {
    const child = image('child');
    const index = indexOf(child);
    const signature = referrer(child, { artifactType: BUNDLE });
    const tagged = image('signature');
    const { found } = await find(
      index,
      {
        manifests: [index, child, signature, tagged],
        tags: { [`${tagOf(child)}.sig`]: tagged },
        lists: {
          [child.digest]: indexOf(signature),
          [signature.digest]: indexOf(referrer(signature, { artifactType: BUNDLE })),
        },
      },
      cosign,
    );
    assert.deepEqual(found, digests(signature, tagged));
  });
});
