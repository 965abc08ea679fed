// Signatures of exports, inventories and receipts: cosign, openssl and ssh-keygen verify ours, and we verify theirs.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFile, copyFile, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { carvelAirgap } from '../support/cli.ts';
import type { CliOutcome } from '../support/cli.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';
import { outputOf } from '../support/run-program.ts';
import { copyExport, PASSWORD, SigningKeys } from '../support/signing-keys.ts';
import type { SigningKey } from '../support/signing-keys.ts';

const epoch = { SOURCE_DATE_EPOCH: '1700000000' };

const kinds: Readonly<Record<string, (keys: SigningKeys) => Promise<SigningKey>>> = {
  'a key pair of cosign': (keys) => keys.cosign('cosign'),
  'a P-256 key in PEM': (keys) => keys.pem('p256', 'P-256'),
  'an RSA key in PEM': (keys) => keys.pem('rsa', 'rsa'),
  'an Ed25519 key in PEM': (keys) => keys.pem('ed25519', 'ed25519'),
  'an SSH key ed25519': (keys) => keys.ssh('ssh-ed25519', ['-t', 'ed25519']),
  'an SSH key with a passphrase': (keys) => keys.ssh('ssh-locked', ['-t', 'ed25519'], PASSWORD),
  'an SSH key ecdsa-256': (keys) => keys.ssh('ssh-p256', ['-t', 'ecdsa', '-b', '256']),
  'an SSH key ecdsa-384': (keys) => keys.ssh('ssh-p384', ['-t', 'ecdsa', '-b', '384']),
  'an SSH key ecdsa-521': (keys) => keys.ssh('ssh-p521', ['-t', 'ecdsa', '-b', '521']),
  'an SSH key rsa': (keys) => keys.ssh('ssh-rsa', ['-t', 'rsa', '-b', '2048']),
};

describe('signatures of exports', () => {
  let vendor: Registry;
  let inside: Registry;
  let folder: TemporaryFolder;
  let keys: SigningKeys;
  let digest = '';
  const file = (name: string) => join(folder.path, name);
  const exported = (name: string, args: readonly string[], version = '1.0.0', env = {}) =>
    carvelAirgap(['copy', '-b', `${vendor.host}/app:${version}`, '--to-tar', file(name), ...args], {
      env: { ...epoch, ...env },
    });
  const imported = (name: string, to: string, args: readonly string[]) =>
    carvelAirgap(['copy', '--tar', file(name), '--to-repo', `${inside.host}/${to}`, ...args]);
  const succeeds = async (outcome: Promise<CliOutcome>): Promise<string> => {
    const { code, stdout, stderr } = await outcome;
    assert.equal(code, 0, stderr + stdout);
    return stdout;
  };
  const isAt = async (to: string) => (await new RawRepository(inside.host, to).digest('1.0.0')) === digest;
  /** Runs an import that must be refused before anything is written, and returns its error. */
  const refused = async (outcome: () => Promise<CliOutcome>): Promise<string> => {
    const before = (await inside.requests()).length;
    const { code, stderr } = await outcome();
    assert.equal(code, 1);
    const sent = (await inside.requests()).slice(before).filter(({ method }) => !['GET', 'HEAD'].includes(method));
    assert.deepEqual(sent, []);
    return stderr;
  };

  before(async () => {
    vendor = await startRegistry();
    inside = await startRegistry({ accessLog: true });
    folder = await makeTemporaryFolder('signed');
    keys = await SigningKeys.make();
    const repository = new RawRepository(vendor.host, 'app');
    const same = randomBytes(300_000);
    for (const version of ['1.0.0', '2.0.0', '3.0.0']) {
      const image = await repository.pushImage(`image-${version}`, [same, randomBytes(100_000)]);
      await repository.pushBundle(version, [`${vendor.host}/app@${image}`]);
    }
    digest = await repository.digest('1.0.0');
    await succeeds(exported('plain.tar', []));
  });
  after(async () => {
    await vendor?.stop();
    await inside?.stop();
    await folder?.remove();
    await keys?.remove();
  });

  for (const [kind, make] of Object.entries(kinds)) {
    test(`with ${kind} are verified by the program of the key, and by us`, async () => {
      const key = await make(keys);
      const name = `${kind.replaceAll(/\W+/g, '-')}.tar`;
      await succeeds(exported(name, ['--sign', key.path, '--signed-by', 'Release Team'], '1.0.0', key.env));
      assert.equal(await key.verifyFile(file(`${name}.export.json`)), undefined);
      const required = ['--require-signature', key.publicPath];
      assert.match(await succeeds(imported(name, `by/${kind.length}${name.length}`, required)), /^Signed by \S+/m);
      assert.match(
        await succeeds(carvelAirgap(['verify', file(name), ...required])),
        /Signed by .*, for Release Team$/m,
      );

      const theirs = `theirs-${name}`;
      await copyExport(file('plain.tar'), file(theirs));
      if (kind.includes('passphrase')) return;
      await key.signFile(file(`${theirs}.export.json`));
      await succeeds(imported(theirs, 'theirs', required));
      await appendFile(file(`${theirs}.export.json`), ' ');
      assert.match(await refused(() => imported(theirs, 'never', required)), /was changed|is not a signature of/);
      assert.notEqual(await key.verifyFile(file(`${theirs}.export.json`)), undefined);
    });
  }

  test('with a key in an SSH agent need no private key on the disk', async (context) => {
    const key = await keys.ssh('agent', ['-t', 'ed25519']);
    const socket = join(keys.folder, 'agent.socket');
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
    context.after(() => agent.kill());
    while (!(await stat(socket).catch(() => undefined))) await new Promise((resolve) => setTimeout(resolve, 20));
    await outputOf('ssh-add', ['-q', key.path], { env: { SSH_AUTH_SOCK: socket } });
    await rm(key.path);
    const args = ['--sign', `${key.path}.pub`];
    await succeeds(exported('agent.tar', args, '1.0.0', { SSH_AUTH_SOCK: socket }));
    assert.equal(await key.verifyFile(file('agent.tar.export.json')), undefined);
    const without = await exported('never.tar', args);
    assert.equal(without.code, 1);
    assert.match(without.stderr, /ssh-keygen cannot sign with the key \S+agent\.pub/);
    await assert.rejects(stat(file('never.tar')), { code: 'ENOENT' });
  });

  test('are the same each time with an Ed25519 key, and so are the exports', async () => {
    const key = await keys.ssh('same', ['-t', 'ed25519']);
    await succeeds(exported('same.tar', ['--sign', key.path]));
    const before = await Promise.all(
      ['', '.export.json', '.export.json.sig'].map((suffix) => readFile(file(`same.tar${suffix}`))),
    );
    await succeeds(exported('same.tar', ['--sign', key.path, '--resume=false']));
    for (const [index, suffix] of ['', '.export.json', '.export.json.sig'].entries()) {
      assert.deepEqual(await readFile(file(`same.tar${suffix}`)), before[index], suffix);
    }
    await succeeds(exported('same.tar', ['--resume=false']));
    const names = (await readdir(folder.path)).filter((name) => name.startsWith('same.tar'));
    assert.deepEqual(names.sort(), ['same.tar', 'same.tar.export.json'], 'no signature of the older export is left');
  });

  test('refuse a wrong or missing password before anything is written, and never show it', async () => {
    const [cosign, ssh] = [await keys.cosign('locked'), await keys.ssh('locked-ssh', ['-t', 'ed25519'], PASSWORD)];
    for (const { path } of [cosign, ssh]) {
      const wrong = await exported('never.tar', ['--sign', path, '--debug'], '1.0.0', { COSIGN_PASSWORD: 'mistyped' });
      assert.equal(wrong.code, 1);
      assert.match(wrong.stderr, /The password of the key \S+locked\S* is wrong/);
      assert.doesNotMatch(wrong.stderr + wrong.stdout, /mistyped/);
      assert.match((await exported('never.tar', ['--sign', path])).stderr, /is encrypted, and no password was given/);
      const right = await exported('right.tar', ['--sign', path, '--debug'], '1.0.0', { COSIGN_PASSWORD: PASSWORD });
      assert.equal(right.code, 0, right.stderr);
      assert.doesNotMatch(right.stderr + right.stdout, new RegExp(PASSWORD));
    }
    assert.deepEqual(
      (await readdir(folder.path)).filter((name) => name.startsWith('never')),
      [],
    );
  });

  describe('that are required', () => {
    let key: SigningKey;
    let other: SigningKey;
    let ssh: SigningKey;
    const names = { cosign: 'cosign.tar', ssh: 'ssh.tar' };

    before(async () => {
      [key, other, ssh] = [
        await keys.cosign('required'),
        await keys.cosign('other'),
        await keys.ssh('required-ssh', ['-t', 'ed25519']),
      ];
      await succeeds(exported(names.cosign, ['--sign', key.path], '1.0.0', key.env));
      await succeeds(exported(names.ssh, ['--sign', ssh.path]));
    });

    const faults: Readonly<Record<string, readonly [expected: RegExp, damage: (tar: string) => Promise<void>]>> = {
      'an altered manifest': [
        /\S+\.export\.json is not what was signed by .*: it was changed, or \S+ belongs to another file/,
        async (tar) => {
          const manifest = await readFile(`${tar}.export.json`, 'utf8');
          await writeFile(`${tar}.export.json`, manifest.replace('"sequence": 1', '"sequence": 9'));
        },
      ],
      'an altered layer': [
        /\S+\.tar is not what its signed export manifest describes: the content of sha256:[0-9a-f]{64} is different/,
        async (tar) => {
          const bytes = await readFile(tar);
          const at = bytes.byteLength - 20_000;
          bytes.writeUInt8((bytes[at] ?? 0) ^ 1, at);
          await writeFile(tar, bytes);
        },
      ],
      'the tar of another export': [
        /The export manifest \S+ does not describe \S+/,
        async (tar) => {
          await succeeds(exported('another.tar', [], '2.0.0'));
          await copyFile(file('another.tar'), tar);
        },
      ],
      'no signature': [
        /\S+\.export\.json is not signed: there is no \S+\.sig/,
        async (tar) => {
          for (const suffix of ['.sig', '.sigstore.json']) await rm(`${tar}.export.json${suffix}`, { force: true });
        },
      ],
      'no export manifest': [
        /\S+\.tar is not signed: there is no \S+\.export\.json/,
        async (tar) => rm(`${tar}.export.json`),
      ],
      'the signature of another file': [
        /is not what was signed by/,
        async (tar) => {
          const [name, signer] = tar.includes('ssh') ? [names.ssh, ssh] : [names.cosign, key];
          await succeeds(exported(`of-${name}`, ['--sign', signer.path], '2.0.0', signer.env));
          for (const suffix of ['.sig', '.sigstore.json']) {
            const from = file(`of-${name}.export.json${suffix}`);
            await copyFile(from, `${tar}.export.json${suffix}`).catch(() => undefined);
          }
        },
      ],
      'a signature that is cut off': [
        /The signature \S+ is not valid/,
        async (tar) => {
          await rm(`${tar}.export.json.sigstore.json`, { force: true });
          const signature = `${tar}.export.json.sig`;
          await writeFile(signature, `${(await readFile(signature, 'utf8')).slice(0, 50)}-`);
        },
      ],
    };
    for (const [fault, [expected, damage]] of Object.entries(faults)) {
      test(`refuse ${fault}, and nothing is written`, async () => {
        for (const [kind, name] of Object.entries(names)) {
          const copy = `fault-${name}`;
          await copyExport(file(name), file(copy));
          const required = ['--require-signature', (kind === 'ssh' ? ssh : key).publicPath];
          await succeeds(carvelAirgap(['verify', file(copy), ...required]));
          await damage(file(copy));
          assert.match(await refused(() => imported(copy, 'never', required)), expected);
          assert.equal((await carvelAirgap(['verify', file(copy), ...required])).code, 1);
          for (const suffix of ['', '.sig', '.sigstore.json']) {
            await rm(file(`${copy}.export.json${suffix}`), { force: true });
          }
        }
      });
    }

    test('refuse another key, and name it', async () => {
      const required = (publicPath: string) => ['--require-signature', publicPath];
      const wrong = await refused(() => imported(names.cosign, 'never', required(other.publicPath)));
      assert.match(wrong, /is signed by sha256:[0-9a-f]{64}, which is none of the keys in other\.pub/);
      const wrongSsh = await refused(() => imported(names.ssh, 'never', required(other.publicPath)));
      assert.match(wrongSsh, /is signed by SHA256:\S{43}, which is none of the keys in other\.pub/);
      // Without the bundle, nothing says which key it was.
      await copyExport(file(names.cosign), file('raw.tar'));
      await rm(file('raw.tar.export.json.sigstore.json'));
      const raw = await refused(() => imported('raw.tar', 'never', required(other.publicPath)));
      assert.match(raw, /raw\.tar\.export\.json\.sig is not a signature of \S+ by a key in other\.pub/);
      await succeeds(imported(names.ssh, 'both', [...required(other.publicPath), ...required(ssh.publicPath)]));
      assert.ok(await isAt('both'));
    });

    test('refuse a signature for another purpose, and an SSH key that is not allowed for ours', async () => {
      const manifest = file('purpose.tar.export.json');
      await copyExport(file('plain.tar'), file('purpose.tar'));
      await outputOf('ssh-keygen', ['-Y', 'sign', '-q', '-n', 'git', '-f', ssh.path, manifest]);
      const required = ['--require-signature', ssh.publicPath];
      assert.match(
        await refused(() => imported('purpose.tar', 'never', required)),
        /it is for git, expected carvel-airgap/,
      );
      const allowed = await readFile(ssh.publicPath, 'utf8');
      for (const [options, isAllowed] of [
        ['namespaces="git"', false],
        ['namespaces="carvel-*"', true],
        ['valid-before="20200101"', false],
        ['valid-after="20200101Z",valid-before="20990101"', true],
        ['cert-authority', false],
      ] as const) {
        const publicPath = join(keys.folder, 'limited.allowed');
        await writeFile(publicPath, allowed.replace(/namespaces="[^"]*"/, options));
        const args = ['--require-signature', publicPath];
        if (isAllowed) await succeeds(imported(names.ssh, 'limited', args));
        else
          assert.match(
            await refused(() => imported(names.ssh, 'never', args)),
            /it has no public key that is valid now/,
          );
      }
    });

    test('are required of every volume of a set, and the volume at fault is named', async () => {
      const required = ['--require-signature', key.publicPath];
      await succeeds(exported('set.tar', ['--sign', key.path, '--volume-size', '200kB'], '1.0.0', key.env));
      await outputOf('sha256sum', ['-c', '--strict', 'set.tar.sha256'], { cwd: folder.path });
      await succeeds(imported('set.tar', 'set', required));
      assert.ok(await isAt('set'));
      const part = await readFile(file('set.tar.002'));
      part.writeUInt8((part[5000] ?? 0) ^ 1, 5000);
      await writeFile(file('set.tar.002'), part);
      const damaged = await refused(() => imported('set.tar', 'never', required));
      assert.match(damaged, /damaged, or belong to another set: set\.tar\.002$/m);
      // Whoever alters a volume can write its index as well, but not the signature.
      const sums = await outputOf(
        'sha256sum',
        (await readdir(folder.path)).filter((name) => /^set\.tar\.(?!sha256)/.test(name)),
        { cwd: folder.path },
      );
      await writeFile(file('set.tar.sha256'), sums);
      const altered = await refused(() => imported('set.tar', 'never', required));
      assert.match(altered, /set\.tar is not what its signed export manifest describes/);
    });

    test('are required of OCI image layouts, in a folder and in a tar', async () => {
      const required = ['--require-signature', key.publicPath];
      for (const name of ['layout', 'layout.tar']) {
        const source = ['copy', '-b', `${vendor.host}/app:1.0.0`, '--to-oci', file(name), '--sign', key.path];
        await succeeds(carvelAirgap(source, { env: key.env }));
        assert.equal(await key.verifyFile(file(`${name}.export.json`)), undefined);
        const to = (repository: string) =>
          carvelAirgap(['copy', '--oci', file(name), '--to-repo', `${inside.host}/${repository}`, ...required]);
        await succeeds(to(`oci/${name.length}`));
        assert.ok(await isAt(`oci/${name.length}`));
        await rename(file(`${name}.export.json`), file('kept'));
        assert.match(await refused(() => to('never')), /is not signed: there is no layout\S*\.export\.json/);
        await rename(file('kept'), file(`${name}.export.json`));
      }
      const blobs = file('layout/blobs/sha256');
      const sizes = await Promise.all(
        (await readdir(blobs)).map(async (each) => ({ each, size: (await stat(join(blobs, each))).size })),
      );
      const large = sizes.find(({ size }) => size === 300_000)?.each ?? '';
      await writeFile(join(blobs, large), randomBytes(300_000));
      const args = ['copy', '--oci', file('layout'), '--to-repo', `${inside.host}/never`, ...required];
      assert.match(await refused(() => carvelAirgap(args)), new RegExp(`the content of sha256:${large} is different`));
    });
  });

  test('without a required key are compared with the key that they contain, and the output says so', async () => {
    const key = await keys.ssh('unknown', ['-t', 'ed25519']);
    await succeeds(exported('unknown.tar', ['--sign', key.path]));
    const { code, stdout, stderr } = await imported('unknown.tar', 'unknown', []);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^Signed by SHA256:\S+, not compared with a key$/m);
    assert.match(
      stderr,
      /unknown\.tar is signed by SHA256:\S+, which was not compared with a key: use --require-signature/,
    );
    await appendFile(file('unknown.tar.export.json'), ' ');
    assert.match(await refused(() => imported('unknown.tar', 'never', [])), /is not what was signed by SHA256/);
  });

  test('of receipts and inventories are checked where these are the base or the last import', async () => {
    const [key, other] = [await keys.ssh('inside', ['-t', 'ed25519']), await keys.cosign('not-inside')];
    await succeeds(exported('r1.tar', []));
    await succeeds(imported('r1.tar', 'receipts', ['--receipt', file('receipt.json'), '--sign', key.path]));
    assert.equal(await key.verifyFile(file('receipt.json')), undefined);
    const inventory = ['inventory', `${inside.host}/receipts`, '-o', file('inventory.json'), '--sign', key.path];
    await succeeds(carvelAirgap(inventory));
    assert.equal(await key.verifyFile(file('inventory.json')), undefined);
    const since = (base: string, publicPath: string) =>
      exported('since.tar', ['--since', file(base), '--require-signature', publicPath, '--resume=false'], '2.0.0');
    for (const base of ['receipt.json', 'inventory.json']) {
      await succeeds(since(base, key.publicPath));
      assert.match((await since(base, other.publicPath)).stderr, /is signed by SHA256:\S+, which is none of the keys/);
    }
    await appendFile(file('inventory.json'), ' ');
    assert.match(
      (await since('inventory.json', key.publicPath)).stderr,
      /inventory\.json is not what was signed by inside/,
    );
    await rm(file('receipt.json.sig'));
    const after = ['--after', file('receipt.json'), '--require-receipt-signature', key.publicPath];
    assert.match(await refused(() => imported('since.tar', 'receipts', after)), /receipt\.json is not signed/);
  });

  test('do not make an older export acceptable: a replay is refused before anything is written', async () => {
    const key = await keys.cosign('replay');
    const required = ['--require-signature', key.publicPath];
    const at = (day: number) => ({ ...key.env, SOURCE_DATE_EPOCH: String(1_700_000_000 + day * 86_400) });
    const sign = ['--sign', key.path];
    await succeeds(exported('first.tar', sign, '1.0.0', at(1)));
    await succeeds(exported('second.tar', [...sign, '--since', file('first.tar')], '2.0.0', at(2)));
    await succeeds(exported('third.tar', sign, '3.0.0', at(3)));
    const last = [...required, '--receipt', file('last.json')];
    await succeeds(imported('first.tar', 'replay', last));
    await succeeds(imported('second.tar', 'replay', [...last, '--after', file('last.json')]));
    // The receipt that is about to be replaced says what was imported last.
    const older = await refused(() => imported('first.tar', 'replay', last));
    assert.match(
      older,
      /first\.tar is export 1, older than export 2 of 2023-11-16T22:13:20Z, which \S+\/replay already has/,
    );
    await succeeds(imported('second.tar', 'replay', last));
    await succeeds(imported('third.tar', 'replay', last));
    for (const name of ['first.tar', 'second.tar']) {
      assert.match(await refused(() => imported(name, 'replay', last)), /older than export 1 of 2023-11-17/);
      const again = await refused(() => imported(name, 'replay', [...required, '--after', file('last.json')]));
      assert.match(again, /has already been imported|does not follow/);
    }
    // A higher number in the manifest does not help, because it is what is signed.
    const manifest = file('first.tar.export.json');
    await writeFile(manifest, (await readFile(manifest, 'utf8')).replace('2023-11-15', '2029-11-15'));
    assert.match(await refused(() => imported('first.tar', 'replay', last)), /is not what was signed by/);
  });

  test('cannot be asked for where there is nothing to sign or to check', async () => {
    const source = ['copy', '-b', `${vendor.host}/app:1.0.0`];
    const to = ['--to-repo', `${inside.host}/never`];
    for (const [args, expected] of [
      [[...source, ...to, '--sign', 'k'], /Cannot use --sign without --to-tar, --to-oci or --receipt/],
      [[...source, '--to-tar', file('x.tar'), '--signed-by', 'me'], /Cannot use --signed-by without --sign/],
      [
        [...source, ...to, '--require-signature', 'k'],
        /Cannot use --require-signature without --tar, --oci or --since/,
      ],
      [
        [...source, ...to, '--require-receipt-signature', 'k'],
        /Cannot use --require-receipt-signature without --after/,
      ],
      [[...source, '--to-tar', file('x.tar'), '--sign', file('none')], /Cannot use the key \S+none: no such file/],
      [[...source, '--to-tar', file('x.tar'), '--sign', file('plain.tar.export.json')], /it is not a key/],
      [
        ['copy', '--tar', file('plain.tar'), ...to, '--require-signature', file('plain.tar.export.json')],
        /neither a public key/,
      ],
    ] as const) {
      const { code, stderr } = await carvelAirgap(args);
      assert.equal(code, 1);
      assert.match(stderr, expected);
    }
  });
});
