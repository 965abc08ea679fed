// Referrers as tools see them that have no part in copying them: oras lists them, and Notation and cosign verify them.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import type { RelocationOptions } from '../../src/relocation/request/request.ts';
import { type Cosign, startCosign } from '../support/cosign.ts';
import { inProcess, relocate } from '../support/engines.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { type Notation, startNotation } from '../support/notation.ts';
import { startOlareg } from '../support/olareg.ts';
import { attach, discover } from '../support/oras.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';
import { createSigstoreAuthority, ISSUER, type SigstoreAuthority, SUBJECT } from '../support/sigstore-authority.ts';

const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const SIGSTORE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const NOTATION = 'application/vnd.cncf.notary.signature';
const ATTACHED = ['application/spdx+json', 'application/vnd.openvex+json', 'application/vnd.example.other'];

/** olareg has the referrers API, the others need fallback tags. */
const REGISTRIES = {
  olareg: () => startOlareg(),
  'Distribution 2.8': () => startRegistry({ program: 'Distribution 2.8' }),
  'Distribution 3': () => startRegistry({ program: 'Distribution 3' }),
};
type RegistryName = keyof typeof REGISTRIES;
const names = Object.keys(REGISTRIES) as RegistryName[];

interface Origin {
  readonly repository: RawRepository;
  /** A bundle, an image, an index and its children. */
  readonly digests: readonly string[];
  /** What oras lists for each of them. */
  readonly referrers: ReadonlyMap<string, readonly string[]>;
}

describe('other tools', () => {
  const registries = {} as Record<RegistryName, Registry>;
  const engine = inProcess();
  let folder: TemporaryFolder;
  let notation: Notation;
  let cosign: Cosign;
  let authority: SigstoreAuthority;
  let copies = 0;

  before(async () => {
    folder = await makeTemporaryFolder('judges');
    [notation, cosign, authority] = await Promise.all([
      startNotation(),
      startCosign(),
      createSigstoreAuthority(folder.path, 'vendor'),
    ]);
    for (const name of names) registries[name] = await REGISTRIES[name]();
  });
  after(async () => {
    for (const name of names) await registries[name]?.stop();
    await notation?.remove();
    await cosign?.remove();
    await folder?.remove();
  });

  const target = (registry: RegistryName) => new RawRepository(registries[registry].host, `inside/copy-${copies++}`);

  async function direct({ repository }: Origin, to: RawRepository, options: RelocationOptions): Promise<void> {
    await relocate(engine, { kind: 'any', reference: `${repository.name}:v1` }, to.name, { options });
  }
  async function throughTar({ repository }: Origin, to: RawRepository, options: RelocationOptions): Promise<void> {
    const path = join(folder.path, `${copies++}.tar`);
    const signal = new AbortController().signal;
    const source = { kind: 'any', reference: `${repository.name}:v1` } as const;
    const planned = await engine.plan(
      { source, destination: { kind: 'archive', path }, options },
      { signal, depth: 'run' },
    );
    await planned.run({ signal });
    await relocate(engine, { kind: 'archive', path }, to.name);
  }
  const PATHS = { 'registry to registry': direct, 'through a tar': throughTar };

  /** Signed by Notation in both of its formats, by cosign and by an identity, with attached files. */
  async function makeOrigin(registry: RegistryName): Promise<Origin> {
    const repository = new RawRepository(registries[registry].host, 'vendor/app');
    const image = await repository.pushImage('image', [randomBytes(20)]);
    const manifests = [];
    for (const architecture of ['amd64', 'arm64']) {
      const digest = await repository.pushImage(architecture, [randomBytes(20)]);
      const { bytes, mediaType } = await repository.manifest(digest);
      manifests.push({ mediaType, digest, size: bytes.byteLength, platform: { os: 'linux', architecture } });
    }
    const index = await repository.pushManifest(
      'index',
      { schemaVersion: 2, mediaType: OCI_INDEX, manifests },
      OCI_INDEX,
    );
    const bundle = await repository.pushBundle(
      'v1',
      [image, index].map((digest) => `${repository.name}@${digest}`),
    );
    const digests = [bundle, image, index, ...manifests.map(({ digest }) => digest)];
    const references = digests.map((digest) => `${repository.name}@${digest}`);
    await notation.sign(references, 'jws');
    await notation.sign(references, 'cose');
    const content = join(folder.path, `content-${copies++}`);
    for (const [at, reference] of references.entries()) {
      await writeFile(content, JSON.stringify(await authority.sign(digests[at] ?? '')));
      await attach(reference, SIGSTORE, content);
      for (const type of ATTACHED) {
        await writeFile(content, randomBytes(10).toString('hex'));
        await attach(reference, type, content);
      }
    }
    for (const reference of references.slice(0, 3)) await cosign.sign(reference);
    const referrers = new Map<string, readonly string[]>();
    for (const digest of digests) referrers.set(digest, await discover(`${repository.name}@${digest}`));
    return { repository, digests, referrers };
  }

  for (const origin of ['olareg', 'Distribution 2.8'] as const) {
    describe(`find what they made in ${origin}`, () => {
      let made: Origin;
      before(async () => {
        made = await makeOrigin(origin);
      });

      test('there', () => {
        for (const [digest, listed] of made.referrers) {
          const kinds = listed.map((text) => text.split(' ')[0]);
          assert.deepEqual(kinds, [...ATTACHED, NOTATION, NOTATION, SIGSTORE, SIGSTORE].sort(), digest);
        }
      });

      for (const [path, copy] of Object.entries(PATHS)) {
        for (const destination of names) {
          test(`in ${destination} after --referrers ${path}`, async () => {
            const to = target(destination);
            await copy(made, to, { referrers: true });
            for (const [digest, listed] of made.referrers) {
              assert.deepEqual(await discover(`${to.name}@${digest}`), listed);
            }
            assert.equal(await notation.verify(made.digests.map((digest) => `${to.name}@${digest}`)), undefined);
            for (const digest of made.digests) {
              const reference = `${to.name}@${digest}`;
              const complaint = await cosign.verifyKeyless(reference, authority.trustedRoot, SUBJECT, ISSUER);
              assert.equal(complaint, undefined);
            }
          });
        }

        test(`not after a copy without a flag ${path}, nor more than asked for`, async () => {
          const [bare, some] = [target('olareg'), target('Distribution 3')];
          await copy(made, bare, {});
          await copy(made, some, { cosignSignatures: true });
          for (const [digest, listed] of made.referrers) {
            assert.deepEqual(await discover(`${bare.name}@${digest}`), []);
            const ofCosign = listed.filter((text) => text.startsWith(SIGSTORE));
            assert.deepEqual(await discover(`${some.name}@${digest}`), ofCosign);
            assert.match((await notation.verify([`${some.name}@${digest}`])) ?? '', /no signature is associated/);
          }
        });
      }
    });
  }
});
