// The container image of the command line: reproducible, valid to other tools, and nothing unnecessary in it.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';

import { carvelAirgap } from '../support/cli.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { McpClient } from '../support/mcp-client.ts';
import { RawRepository, sha256 } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';
import { outputOf } from '../support/run-program.ts';
import { ensureCrane } from '../support/setup/crane.mjs';
import { skopeo } from '../support/skopeo.ts';

interface Built {
  readonly kind: string;
  readonly digest: string;
  readonly platform: string;
}

describe('the image of the command line', () => {
  let registry: Registry;
  let folder: TemporaryFolder;
  let built: Built;
  const file = (name: string) => join(folder.path, name);

  async function run(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
    const { code, stdout, stderr } = await carvelAirgap(args, { env, cwd: folder.path });
    assert.equal(code, 0, stderr);
    return stdout;
  }
  const build = async (name: string, env: Record<string, string> = {}): Promise<Built> =>
    JSON.parse(await run(['image', 'build', name, '--json'], env)) as Built;

  before(async () => {
    [registry, folder] = await Promise.all([startRegistry(), makeTemporaryFolder('image')]);
    built = await build('first.tar');
  });

  after(async () => {
    await registry.stop();
    await folder.remove();
  });

  test('two builds have the same bytes', async () => {
    const again = await build('second.tar', { TZ: 'Asia/Tokyo' });
    assert.equal(again.digest, built.digest);
    assert.ok((await readFile(file('first.tar'))).equals(await readFile(file('second.tar'))));
  });

  test('SOURCE_DATE_EPOCH sets the time of its creation', async () => {
    const dated = await build('dated.tar', { SOURCE_DATE_EPOCH: '1700000000' });
    assert.notEqual(dated.digest, built.digest);
    const config = JSON.parse(await skopeo(['inspect', '--config', `oci-archive:${file('dated.tar')}`])) as {
      created: string;
    };
    assert.equal(config.created, '2023-11-14T22:13:20Z');
  });

  test('skopeo and crane accept it, before and after it was pushed', async () => {
    const manifest = await skopeo(['inspect', '--raw', `oci-archive:${file('first.tar')}`]);
    assert.equal(sha256(Buffer.from(manifest)), built.digest);
    await skopeo(['copy', `oci-archive:${file('first.tar')}`, `dir:${file('unpacked')}`]);

    const repository = `${registry.host}/tools/carvel-airgap`;
    const pushed = JSON.parse(await run(['image', 'push', repository, '--json'])) as {
      references: readonly string[];
      tags: readonly string[];
    };
    assert.deepEqual(pushed.references, [`${repository}@${built.digest}`]);
    const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    assert.deepEqual(pushed.tags, [version]);
    await outputOf(await ensureCrane(), ['validate', '--insecure', '--remote', `${repository}:${version}`]);

    const again = await run(['image', 'push', repository, '--oci', 'first.tar', '--to-tag', 'own']);
    assert.match(again, new RegExp(`Tagged ${repository}:own`));
    assert.equal(await new RawRepository(registry.host, 'tools/carvel-airgap').digest('own'), built.digest);
  });

  test('it has Node, its libraries and the program, and not the user root', async () => {
    const crane = await ensureCrane();
    const repository = `${registry.host}/tools/contents`;
    await run(['image', 'push', repository, '--oci', 'first.tar']);
    const reference = `${repository}@${built.digest}`;
    const config = JSON.parse(await outputOf(crane, ['config', '--insecure', reference])) as {
      config: { User: string; Entrypoint: readonly string[] };
    };
    assert.equal(config.config.User, '65532:65532');
    assert.deepEqual(config.config.Entrypoint, ['/usr/local/bin/node', '/usr/local/lib/carvel-airgap/cli.cjs']);

    await outputOf(crane, ['export', '--insecure', reference, file('files.tar')]);
    const lines = (await outputOf('/bin/tar', ['--numeric-owner', '-tvf', file('files.tar')])).trim().split('\n');
    const files = lines.filter((line) => line.startsWith('-')).map((line) => line.split(' ').at(-1) ?? '');
    const others = files.filter((name) => !/\/(?:lib[\w+]+|ld-[\w-]+)\.so\.\d+$/.test(name));
    assert.match(lines.find((line) => /\bhome\/nonroot\/?$/.test(line)) ?? '', /^drwx------ 65532\/65532 /);
    assert.deepEqual(others.sort(), [
      'etc/group',
      'etc/nsswitch.conf',
      'etc/passwd',
      'usr/local/bin/node',
      'usr/local/lib/carvel-airgap/THIRD-PARTY-NOTICES.txt',
      'usr/local/lib/carvel-airgap/cli-commands.cjs',
      'usr/local/lib/carvel-airgap/cli.cjs',
      'usr/local/lib/carvel-airgap/mcp-sdk.cjs',
    ]);

    // Nothing that it loads is missing, also not what only agents need.
    await outputOf('/bin/tar', ['-C', folder.path, '-xf', file('files.tar'), 'usr/local/lib/carvel-airgap']);
    const client = await McpClient.start({ program: file('usr/local/lib/carvel-airgap/cli.cjs') });
    try {
      const { tools } = await client.client.listTools();
      assert.ok(tools.length > 3);
    } finally {
      await client.stop();
    }
  });

  test('a new version of the program shares the layer with Node', async () => {
    const repository = new RawRepository(registry.host, 'tools/layers');
    await run(['image', 'push', repository.name, '--oci', 'first.tar']);
    const { json } = await repository.manifest(built.digest);
    const [, program] = json['layers'] as { digest: string; size: number }[];
    assert.ok(program !== undefined && program.size < 10_000_000);
    assert.ok(gunzipSync(await repository.blob(program.digest)).includes('usr/local/lib/carvel-airgap/cli.cjs'));
  });

  test('an action that does not exist, and a missing repository, are refused', async () => {
    for (const [args, message] of [
      [['image'], /image' needs “build” or “push”/],
      [['image', 'run'], /image' needs “build” or “push”/],
      [['image', 'push'], /image push' needs a repository/],
      [['image', 'build', 'a.tar', '--oci', 'b.tar'], /Cannot use --oci with image build/],
      [['image', 'build', 'missing/a.tar'], /Cannot write the file missing\/a\.tar: the folder does not exist/],
    ] as const) {
      const { code, stderr } = await carvelAirgap(args, { cwd: folder.path });
      assert.equal(code, 1, args.join(' '));
      assert.match(stderr, message);
    }
  });
});
