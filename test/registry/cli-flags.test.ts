// Each flag of copy with what is different with it: real registries, and the real imgpkg where it has the same flag.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { carvelAirgap, type CliOptions } from '../support/cli.ts';
import { fixtureDigest, fixtureTar } from '../support/fixture.ts';
import { startCountingProxy, startHttpServer } from '../support/http-server.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { imgpkg } from '../support/imgpkg.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';

const FOREIGN = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip';
const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
/** An image of the fixture, which imgpkg accepts too. */
const FIXTURE_IMAGE = 'sha256:1af08b12384c58f685943133f5242369430ab16a9bc56b1fe6a4a23f7468f166';
const USER = { name: 'robot', password: 'correct-horse' };

describe('each flag of copy:', () => {
  let vendor: Registry;
  let inside: Registry;
  let locked: Registry;
  let secure: Registry;
  let folder: TemporaryFolder;
  let bundle = '';
  let image: RawRepository;
  let imageDigest = '';

  before(async () => {
    vendor = await startRegistry({ foreignLayers: true });
    inside = await startRegistry({ foreignLayers: true, accessLog: true });
    locked = await startRegistry({ user: USER });
    secure = await startRegistry({ tls: {} });
    folder = await makeTemporaryFolder('cli-flags');
    bundle = `${vendor.host}/vendor/packages:v1.0.0`;
    await copies(['--tar', fixtureTar], `${vendor.host}/vendor/packages`);
    image = new RawRepository(vendor.host, 'apps/image');
    imageDigest = await image.pushImage('v1', [randomBytes(5000), randomBytes(10)]);
  });
  after(async () => {
    await folder?.remove();
    for (const registry of [vendor, inside, locked, secure]) await registry?.stop();
  });

  const file = (name: string) => join(folder.path, name);
  async function copies(args: readonly string[], to: string, options: CliOptions = {}) {
    const outcome = await carvelAirgap(['copy', ...args, '--to-repo', to], options);
    assert.equal(outcome.code, 0, outcome.stderr);
    return outcome;
  }
  async function refused(args: readonly string[], options: CliOptions = {}): Promise<string> {
    const outcome = await carvelAirgap(['copy', ...args], options);
    assert.equal(outcome.code, 1, outcome.stdout);
    return outcome.stderr;
  }
  const target = (path: string) => new RawRepository(inside.host, path);

  test('-i copies an image, as imgpkg does, and rejects a bundle', async () => {
    const reference = `${vendor.host}/vendor/packages@${FIXTURE_IMAGE}`;
    await copies(['-i', reference], target('i/ours').name);
    const theirs = await imgpkg(['copy', '-i', reference, '--to-repo', target('i/theirs').name]);
    assert.equal(theirs.code, 0, theirs.stderr);
    assert.deepEqual(await target('i/ours').tags(), await target('i/theirs').tags());
    const stderr = await refused(['-i', bundle, '--to-repo', target('i/none').name]);
    assert.match(stderr, /Expected bundle flag when copying a bundle \(hint: Use -b instead of -i for bundles\)/);
  });

  test('--ignore-bundle-check copies a bundle alone', async () => {
    await copies(['-i', bundle, '--ignore-bundle-check'], target('opaque').name);
    assert.deepEqual(new Set((await target('opaque').tags()).values()), new Set([fixtureDigest]));
  });

  test("--lock accepts the lock that --lock-output wrote, which is imgpkg's", async () => {
    const [ours, theirs] = [file('ours.yml'), file('theirs.yml')];
    await copies(['-b', bundle, '--lock-output', ours], target('lock/one').name);
    await imgpkg(['copy', '-b', bundle, '--to-repo', target('lock/theirs').name, '--lock-output', theirs]);
    assert.equal(await readFile(ours, 'utf8'), (await readFile(theirs, 'utf8')).replace('/theirs@', '/one@'));
    await copies(['--lock', ours], target('lock/two').name);
    assert.deepEqual(await target('lock/two').tags(), await target('lock/one').tags());
  });

  test('--to-tar writes a tar that verify accepts and --tar imports', async () => {
    const tar = file('bundle.tar');
    const { code, stdout, stderr } = await carvelAirgap(['copy', '-b', bundle, '--to-tar', tar]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, new RegExp(`^Exported \\S+@${fixtureDigest} to ${tar}\n`));
    assert.equal((await carvelAirgap(['verify', tar])).code, 0);
    await copies(['--tar', tar], target('from/tar').name);
    assert.equal(await target('from/tar').digest('v1.0.0'), fixtureDigest);
  });

  test('--resume uses the valid layers of a tar that imgpkg left incomplete', async () => {
    const [tar, whole] = [file('resumed.tar'), file('whole.tar')];
    assert.equal((await carvelAirgap(['copy', '-b', bundle, '--to-tar', whole])).code, 0);
    // As an interrupted imgpkg leaves it: the right size, and zeros where a layer was to come.
    const half = await readFile(whole);
    const layer = 'sha256-1025beebcba718888671bf1f307a62bfc4fb577920acb2fc019ce4541b4c785e';
    const offset = half.indexOf(`${layer}.tar.gz`) + 512;
    half.fill(0, offset, offset + 20_390);
    await writeFile(tar, half);
    const { code, stdout, stderr } = await carvelAirgap(['copy', '-b', bundle, '--to-tar', tar, '--resume']);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /\n5 blobs: 1 copied, 0 mounted, 4 already there\n23\.4 kB copied/);
    assert.ok((await readFile(tar)).equals(await readFile(whole)));
    const complete = await carvelAirgap(['copy', '-b', bundle, '--to-tar', tar]);
    assert.match(complete.stdout, /\n5 blobs: 5 copied/);
  });

  test('--repo-based-tags names internal tags after the repository, as imgpkg does', async () => {
    await copies(['-b', bundle, '--repo-based-tags'], target('based/ours').name);
    await imgpkg(['copy', '-b', bundle, '--to-repo', target('based/theirs').name, '--repo-based-tags']);
    const ours = [...(await target('based/ours').tags()).keys()];
    const theirs = [...(await target('based/theirs').tags()).keys()];
    const named = (tags: string[]) => tags.filter((tag) => !tag.startsWith('sha256-'));
    assert.deepEqual(named(ours), named(theirs));
    assert.ok(ours.includes(`vendor-packages-${fixtureDigest.replace(':', '-')}.imgpkg`), ours.join(' '));
  });

  test('--cosign-signatures copies .sig, and --referrers also .att', async () => {
    const tag = (suffix: string) => `${imageDigest.replace(':', '-')}.${suffix}`;
    for (const suffix of ['sig', 'att']) await image.pushImage(tag(suffix), [randomBytes(20)]);
    const found = async (path: string, flags: string[]) => {
      await copies(['-i', `${image.name}:v1`, ...flags], target(path).name);
      const tags = await target(path).tags();
      return ['sig', 'att'].filter((suffix) => tags.has(tag(suffix)));
    };
    assert.deepEqual(await found('signed/none', []), []);
    assert.deepEqual(await found('signed/sig', ['--cosign-signatures']), ['sig']);
    assert.ok((await found('signed/all', ['--cosign-signatures', '--referrers'])).includes('att'));
  });

  test("--include-non-distributable-layers copies them; without it they are named, in imgpkg's words", async () => {
    const repository = new RawRepository(vendor.host, 'apps/windows');
    const layer = { mediaType: FOREIGN, ...(await repository.pushBlob(randomBytes(300))) };
    const rootfs = { type: 'layers', diff_ids: [layer.digest] };
    const config = await repository.pushBlob(Buffer.from(JSON.stringify({ rootfs })));
    const manifest = {
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: { mediaType: 'application/vnd.docker.container.image.v1+json', ...config },
      layers: [{ ...layer, urls: ['https://layers.example/base'] }],
    };
    await repository.pushManifest('v1', manifest, MANIFEST);
    const tar = file('windows.tar');
    const without = await carvelAirgap(['copy', '-i', `${repository.name}:v1`, '--to-tar', tar]);
    assert.equal(without.code, 0, without.stderr);
    const warning = (stdout: string) => /copy \| Warning:.*(?:\ncopy \| {2}.*)*\n/.exec(stdout)?.[0];
    const theirs = await imgpkg(['copy', '--tty', '-i', `${repository.name}:v1`, '--to-tar', file('theirs.tar')]);
    assert.ok(warning(theirs.stdout)?.includes(`copy |      - ${layer.digest}\n`), theirs.stdout);
    assert.equal(warning(without.stderr), warning(theirs.stdout));
    const leftOut = await carvelAirgap(['verify', tar]);
    assert.equal(leftOut.code, 0, leftOut.stdout);
    assert.match(leftOut.stdout, /^skipped \(non-distributable\)/m);
    await rm(tar);
    await carvelAirgap(['copy', '-i', `${repository.name}:v1`, '--to-tar', tar, '--include-non-distributable-layers']);
    assert.ok((await readFile(tar)).includes(layer.digest.replace(':', '-')));
    assert.equal((await carvelAirgap(['verify', tar])).stdout.includes('skipped'), false);
  });

  test('--to-tag names the result', async () => {
    await copies(['-b', bundle, '--to-tag', 'approved'], target('tagged').name);
    const tags = await target('tagged').tags();
    assert.equal(tags.get('approved'), fixtureDigest);
    assert.equal(tags.has('v1.0.0'), false);
  });

  test('--repair finds a missing blob, where an ordinary copy trusts the tag', async () => {
    const to = target('repaired');
    await copies(['-i', `${image.name}:v1`], to.name);
    const { json } = await image.manifest('v1');
    const [{ digest } = { digest: '' }] = json['layers'] as { digest: string }[];
    const deleted = await fetch(`http://${inside.host}/v2/repaired/blobs/${digest}`, { method: 'DELETE' });
    assert.equal(deleted.status, 202);
    const status = async () =>
      (await fetch(`http://${inside.host}/v2/repaired/blobs/${digest}`, { method: 'HEAD' })).status;
    await copies(['-i', `${image.name}:v1`], to.name);
    assert.equal(await status(), 404);
    await copies(['-i', `${image.name}:v1`, '--repair'], to.name);
    assert.equal(await status(), 200);
  });

  test('--concurrency 1 transfers one blob at a time', async () => {
    const many = new RawRepository(vendor.host, 'apps/many');
    await many.pushImage(
      'v1',
      Array.from({ length: 12 }, () => randomBytes(200_000)),
    );
    const isUpload = ({ method, url = '' }: IncomingMessage) => method === 'PUT' && url.includes('/blobs/');
    const most = async (path: string, flags: string[]) => {
      const proxy = await startCountingProxy(inside.host, isUpload);
      await copies(['-i', `${many.name}:v1`, ...flags], `${proxy.host}/${path}`);
      await proxy.stop();
      return proxy.most();
    };
    assert.equal(await most('one/by-one', ['--concurrency', '1']), 1);
    assert.ok((await most('side/by-side', [])) > 1);
  });

  test('--plan writes nothing, shows each image and blob, and exits 1 while there is something to do', async () => {
    const args = ['copy', '-b', bundle, '--to-repo', target('planned').name, '--plan'];
    const plan = await carvelAirgap(args);
    assert.equal(plan.code, 1, plan.stderr);
    assert.match(plan.stdout, /^Plan: .*:v1\.0\.0 to .*\/planned$/m);
    assert.match(
      plan.stdout,
      new RegExp(`^${vendor.host}/vendor/packages@${fixtureDigest} +bundle +1\\.6 kB +copy$`, 'm'),
    );
    assert.match(
      plan.stdout,
      /^5 images: 5 to copy, 0 already there\n11 blobs: 11 to copy\n42\.3 kB of 42\.3 kB to copy$/m,
    );
    assert.match(plan.stdout, new RegExp(`^The tag v1\\.0\\.0 would be created: ${fixtureDigest}$`, 'm'));
    const asked = (await inside.requests()).filter(({ path }) => path.startsWith('/v2/planned/'));
    assert.ok(asked.length > 0);
    assert.deepEqual(
      asked.filter(({ method }) => method !== 'GET' && method !== 'HEAD'),
      [],
    );
    assert.deepEqual(await target('planned').tags(), new Map());
    await copies(['-b', bundle], target('planned').name);
    const again = await carvelAirgap(args);
    assert.equal(again.code, 0, again.stdout);
    assert.match(again.stdout, /5 images: 0 to copy, 5 already there/);
  });

  test('--plan shows blobs that would be mounted, a tag that would move, and the disk space for a tar', async () => {
    const to = new RawRepository(vendor.host, 'mirror/packages');
    const other = await to.pushImage('v1.0.0', [randomBytes(3)]);
    const plan = await carvelAirgap(['copy', '-b', bundle, '--to-repo', to.name, '--plan', '--json']);
    const document = JSON.parse(plan.stdout) as Record<string, unknown>;
    assert.equal(document['apiVersion'], 'carvel-airgap/v1');
    assert.equal(document['kind'], 'Plan');
    const actions = (document['blobs'] as { action: string }[]).map(({ action }) => action);
    assert.deepEqual(
      actions,
      Array.from({ length: 11 }, () => 'mount'),
    );
    assert.deepEqual(document['tags'], [{ name: 'v1.0.0', digest: fixtureDigest, current: other, moves: true }]);
    const tar = file('planned.tar');
    const toTar = await carvelAirgap(['copy', '-b', bundle, '--to-tar', tar, '--plan', '--json']);
    const { totals } = JSON.parse(toTar.stdout) as { totals: { bytesOnDisk: number } };
    assert.equal(existsSync(tar), false);
    await carvelAirgap(['copy', '-b', bundle, '--to-tar', tar]);
    assert.equal((await readFile(tar)).byteLength, totals.bytesOnDisk);
    assert.match(
      (await carvelAirgap(['copy', '-b', bundle, '--to-tar', file('x.tar'), '--plan'])).stdout,
      /^Disk needed for the tar: [\d.]+ kB$/m,
    );
  });

  test('--column shows only these columns', async () => {
    const args = ['copy', '-i', `${image.name}:v1`, '--to-repo', target('columns').name, '--plan'];
    const { stdout } = await carvelAirgap([...args, '--column', 'kind,action']);
    assert.match(stdout, /\nKind +Action\nimage +copy\nblob +copy\n/);
    assert.match((await carvelAirgap([...args, '--column', 'color'])).stderr, /There is no column 'color'/);
  });

  test('--tty shows the progress line without a terminal', async () => {
    const run = (flags: string[]) => copies(['-i', `${image.name}:v1`, ...flags], target('moving').name);
    const plain = await run([]);
    assert.equal((plain.stderr + plain.stdout).includes('\u001b'), false);
    const { stderr } = await run(['--tty']);
    assert.ok(stderr.includes('\r\u001b[K100 % · '), stderr);
  });

  test('--debug has a line for each request: no query, no header, no password', async () => {
    const env = { IMGPKG_USERNAME: USER.name, IMGPKG_PASSWORD: USER.password };
    const { stderr } = await copies(['-i', `${image.name}:v1`, '--debug'], `${locked.host}/debugged`, { env });
    assert.match(stderr, new RegExp(`^debug \\| GET http://${vendor.host}/v2/ 200 \\d+ ms$`, 'm'));
    assert.match(
      stderr,
      new RegExp(`^debug \\| PUT http://${locked.host}/v2/debugged/blobs/uploads/[\\w-]+ 201 \\d+ ms$`, 'm'),
    );
    assert.ok(!stderr.includes('?') && !stderr.includes(USER.password) && !/authorization|basic/i.test(stderr), stderr);
    const quiet = await copies(['-i', `${image.name}:v1`], `${locked.host}/debugged`, { env });
    assert.ok(!quiet.stderr.includes('debug |'));
  });

  test('-y and --yes are accepted, as by imgpkg', async () => {
    await copies(['-y', '-i', `${image.name}:v1`], target('yes').name);
    await copies(['--yes', '-i', `${image.name}:v1`], target('yes').name);
  });

  test('--registry-username and --registry-password take precedence over docker login', async () => {
    await writeDockerConfig('wrong-horse');
    const env = { DOCKER_CONFIG: folder.path };
    const flags = ['--registry-username', USER.name, '--registry-password', USER.password];
    await copies(['-i', `${image.name}:v1`, ...flags], `${locked.host}/by/flags`, { env });
    const stderr = await refused(['-i', `${image.name}:v1`, '--to-repo', `${locked.host}/by/nobody`], { env });
    assert.match(stderr, /UNAUTHORIZED/);
    assert.ok(!stderr.includes('wrong-horse'));
  });

  test('IMGPKG_REGISTRY_* apply to their registry and take precedence over the flags, as in imgpkg', async () => {
    const env = {
      IMGPKG_REGISTRY_HOSTNAME_0: locked.host,
      IMGPKG_REGISTRY_USERNAME_0: USER.name,
      IMGPKG_REGISTRY_PASSWORD_0: USER.password,
    };
    const reference = `${vendor.host}/vendor/packages@${FIXTURE_IMAGE}`;
    const flags = ['-i', reference, '--registry-username', 'x', '--registry-password', 'y'];
    await copies(flags, `${locked.host}/by/keychain`, { env });
    const theirs = await imgpkg(['copy', ...flags, '--to-repo', `${locked.host}/by/imgpkg`], { env });
    assert.equal(theirs.code, 0, theirs.stderr);
    const unknown = { IMGPKG_REGISTRY_USER: 'x' };
    const ours = await refused(['-i', `${image.name}:v1`, '--to-repo', target('unknown/variable').name], {
      env: unknown,
    });
    const [text = ''] = (
      await imgpkg(['copy', '-i', `${image.name}:v1`, '--to-repo', target('unknown/variable').name], { env: unknown })
    ).stderr
      .split('\n')
      .slice(-2);
    assert.ok(ours.includes(text.trim()) && text.includes('Unknown env variable'), `${ours} ${text}`);
  });

  test('--registry-anon sends no credentials, not even those of docker login', async () => {
    await writeDockerConfig(USER.password);
    const env = { DOCKER_CONFIG: folder.path };
    await copies(['-i', `${image.name}:v1`], `${locked.host}/by/docker`, { env });
    const args = ['-i', `${image.name}:v1`, '--to-repo', `${locked.host}/by/docker`];
    assert.match(await refused([...args, '--registry-anon'], { env }), /requires credentials/);
    assert.match(await refused(args, { env: { ...env, IMGPKG_ANON: 'true' } }), /requires credentials/);
  });

  test('--registry-token is sent unchanged', async () => {
    const seen: (string | undefined)[] = [];
    const server = await startHttpServer(({ headers, url }, answer) => {
      if (url !== '/v2/') seen.push(headers.authorization);
      answer.writeHead(401, { 'www-authenticate': `Bearer realm="http://${headers.host ?? ''}/token"` }).end();
    });
    const args = ['-i', `${server.host}/apps/x:v1`, '--to-repo', target('token').name, '--registry-token', 'my-token'];
    const stderr = await refused(args);
    await server.stop();
    assert.ok(seen.includes('Bearer my-token'), seen.join());
    assert.ok(!stderr.includes('my-token'));
  });

  test('--trust-token-realm allows sending the password to a token server on another host', async () => {
    let asked = 0;
    const tokens = await startHttpServer((_, answer) => {
      asked++;
      answer.end(JSON.stringify({ token: 'good' }));
    });
    // Another name of the same machine.
    const elsewhere = tokens.host.replace('127.0.0.1', 'localhost');
    const server = await startHttpServer(({ headers }, answer) => {
      const isGood = headers.authorization === 'Bearer good';
      answer.writeHead(isGood ? 404 : 401, { 'www-authenticate': `Bearer realm="http://${elsewhere}/token"` }).end();
    });
    const env = { IMGPKG_USERNAME: 'me', IMGPKG_PASSWORD: 'secret' };
    const args = ['-i', `${server.host}/apps/x:v1`, '--to-repo', target('realm').name];
    assert.match(await refused(args, { env }), new RegExp(`allow it with --trust-token-realm ${elsewhere}`));
    assert.equal(asked, 0);
    await refused([...args, '--trust-token-realm', elsewhere], { env });
    assert.ok(asked > 0);
    await server.stop();
    await tokens.stop();
  });

  test('--registry-ca-cert-path trusts a certificate, --registry-verify-certs=false all', async () => {
    const args = ['-i', `${image.name}:v1`];
    const stderr = await refused([...args, '--to-repo', `${secure.host}/x/none`]);
    assert.match(stderr, /signed by an unknown authority/);
    await copies([...args, '--registry-ca-cert-path', secure.caFile ?? ''], `${secure.host}/x/ca`);
    await copies([...args, '--registry-verify-certs=false'], `${secure.host}/x/any`);
    const missing = await refused([
      ...args,
      '--to-repo',
      `${secure.host}/x/y`,
      '--registry-ca-cert-path',
      file('none.pem'),
    ]);
    assert.match(missing, /Reading CA certificates from '.*none\.pem':/);
  });

  test('--registry-insecure allows http beyond loopback and private addresses', async () => {
    const host = inside.host.replace('127.0.0.1', '0.0.0.0');
    assert.match(
      await refused(['-i', `${image.name}:v1`, '--to-repo', `${host}/plain/http`]),
      /speaks HTTP, not HTTPS/,
    );
    await copies(['-i', `${image.name}:v1`, '--registry-insecure'], `${host}/plain/http`);
  });

  test('--registry-response-header-timeout limits the wait for a response', { timeout: 30_000 }, async () => {
    const server = await startHttpServer(({ url }, answer) => {
      if (url === '/v2/') answer.end();
    });
    const flags = ['--registry-response-header-timeout', '300ms', '--registry-retry-count', '1'];
    const stderr = await refused(['-i', `${server.host}/apps/x:v1`, '--to-repo', target('slow').name, ...flags]);
    assert.match(stderr, /timeout awaiting response headers/);
    await server.stop();
  });

  test('--registry-retry-count limits how often a request is sent', async () => {
    let sent = 0;
    const server = await startHttpServer(({ url }, answer) => {
      if (url === '/v2/') answer.end();
      else {
        sent++;
        answer.writeHead(503).end();
      }
    });
    for (const [given, tries] of [
      ['0', 1],
      ['1', 1],
      ['2', 2],
    ] as const) {
      sent = 0;
      const args = [
        '-i',
        `${server.host}/apps/x:v1`,
        '--to-repo',
        target('retry').name,
        '--registry-retry-count',
        given,
      ];
      assert.match(await refused(args), /answered 503/);
      assert.equal(sent, tries);
    }
    await server.stop();
  });

  test(
    '--stall-timeout abandons a connection on which nothing moves, and continues with another',
    { timeout: 60_000 },
    async () => {
      const proxy = await startFaultProxy(vendor);
      const layer = { method: 'GET', path: /\/blobs\//, times: 2, action: { do: 'stall', afterAnswer: 1 } } as const;
      proxy.arm([layer]);
      const { stderr } = await copies(
        ['-i', `${proxy.host}/apps/image:v1`, '--stall-timeout', '400ms'],
        target('stalled').name,
      );
      assert.match(stderr, /retrying .* \(1\): The connection to .* was lost/);
      assert.equal(await target('stalled').digest('v1'), imageDigest);
      await proxy.stop();
    },
  );

  async function writeDockerConfig(password: string): Promise<void> {
    const auth = Buffer.from(`${USER.name}:${password}`).toString('base64');
    await writeFile(file('config.json'), JSON.stringify({ auths: { [locked.host]: { auth } } }));
  }
});
