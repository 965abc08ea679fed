// What a real registry does not do on demand: it says that it has a blob, and when the manifest comes, that it has not; or
// it forgets what it has for a moment.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { Bandwidth } from '../../../src/base/bandwidth.ts';
import type { ManifestNode } from '../../../src/carvel/graph.ts';
import { type Digest, digestOf } from '../../../src/oci/digest.ts';
import { ociError } from '../../../src/oci/errors.ts';
import { DOCKER_MANIFEST, OCI_INDEX } from '../../../src/oci/media-types.ts';
import type { BlobCopy, RelocationDestination } from '../../../src/relocation/destination.ts';
import { makePlan } from '../../../src/relocation/plan/plan.ts';
import { makeLanes } from '../../../src/relocation/blob-copier.ts';
import { runPlan } from '../../../src/relocation/run.ts';
import type { RelocationSource, SourceItem } from '../../../src/relocation/source.ts';
import { VerifiedBytes } from '../../../src/relocation/upload/verified-bytes.ts';

const { signal } = new AbortController();
const layer = Buffer.from('a layer');
const config = Buffer.from('{}');
const descriptor = (bytes: Buffer) => ({ mediaType: 'x', digest: digestOf(bytes), size: bytes.byteLength });
const node: ManifestNode = {
  digest: digestOf(Buffer.from('manifest')),
  mediaType: DOCKER_MANIFEST,
  bytes: Buffer.from('manifest'),
  children: [],
  blobs: [descriptor(config), descriptor(layer)],
};

async function* stream(bytes: Buffer) {
  yield await Promise.resolve(bytes);
}

const source: RelocationSource = {
  isLocal: true,
  exportManifest: undefined,
  signer: undefined,
  lacks: () => false,
  description: 'source',
  discover: () => {
    const root = {
      image: { place: { registry: 'a.example', path: 'app', digest: node.digest }, node, kind: 'image' as const },
    };
    return Promise.resolve({ items: [root], root, bundles: [] });
  },
  cached: () => undefined,
  openBlob: (blob) => Promise.resolve({ body: stream(blob.descriptor.size === 7 ? layer : config), where: 'source' }),
  foreignUrls: () => Promise.resolve(undefined),
  currentDigest: () => Promise.resolve(undefined),
  mountFrom: () => 'app',
  close: () => Promise.resolve(),
};

const refusal = (codes: string) =>
  ociError('status-unexpected', { host: 'a.example', status: 400, reason: 'unknown', step: 'PUT', codes });

/** A registry that takes each blob for there, and lacks them until their bytes were sent. */
class Forgetful implements RelocationDestination {
  readonly description = 'b.example/app';
  readonly registry = 'a.example';
  readonly keepsConfigsWithManifests = false;
  readonly sent: string[] = [];
  readonly forced: boolean[] = [];
  finished = false;
  readonly #mends: boolean;

  constructor(mends: boolean) {
    this.#mends = mends;
  }

  hasImage = () => Promise.resolve(false);
  hasBlob = (digest: string): Promise<boolean> => Promise.resolve(this.sent.includes(digest));
  resolveTag = (_name?: string): Promise<Digest | undefined> => Promise.resolve(undefined);
  sizeOnDisk = () => Promise.resolve(undefined);
  acceptsWithout = () => Promise.resolve(false);
  check = () => Promise.resolve();
  begin = () => Promise.resolve();
  close = () => Promise.resolve();

  async putBlob(copy: BlobCopy) {
    this.forced.push(copy.force === true);
    if (copy.force !== true) return 'present' as const;
    for await (const _ of new VerifiedBytes(copy, signal).take(copy.descriptor.size)) continue;
    if (this.#mends) this.sent.push(copy.descriptor.digest);
    return 'copied' as const;
  }

  putManifest(_node: Pick<ManifestNode, 'digest'>): Promise<void> {
    return this.sent.length === 2 ? Promise.resolve() : Promise.reject(refusal('MANIFEST_BLOB_UNKNOWN'));
  }

  finish() {
    this.finished = true;
    return Promise.resolve();
  }
}

/** A registry that lacks nothing, but knows of nothing until a manifest came so often. */
class Hesitant extends Forgetful {
  readonly manifests: string[] = [];
  readonly #refusals: number;
  readonly #codes: string;

  constructor(refusals: number, codes: string) {
    super(true);
    this.#refusals = refusals;
    this.#codes = codes;
  }

  override hasBlob = () => Promise.resolve(true);

  override putManifest({ digest }: Pick<ManifestNode, 'digest'>): Promise<void> {
    const before = this.manifests.filter((each) => each === digest).length;
    this.manifests.push(digest);
    return before < this.#refusals ? Promise.reject(refusal(this.#codes)) : Promise.resolve();
  }
}

/** A registry that drops a child of an index after it has taken it, once. */
class Dropping extends Forgetful {
  readonly manifests: string[] = [];
  readonly #child: string;

  constructor(child: string) {
    super(true);
    this.#child = child;
  }

  override hasBlob = () => Promise.resolve(true);
  override resolveTag = (name?: string) => Promise.resolve(this.#takings() > 1 ? (name as Digest) : undefined);

  override putManifest(
    { digest }: Pick<ManifestNode, 'digest'>,
    item?: SourceItem,
    _stop?: AbortSignal,
    again?: boolean,
  ): Promise<void> {
    this.manifests.push(`${digest}${again === true ? ' again' : ''}`);
    if (item === undefined || this.#takings() > 1) return Promise.resolve();
    return Promise.reject(refusal('MANIFEST_UNKNOWN'));
  }

  #takings(): number {
    return this.manifests.filter((each) => each.startsWith(this.#child)).length;
  }
}

async function runTo(destination: Forgetful, from: RelocationSource = source) {
  const plan = await makePlan(from, destination, {}, { depth: 'run', signal: signal });
  return runPlan({
    plan,
    source: from,
    destination,
    lanes: makeLanes(2, () => [from, destination]),
    bandwidth: new Bandwidth(),
    onEvent: () => undefined,
    signal,
    keepGoing: false,
  });
}

describe('a registry that lacks content that it claimed to have', () => {
  test('is sent the bytes, whatever it says, and then the manifest again', async () => {
    const destination = new Forgetful(true);
    const result = await runTo(destination);
    assert.deepEqual(destination.forced, [false, false, true, true]);
    assert.equal(result.bytesCopied, layer.byteLength + config.byteLength);
    assert.ok(destination.finished);
  });

  test('is not retried for ever, and no tag is written', async () => {
    const destination = new Forgetful(false);
    await assert.rejects(runTo(destination), { code: 'oci.status-unexpected' });
    assert.equal(destination.forced.length, 4);
    assert.ok(!destination.finished);
  });
});

describe('a registry that briefly forgets its content', () => {
  for (const codes of [
    'MANIFEST_BLOB_UNKNOWN',
    'DIGEST_INVALID MANIFEST_BLOB_UNKNOWN',
    'BLOB_UNKNOWN',
    'DIGEST_INVALID',
  ]) {
    test(`is retried without sending content again: ${codes}`, async () => {
      const destination = new Hesitant(3, codes);
      await runTo(destination);
      assert.equal(destination.manifests.length, 4);
      assert.deepEqual(destination.forced, [false, false]);
      assert.ok(destination.finished);
    });
  }

  test('is not retried for another reason', async () => {
    const destination = new Hesitant(1, 'MANIFEST_INVALID');
    await assert.rejects(runTo(destination), { code: 'oci.status-unexpected' });
    assert.equal(destination.manifests.length, 1);
  });

  test('is sent the bytes of a blob that several manifests share once', async () => {
    const twin = { ...node, digest: digestOf(Buffer.from('twin')), bytes: Buffer.from('twin') };
    const place = { registry: 'a.example', path: 'app' };
    const items = [node, twin].map((each) => ({
      image: { place: { ...place, digest: each.digest }, node: each, kind: 'image' as const },
    }));
    const both: RelocationSource = { ...source, discover: () => Promise.resolve({ items, bundles: [] }) };
    const destination = new Forgetful(true);
    await runTo(destination, both);
    assert.equal(destination.forced.filter((isForced) => isForced).length, 2);
  });

  test('is sent the part of an index that it dropped again', async () => {
    const index: ManifestNode = {
      digest: digestOf(Buffer.from('index')),
      mediaType: OCI_INDEX,
      bytes: Buffer.from('index'),
      children: [node],
      blobs: [],
    };
    const place = { registry: 'a.example', path: 'app', digest: index.digest };
    const root = { image: { place, node: index, kind: 'image' as const } };
    const one: RelocationSource = { ...source, discover: () => Promise.resolve({ items: [root], root, bundles: [] }) };
    const destination = new Dropping(node.digest);
    await runTo(destination, one);
    assert.deepEqual(destination.manifests, [node.digest, index.digest, `${node.digest} again`, index.digest]);
  });
});
