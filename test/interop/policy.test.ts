// A policy lets only signed images pass: signatures by the real cosign, and keyless ones that cosign verifies too.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { access, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import type { ImageResult } from '../../src/relocation/report/report.ts';
import type { Verdict } from '../../src/trust/gate.ts';
import { carvelAirgap } from '../support/cli.ts';
import { type Cosign, type SignatureStore, startCosign } from '../support/cosign.ts';
import { inProcess, relocate } from '../support/engines.ts';
import { schemaViolations } from '../support/json-schema.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { startOlareg } from '../support/olareg.ts';
import { outputOf } from '../support/run-program.ts';
import { RawRepository, sha256 } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';
import { pushSamplePackages } from '../support/sample-packages.ts';
import { createSigstoreAuthority, ISSUER, SUBJECT } from '../support/sigstore-authority.ts';
import type { KeylessBundle, SigstoreAuthority, SignOptions } from '../support/sigstore-authority.ts';

const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const SIMPLE_SIGNING = 'application/vnd.dev.cosign.simplesigning.v1+json';

describe('a policy', () => {
  const engine = inProcess();
  let folder: TemporaryFolder;
  let cosign: Cosign;
  let authority: SigstoreAuthority;
  let olareg: Registry;
  let distribution: Registry;
  let count = 0;
  const fresh = (registry: Registry, name: string) => new RawRepository(registry.host, `${name}/app-${count++}`);

  before(async () => {
    folder = await makeTemporaryFolder('policy');
    [cosign, olareg, distribution] = await Promise.all([
      startCosign(),
      startOlareg(),
      startRegistry({ program: 'Distribution 2.8' }),
    ]);
    authority = await createSigstoreAuthority(folder.path, 'vendor');
  });
  after(async () => {
    await olareg?.stop();
    await distribution?.stop();
    await cosign?.remove();
    await folder?.remove();
  });

  async function writePolicy(requirement: object, scope = ''): Promise<string> {
    const path = join(folder.path, `policy-${count++}.json`);
    const transports = { docker: { [scope]: [{ type: 'sigstoreSigned', ...requirement }] } };
    await writeFile(path, JSON.stringify({ default: [{ type: 'reject' }], transports }));
    return path;
  }
  const keyed = (): Promise<string> => writePolicy({ keyPath: cosign.publicKey });
  const keyless = (root = authority.trustedRoot): Promise<string> =>
    writePolicy({ identities: [{ issuer: ISSUER, subject: SUBJECT }], trustedRootPath: root });

  /** What the policy says about the only image of a repository. */
  async function verdictOn(repository: RawRepository, policy: string): Promise<Verdict | undefined> {
    const source = { kind: 'any', reference: `${repository.name}:v1` } as const;
    const destination = { kind: 'repository', repository: `${distribution.host}/inside/none` } as const;
    const signal = AbortSignal.timeout(60_000);
    const plan = await engine.plan({ source, destination, options: { policy } }, { signal, depth: 'run' });
    await plan.close();
    return plan.view.images.find(({ verdict }) => verdict !== undefined)?.verdict;
  }
  async function refusedBecause(repository: RawRepository, policy: string, reason: RegExp): Promise<void> {
    const verdict = await verdictOn(repository, policy);
    assert.equal(verdict?.admitted, false);
    assert.deepEqual(verdict.signers, []);
    assert.match(verdict.reasons.join('\n'), reason);
  }

  async function pushBundleOf(repository: RawRepository, subject: string, bundle: object): Promise<void> {
    const { bytes, mediaType } = await repository.manifest(subject);
    const content = Buffer.from(JSON.stringify(bundle));
    const manifest = {
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      artifactType: BUNDLE,
      config: { mediaType: 'application/vnd.oci.empty.v1+json', ...(await repository.pushBlob(Buffer.from('{}'))) },
      layers: [{ mediaType: BUNDLE, ...(await repository.pushBlob(content)) }],
      subject: { mediaType, digest: subject, size: bytes.byteLength },
    };
    const text = Buffer.from(JSON.stringify(manifest));
    await repository.pushBytes(sha256(text), text, OCI_MANIFEST);
  }
  async function keylessImage(options: SignOptions = {}): Promise<RawRepository> {
    const repository = fresh(olareg, 'vendor');
    const digest = await repository.pushImage('v1', [randomBytes(20)]);
    await pushBundleOf(repository, digest, await authority.sign(digest, options));
    return repository;
  }
  async function signedImage(store: SignatureStore): Promise<{ repository: RawRepository; digest: string }> {
    const repository = fresh(olareg, 'vendor');
    const digest = await repository.pushImage('v1', [randomBytes(20)]);
    await cosign.sign(`${repository.name}@${digest}`, store);
    return { repository, digest };
  }

  /** A bundle with an image and an index, all signed by a key. */
  async function signedBundle(registry: Registry, store: SignatureStore): Promise<RawRepository> {
    const repository = fresh(registry, 'vendor');
    const image = await repository.pushImage('image', [randomBytes(20)]);
    const child = await repository.pushImage('child', [randomBytes(20)]);
    const { bytes, mediaType } = await repository.manifest(child);
    const manifests = [
      { mediaType, digest: child, size: bytes.byteLength, platform: { os: 'linux', architecture: 'arm64' } },
    ];
    const index = await repository.pushManifest(
      'index',
      { schemaVersion: 2, mediaType: OCI_INDEX, manifests },
      OCI_INDEX,
    );
    const bundle = await repository.pushBundle(
      'v1',
      [image, index].map((digest) => `${repository.name}@${digest}`),
    );
    for (const digest of [bundle, image, index]) await cosign.sign(`${repository.name}@${digest}`, store);
    return repository;
  }

  for (const store of ['bundle', 'tag', 'oci-1-1'] as const) {
    for (const origin of ['olareg', 'Distribution 2.8'] as const) {
      test(`admits a bundle with an image and an index that cosign signed (${store}) in ${origin}, also from a tar`, async () => {
        const registry = origin === 'olareg' ? olareg : distribution;
        // cosign's OCI 1.1 mode needs the referrers API.
        const repository = await signedBundle(store === 'oci-1-1' ? olareg : registry, store);
        const options = { policy: await keyed() };
        const to = fresh(distribution, 'inside');
        const reference = `${repository.name}:v1`;
        const report = await relocate(engine, { kind: 'bundle', reference }, to.name, { options });
        assert.deepEqual(report.policy, { path: options.policy, mode: 'enforce', judged: 3, refused: 0 });
        for (const { verdict } of report.results ?? []) assert.deepEqual(verdict?.signers, [cosign.publicKey]);
        // cosign signs the manifests of an index too, except in its OCI 1.1 mode.
        const left = store === 'oci-1-1' ? 3 : 4;
        assert.equal(report.attachments?.left.signature, left, 'judging a signature does not copy it');

        const path = join(folder.path, `${count++}.tar`);
        const signal = AbortSignal.timeout(60_000);
        const source = { kind: 'bundle', reference } as const;
        const request = { source, destination: { kind: 'archive', path }, options: { referrers: true } } as const;
        await (await engine.plan(request, { signal, depth: 'run' })).run({ signal });
        const imported = await relocate(engine, { kind: 'archive', path }, fresh(olareg, 'inside').name, { options });
        assert.equal(imported.policy?.refused, 0);
      });
    }
  }

  test('judges a subset by the signature of the bundle that it is made from', async () => {
    const vendor = `vendor-${count++}`;
    const { bundle } = await pushSamplePackages(distribution.host, `${vendor}/example-packages`);
    const [repository = ''] = bundle.split(/:v/);
    const path = join(folder.path, `policy-${count++}.json`);
    const docker = {
      [`${distribution.host}/${vendor}`]: [{ type: 'insecureAcceptAnything' }],
      [repository]: [{ type: 'sigstoreSigned', keyPath: cosign.publicKey }],
    };
    await writeFile(path, JSON.stringify({ default: [{ type: 'reject' }], transports: { docker } }));
    const to = fresh(distribution, 'inside');
    const chosen = ['--package', 'web.apps.example.com', '--policy', path, '--to-repo', to.name];

    const refused = await carvelAirgap(['copy', '-b', bundle, ...chosen]);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /does not admit 1 of \d+ images/);
    assert.equal(await to.manifestStatus('v1.0.0'), 404);

    await cosign.sign(bundle, 'tag');
    const report = join(folder.path, 'subset.json');
    const admitted = await carvelAirgap(['copy', '-b', bundle, ...chosen, '--report', report]);
    assert.equal(admitted.code, 0, admitted.stderr);
    const { root, results } = JSON.parse(await readFile(report, 'utf8')) as {
      root: { digest: string };
      results: { digest: string; verdict: Verdict }[];
    };
    assert.equal(await to.digest('v1.0.0'), root.digest);
    const verdict = results.find(({ digest }) => digest === root.digest)?.verdict;
    assert.deepEqual([verdict?.scope, verdict?.signers.length], [repository, 1]);
  });

  test('an audit warns of what is inside without the signatures that the policy requires', async () => {
    const vendor = await signedBundle(olareg, 'bundle');
    const reference = `${vendor.name}:v1`;
    const policy = await keyed();
    const [bare, whole] = [fresh(distribution, 'inside'), fresh(distribution, 'inside')];
    await relocate(engine, { kind: 'bundle', reference }, bare.name, { options: { referrers: false } });
    await relocate(engine, { kind: 'bundle', reference }, whole.name, { options: { referrers: true } });
    const audited = (name: string, ...flags: string[]) => carvelAirgap(['audit', name, '--policy', policy, ...flags]);
    const warned = await audited(`${bare.name}:v1`);
    assert.equal(warned.code, 0, warned.stdout);
    const lines = warned.stdout.match(/Present, but the policy does not admit it \(it is not signed\): \S+/g) ?? [];
    assert.equal(lines.length, 3, warned.stdout);
    const good = await audited(`${whole.name}:v1`);
    assert.equal(good.code, 0, good.stdout);
    assert.doesNotMatch(good.stdout, /does not admit/);
    const image = await vendor.digest('image');
    assert.equal((await audited(`${bare.name}@${image}`, '--strict')).code, 1);
    assert.equal((await audited(`${whole.name}@${image}`, '--strict')).code, 0);
    const broken = await carvelAirgap(['audit', `${whole.name}:v1`, '--policy', join(folder.path, 'none.json')]);
    assert.match(broken.stderr, /Code: trust\.policy-unreadable/);
  });

  test('the report says of each image where it is from, who signed it, what admitted it, and what a scanner said', async () => {
    const vendor = await signedBundle(olareg, 'bundle');
    const mirror = fresh(distribution, 'mirror');
    const reference = `${vendor.name}:v1`;
    await relocate(engine, { kind: 'bundle', reference }, mirror.name, { options: { referrers: true } });
    const policy = await keyed();
    const [json, page] = [join(folder.path, 'evidence.json'), join(folder.path, 'evidence.md')];
    const scan = ['--before-tag', 'echo "$CARVEL_AIRGAP_KIND is clean"'];
    const files = ['--report', json, '--report-markdown', page];
    const to = ['--to-repo', fresh(olareg, 'inside').name];
    const copied = await carvelAirgap([
      'copy',
      '-b',
      `${mirror.name}:v1`,
      '--policy',
      policy,
      ...scan,
      ...files,
      ...to,
    ]);
    assert.equal(copied.code, 0, copied.stderr);

    const report = JSON.parse(await readFile(json, 'utf8')) as { results: ImageResult[] };
    const schema = JSON.parse(
      await readFile(new URL('../../docs/report.schema.json', import.meta.url), 'utf8'),
    ) as object;
    assert.deepEqual(schemaViolations({ ...report }, { ...schema }), []);
    const markdown = await readFile(page, 'utf8');
    assert.equal(report.results.length, 3);
    for (const { reference: from, digest, kind, origin, verdict, scan: said } of report.results) {
      assert.equal(from, `${mirror.name}@${digest}`);
      assert.equal(origin, kind === 'bundle' ? undefined : `${vendor.name}@${digest}`);
      assert.deepEqual(verdict, { admitted: true, scope: 'docker', signers: [cosign.publicKey], reasons: [] });
      assert.equal(said?.output, `${kind} is clean`);
      const row = markdown.split('\n').find((line) => line.startsWith(`| \`${from}\``)) ?? '';
      for (const text of [origin ?? '', '(`docker`)', `signed by \`${cosign.publicKey}\``, 'accepted in']) {
        assert.ok(row.includes(text), row);
      }
      assert.ok(markdown.includes(`### \`${from}\`\n\n\`\`\`\n${kind} is clean\n\`\`\`\n`), markdown);
    }
  });

  test('admits a keyless signature with a trusted root from disk, which cosign verifies as well', async () => {
    const repository = await keylessImage();
    const digest = await repository.digest('v1');
    const judge = (name: string) => cosign.verifyKeyless(`${name}@${digest}`, authority.trustedRoot, SUBJECT, ISSUER);
    assert.equal(await judge(repository.name), undefined);
    const to = fresh(distribution, 'inside');
    const options = { policy: await keyless(), referrers: true };
    const report = await relocate(engine, { kind: 'any', reference: `${repository.name}:v1` }, to.name, { options });
    assert.deepEqual(report.results?.find(({ verdict }) => verdict)?.verdict, {
      admitted: true,
      scope: 'docker',
      signers: [`${SUBJECT} (${ISSUER})`],
      reasons: [],
    });
    assert.equal(await judge(to.name), undefined);
  });

  describe('refuses, and nothing is written,', () => {
    test('a bundle of which one image is not signed', async () => {
      const repository = await signedBundle(olareg, 'bundle');
      const bare = await repository.pushImage('bare', [randomBytes(20)]);
      const bundle = await repository.pushBundle('v1', [`${repository.name}@${bare}`]);
      await cosign.sign(`${repository.name}@${bundle}`);
      const to = fresh(distribution, 'inside');
      const tar = join(folder.path, 'refused.tar');
      const policy = await keyed();
      for (const destination of [
        ['--to-repo', to.name],
        ['--to-tar', tar],
      ]) {
        const args = ['copy', '-b', `${repository.name}:v1`, '--policy', policy, ...destination];
        const { code, stderr } = await carvelAirgap(args);
        assert.equal(code, 1);
        assert.ok(
          stderr.includes(`does not admit 1 of 2 images: ${repository.name}@${bare}: it is not signed`),
          stderr,
        );
      }
      assert.equal((await to.tags()).size, 0);
      await assert.rejects(access(tar));
      await assert.rejects(access(`${tar}.partial`));

      const reportFile = join(folder.path, 'report.json');
      const warned = await carvelAirgap([
        'copy',
        '-b',
        `${repository.name}:v1`,
        '--policy',
        policy,
        '--policy-mode=warn',
        '--to-repo',
        to.name,
        '--report',
        reportFile,
      ]);
      assert.equal(warned.code, 0, warned.stderr);
      assert.match(warned.stderr, /Warning: The policy .* does not admit 1 of 2 images/);
      assert.equal(await to.manifestStatus('v1'), 200);

      const report = JSON.parse(await readFile(reportFile, 'utf8')) as Record<string, unknown>;
      const schema = JSON.parse(
        await readFile(new URL('../../docs/report.schema.json', import.meta.url), 'utf8'),
      ) as object;
      assert.deepEqual(schemaViolations(report, { ...schema }), []);
      assert.deepEqual(report['policy'], { path: policy, mode: 'warn', judged: 2, refused: 1 });

      // A policy on the command line also applies to what a report repeats, which has no policy or only warned.
      const failed = [{ reference: `${repository.name}@${bare}`, digest: bare, code: 'unknown', reason: 'none' }];
      await writeFile(reportFile, JSON.stringify({ ...report, failed }));
      const retried = await carvelAirgap(['copy', '--retry-failed', reportFile, '--policy', policy]);
      assert.equal(retried.code, 1);
      assert.match(retried.stderr, /does not admit 1 of 2 images/);
    });

    for (const store of ['bundle', 'tag', 'oci-1-1'] as const) {
      test(`an image that another key signed (${store})`, async () => {
        const { repository } = await signedImage(store);
        const other = await startCosign();
        try {
          const policy = await writePolicy({ keyPath: other.publicKey });
          await refusedBecause(repository, policy, /not valid: signature verification failed/);
        } finally {
          await other.remove();
        }
      });
    }

    test('a signature of another digest, as a referrer', async () => {
      const repository = await keylessImage({ signedDigest: `sha256:${'0'.repeat(64)}` });
      await refusedBecause(repository, await keyless(), /for another digest/);
    });

    test('a signature of another digest, under the tag of this one', async () => {
      const { repository, digest } = await signedImage('tag');
      const other = await repository.pushImage('v1', [randomBytes(20)]);
      const { bytes, mediaType } = await repository.manifest(`${digest.replace(':', '-')}.sig`);
      await repository.pushBytes(`${other.replace(':', '-')}.sig`, bytes, mediaType);
      await refusedBecause(repository, await keyed(), new RegExp(`for another digest, ${digest}`));
    });

    test('an altered payload under a tag', async () => {
      const { repository, digest } = await signedImage('tag');
      const tag = `${digest.replace(':', '-')}.sig`;
      const { json } = await repository.manifest(tag);
      const [layer = { digest: '' }] = json['layers'] as { digest: string }[];
      const payload = (await repository.blob(layer.digest))
        .toString('utf8')
        .replace('"optional":null', '"optional":{}');
      const altered = { ...layer, ...(await repository.pushBlob(Buffer.from(payload))), mediaType: SIMPLE_SIGNING };
      await repository.pushManifest(tag, { ...json, layers: [altered] }, OCI_MANIFEST);
      await refusedBecause(repository, await keyed(), /not valid/);
    });

    test('an altered payload of a sigstore bundle', async () => {
      const change = (bundle: KeylessBundle): void => {
        const statement = Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString('utf8');
        bundle.dsseEnvelope.payload = Buffer.from(statement.replace('{}', '{"a":1}')).toString('base64');
      };
      await refusedBecause(await keylessImage({ change }), await keyless(), /not valid/);
    });

    test('a signature whose subject was swapped', async () => {
      const signed = await keylessImage();
      const digest = await signed.digest('v1');
      const other = await signed.pushImage('v1', [randomBytes(20)]);
      await pushBundleOf(signed, other, await authority.sign(digest));
      await refusedBecause(signed, await keyless(), /for another digest/);
    });

    test('a signature by somebody else whom the same authority knows', async () => {
      await refusedBecause(
        await keylessImage({ subject: 'https://git.example/vendor/app/release.yml.evil' }),
        await keyless(),
        /signed by https:\/\/git\.example\/vendor\/app\/release\.yml\.evil \(https:\/\/token\.example\), whom the policy does not name/,
      );
      await refusedBecause(await keylessImage({ issuer: 'https://token.evil' }), await keyless(), /whom the policy/);
    });

    test('a signature of another authority', async () => {
      const other = await createSigstoreAuthority(folder.path, 'other');
      await refusedBecause(await keylessImage(), await keyless(other.trustedRoot), /not valid/);
    });

    test('a signature made when its root was no longer valid', async () => {
      const day = 86_400_000;
      const validFor = { start: new Date(Date.now() - 2 * day), end: new Date(Date.now() - day) };
      const expired = await createSigstoreAuthority(folder.path, 'expired', validFor);
      const repository = fresh(olareg, 'vendor');
      const digest = await repository.pushImage('v1', [randomBytes(20)]);
      await pushBundleOf(repository, digest, await expired.sign(digest));
      await refusedBecause(repository, await keyless(expired.trustedRoot), /not valid/);
      const judge = await cosign.verifyKeyless(`${repository.name}@${digest}`, expired.trustedRoot, SUBJECT, ISSUER);
      assert.notEqual(judge, undefined, 'cosign refuses it too');
    });

    test('a signature without a proof of inclusion in the log, or with a wrong one', async () => {
      for (const change of [
        (bundle: KeylessBundle) => delete bundle.verificationMaterial.tlogEntries[0]?.inclusionProof,
        (bundle: KeylessBundle) => void (bundle.verificationMaterial.tlogEntries = []),
        (bundle: KeylessBundle) => {
          const [entry] = bundle.verificationMaterial.tlogEntries;
          if (entry !== undefined)
            entry.canonicalizedBody = Buffer.from('{"kind":"dsse","apiVersion":"0.0.1"}').toString('base64');
        },
        (bundle: KeylessBundle) => void (bundle.mediaType = 'application/vnd.dev.sigstore.bundle+json;version=0.1'),
      ]) {
        await refusedBecause(await keylessImage({ change }), await keyless(), /not valid/);
      }
    });

    test('a signature that is not in the log that a policy with a key demands', async () => {
      const { repository } = await signedImage('bundle');
      const policy = await writePolicy({ keyPath: cosign.publicKey, trustedRootPath: authority.trustedRoot });
      await refusedBecause(repository, policy, /expected 1 tlog entries, got 0/);
    });

    test('an attestation that takes the place of a signature', async () => {
      const repository = fresh(olareg, 'vendor');
      const digest = await repository.pushImage('v1', [randomBytes(20)]);
      await cosign.attest(`${repository.name}@${digest}`);
      await refusedBecause(repository, await keyed(), /attestation .* not a signature/);
    });

    test('a key that is too weak', async () => {
      const { repository } = await signedImage('bundle');
      const weak = join(folder.path, 'weak.pem');
      await outputOf('openssl', ['genrsa', '-out', `${weak}.key`, '1024']);
      await outputOf('openssl', ['rsa', '-in', `${weak}.key`, '-pubout', '-out', weak]);
      await refusedBecause(repository, await writePolicy({ keyPath: weak }), /RSA with 1024 bits, is not allowed/);
    });

    test('a signature that states another name', async () => {
      const { repository } = await signedImage('tag');
      const identity = (signedIdentity: object) => writePolicy({ keyPath: cosign.publicKey, signedIdentity });
      const exact = { type: 'exactRepository', dockerRepository: 'vendor.example/app' };
      await refusedBecause(repository, await identity(exact), /its signature is for .*, not for vendor\.example\/app/);
      const right = { type: 'exactRepository', dockerRepository: repository.name };
      assert.equal((await verdictOn(repository, await identity(right)))?.admitted, true);
      const bundle = await signedImage('bundle');
      await refusedBecause(bundle.repository, await identity(exact), /states no name/);
    });
  });
});
