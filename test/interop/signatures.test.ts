// Signatures made by the real cosign, copied between real registries and verified by cosign at the destination.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import type { RelocationEngine } from '../../src/relocation/engine.ts';
import type { RelocationReport } from '../../src/relocation/report/report.ts';
import type { RelocationOptions } from '../../src/relocation/request/request.ts';
import { carvelAirgap } from '../support/cli.ts';
import { type Cosign, type SignatureStore, startCosign } from '../support/cosign.ts';
import { inProcess, relocate } from '../support/engines.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { startOlareg } from '../support/olareg.ts';
import { RawRepository, sha256 } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';

const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';

/** olareg has the referrers API, the others need fallback tags. */
const REGISTRIES = {
  'Distribution 2.8': () => startRegistry({ program: 'Distribution 2.8' }),
  'Distribution 3': () => startRegistry({ program: 'Distribution 3' }),
  olareg: () => startOlareg(),
};
type RegistryName = keyof typeof REGISTRIES;
const names = Object.keys(REGISTRIES) as RegistryName[];

type Copy = (
  engine: RelocationEngine,
  from: string,
  to: string,
  options: RelocationOptions,
) => Promise<RelocationReport>;

describe('signatures', () => {
  const registries = {} as Record<RegistryName, Registry>;
  let folder: TemporaryFolder;
  let cosign: Cosign;
  const engine = inProcess();
  let copies = 0;
  const target = (registry: RegistryName) => new RawRepository(registries[registry].host, `inside/copy-${copies++}`);

  before(async () => {
    folder = await makeTemporaryFolder('signatures');
    cosign = await startCosign();
    for (const name of names) registries[name] = await REGISTRIES[name]();
  });
  after(async () => {
    for (const name of names) await registries[name]?.stop();
    await cosign?.remove();
    await folder?.remove();
  });

  const direct: Copy = (by, reference, to, options) => relocate(by, { kind: 'any', reference }, to, { options });
  const throughTar: Copy = async (by, reference, to, options) => {
    const path = join(folder.path, `${copies++}.tar`);
    const signal = AbortSignal.timeout(60_000);
    const request = { source: { kind: 'any', reference }, destination: { kind: 'archive', path }, options } as const;
    await (await by.plan(request, { signal, depth: 'run' })).run({ signal });
    return relocate(by, { kind: 'archive', path }, to);
  };
  const PATHS = { 'registry to registry': direct, 'through a tar': throughTar };

  /** A bundle with an image and an index of two platforms; all of them signed. */
  async function signedBundle(registry: RegistryName, store: SignatureStore): Promise<{ name: string; all: string[] }> {
    const repository = new RawRepository(registries[registry].host, `vendor/${store}`);
    const image = await repository.pushImage('image', [randomBytes(20)]);
    const platforms = [];
    for (const architecture of ['amd64', 'arm64']) {
      const digest = await repository.pushImage(architecture, [randomBytes(20)]);
      const { bytes } = await repository.manifest(digest);
      const platform = { os: 'linux', architecture };
      platforms.push({ mediaType: DOCKER_MANIFEST, digest, size: bytes.byteLength, platform });
    }
    const manifests = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: platforms };
    const index = await repository.pushManifest('index', manifests, OCI_INDEX);
    const bundle = await repository.pushBundle(
      'bundle',
      [image, index].map((digest) => `${repository.name}@${digest}`),
    );
    const all = [bundle, image, index, ...platforms.map(({ digest }) => digest)];
    for (const digest of all.slice(0, store === 'oci-1-1' ? undefined : 3)) {
      await cosign.sign(`${repository.name}@${digest}`, store);
    }
    return { name: `${repository.name}:bundle`, all };
  }

  async function assertVerifies(
    place: RawRepository,
    digests: readonly string[],
    store?: SignatureStore,
  ): Promise<void> {
    for (const digest of digests)
      assert.equal(await cosign.verify(`${place.name}@${digest}`, store), undefined, digest);
  }

  for (const origin of ['Distribution 2.8', 'olareg'] as const) {
    describe(`by cosign 3 in ${origin}`, { concurrency: 3 }, () => {
      let bundle: { name: string; all: string[] };
      before(async () => {
        bundle = await signedBundle(origin, 'bundle');
      });

      for (const [flag, options] of [
        ['--cosign-signatures', { cosignSignatures: true }],
        ['--referrers', { referrers: true }],
      ] as const) {
        for (const [path, copy] of Object.entries(PATHS)) {
          for (const destination of names) {
            test(`verify in ${destination} after ${flag} ${path}`, async () => {
              const to = target(destination);
              const report = await copy(engine, bundle.name, to.name, options);
              assert.deepEqual(report.warnings, []);
              await assertVerifies(to, bundle.all);
              const again = await direct(engine, bundle.name, to.name, options);
              assert.equal(again.images.copied, 0, 'a second copy finds everything');
            });
          }
        }
      }
    });
  }

  const STAYS = 'not copied; to copy them, use --referrers';

  for (const origin of ['Distribution 2.8', 'olareg'] as const) {
    test(`by cosign 3 in ${origin} do not verify after a copy without a flag, which says so in one line`, async () => {
      const { name, all } = await signedBundle(origin, 'bundle');
      for (const copy of Object.values(PATHS)) {
        const to = target('Distribution 2.8');
        const plan = await engine.plan(
          { source: { kind: 'any', reference: name }, destination: { kind: 'repository', repository: to.name } },
          { signal: AbortSignal.timeout(60_000), depth: 'show' },
        );
        await plan.close();
        assert.deepEqual(plan.view.attachments, {
          images: 3,
          signed: 3,
          carried: {},
          left: { signature: all.length },
          unknown: 0,
        });
        assert.deepEqual(plan.view.warnings, [`${all.length} signatures ${STAYS}`]);
        await copy(engine, name, to.name, {});
        assert.match((await cosign.verify(`${to.name}@${all[0] ?? ''}`)) ?? '', /no signatures found/);
      }
    });
  }

  test('of all kinds are counted: copied, and left behind', async () => {
    const origin = new RawRepository(registries.olareg.host, 'vendor/counted');
    const digest = await origin.pushImage('v1', [randomBytes(20)]);
    const name = `${origin.name}:v1`;
    await cosign.sign(`${origin.name}@${digest}`);
    await cosign.sign(`${origin.name}@${digest}`, 'tag');
    await cosign.attest(`${origin.name}@${digest}`);
    await origin.pushImage(`${digest.replace(':', '-')}.att`, [randomBytes(20)]);
    for (const type of [
      'application/spdx+json',
      'application/vnd.cncf.notary.signature',
      'application/vnd.openvex+json',
    ])
      await pushReferrer(origin, digest, type);
    const all = { signature: 3, attestation: 2, sbom: 1, vex: 1 };
    const counts = { images: 1, signed: 1, unknown: 0 };

    const nothing = await direct(engine, name, target('olareg').name, {});
    assert.deepEqual(nothing.attachments, { ...counts, carried: {}, left: all });
    assert.deepEqual(nothing.warnings, [`3 signatures, 2 attestations, 1 SBOM and 1 VEX statement ${STAYS}`]);

    const some = await direct(engine, name, target('olareg').name, { cosignSignatures: true });
    const carried = { signature: 2, attestation: 1 };
    assert.deepEqual(some.attachments, { ...counts, carried, left: { signature: 1, attestation: 1, sbom: 1, vex: 1 } });

    const everything = await throughTar(engine, name, target('Distribution 2.8').name, { referrers: true });
    assert.deepEqual(everything.attachments, { ...counts, carried: all, left: {} }, 'a tar is counted as well');
    assert.deepEqual(everything.warnings, []);

    const declined = await direct(engine, name, target('olareg').name, { referrers: false });
    assert.deepEqual(declined.warnings, [], 'who declines is not warned');
  });

  for (const store of ['tag', 'oci-1-1'] as const) {
    test(`by cosign 2, stored as ${store}, verify after --cosign-signatures`, async () => {
      const { name, all } = await signedBundle('olareg', store);
      const ways = Object.values(PATHS).flatMap((copy) =>
        names.map((destination) => [copy, target(destination)] as const),
      );
      await Promise.all(
        ways.map(async ([copy, to]) => {
          await copy(engine, name, to.name, { cosignSignatures: true });
          await assertVerifies(to, all, store);
        }),
      );
    });
  }

  test('come with attestations that verify', async () => {
    const origin = new RawRepository(registries.olareg.host, 'vendor/attested');
    const digest = await origin.pushImage('v1', [randomBytes(20)]);
    await cosign.attest(`${origin.name}@${digest}`);
    for (const options of [{ cosignSignatures: true }, { referrers: true }]) {
      const to = target('Distribution 2.8');
      await throughTar(engine, `${origin.name}:v1`, to.name, options);
      assert.equal(await cosign.verifyAttestation(`${to.name}@${digest}`), undefined);
    }
  });

  test('of referrers are copied by --referrers', async () => {
    const origin = new RawRepository(registries.olareg.host, 'vendor/nested');
    const digest = await origin.pushImage('v1', [randomBytes(20)]);
    const sbom = await pushReferrer(origin, digest, 'text/spdx');
    await cosign.sign(`${origin.name}@${sbom}`);
    const attached = await origin.pushImage(`${digest.replace(':', '-')}.sbom`, [randomBytes(20)]);
    await cosign.sign(`${origin.name}@${attached}`);
    for (const copy of Object.values(PATHS)) {
      const to = target('Distribution 3');
      await copy(engine, `${origin.name}:v1`, to.name, { referrers: true });
      await assertVerifies(to, [sbom, attached]);
    }
  });

  test('are the only referrers that --cosign-signatures copies', async () => {
    const origin = new RawRepository(registries.olareg.host, 'vendor/mixed');
    const digest = await origin.pushImage('v1', [randomBytes(20)]);
    const sbom = await pushReferrer(origin, digest, 'text/spdx');
    await cosign.sign(`${origin.name}@${digest}`);
    const to = target('olareg');
    await direct(engine, `${origin.name}:v1`, to.name, { cosignSignatures: true });
    await assertVerifies(to, [digest]);
    assert.equal(await to.manifestStatus(sbom), 404);
  });

  test('are added to those that the destination already lists', async () => {
    const origin = new RawRepository(registries.olareg.host, 'vendor/merged');
    const digest = await origin.pushImage('v1', [randomBytes(20)]);
    const to = target('Distribution 2.8');
    await direct(engine, `${origin.name}:v1`, to.name, {});
    const own = await startCosign();
    try {
      await own.sign(`${to.name}@${digest}`);
      await cosign.sign(`${origin.name}@${digest}`);
      await direct(engine, `${origin.name}:v1`, to.name, { cosignSignatures: true });
      assert.equal(await own.verify(`${to.name}@${digest}`), undefined);
      await assertVerifies(to, [digest]);
    } finally {
      await own.remove();
    }
  });

  test('that an interrupted copy did not list are listed by the next copy', async () => {
    const origin = new RawRepository(registries.olareg.host, 'vendor/interrupted');
    const digest = await origin.pushImage('v1', [randomBytes(20)]);
    await cosign.sign(`${origin.name}@${digest}`);
    const to = target('Distribution 2.8');
    const copy = () => direct(engine, `${origin.name}:v1`, to.name, { cosignSignatures: true });
    await copy();
    await to.deleteManifest(await to.digest(digest.replace(':', '-')));
    assert.notEqual(await cosign.verify(`${to.name}@${digest}`), undefined);
    await copy();
    await assertVerifies(to, [digest]);
  });

  test('copied by two processes at the same time are all listed', async () => {
    const origins = [
      new RawRepository(registries.olareg.host, 'a/app'),
      new RawRepository(registries.olareg.host, 'b/app'),
    ];
    const [first, second] = origins as [RawRepository, RawRepository];
    const digest = await first.pushImage('v1', [randomBytes(20)]);
    await direct(engine, `${first.name}:v1`, second.name, {});
    const own = await startCosign();
    try {
      await cosign.sign(`${first.name}@${digest}`);
      await own.sign(`${second.name}@${digest}`);
      for (let round = 0; round < 3; round++) {
        const to = target('Distribution 2.8');
        const outcomes = await Promise.all(
          origins.map(({ name }) =>
            carvelAirgap(['copy', '-i', `${name}@${digest}`, '--to-repo', to.name, '--cosign-signatures']),
          ),
        );
        for (const { code, stderr } of outcomes) assert.equal(code, 0, stderr);
        await assertVerifies(to, [digest]);
        assert.equal(await own.verify(`${to.name}@${digest}`), undefined);
      }
    } finally {
      await own.remove();
    }
  });

  test('and 30 SBOMs are copied from a registry that lists referrers in pages', async () => {
    const paged = await startOlareg({ referrersPage: 2000, accessLog: true });
    try {
      const origin = new RawRepository(paged.host, 'vendor/app');
      const digest = await origin.pushImage('v1', [randomBytes(20)]);
      const pushed = [];
      for (let n = 0; n < 30; n++) pushed.push(await pushReferrer(origin, digest, 'text/spdx'));
      await cosign.sign(`${origin.name}@${digest}`);
      const to = target('olareg');
      await direct(engine, `${origin.name}:v1`, to.name, { referrers: true });
      for (const each of pushed) assert.equal(await to.manifestStatus(each), 200);
      const answer = await fetch(
        `http://${registries.olareg.host}/v2/${to.name.split('/').slice(1).join('/')}/referrers/${digest}`,
      );
      assert.equal(((await answer.json()) as { manifests: unknown[] }).manifests.length, 31);
      const pages = (await paged.requests()).filter(({ path }) => path.includes('page='));
      assert.ok(pages.length >= 4, String(pages.length));
    } finally {
      await paged.stop();
    }
  });
});

/** An artifact without content that refers to a manifest (image-spec, "Guidance for an Empty Descriptor"). */
async function pushReferrer(repository: RawRepository, subject: string, artifactType: string): Promise<string> {
  const { bytes, mediaType } = await repository.manifest(subject);
  const empty = { mediaType: 'application/vnd.oci.empty.v1+json', ...(await repository.pushBlob(Buffer.from('{}'))) };
  const artifact = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType,
    config: empty,
    layers: [empty],
    subject: { mediaType, digest: subject, size: bytes.byteLength },
    annotations: { note: randomBytes(4).toString('hex') },
  };
  const text = Buffer.from(JSON.stringify(artifact));
  return repository.pushBytes(sha256(text), text, OCI_MANIFEST);
}
