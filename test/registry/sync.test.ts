// `carvel-airgap sync`: registries are brought to the state that a file describes, with as few requests as possible.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { stringify } from 'yaml';

import { blobsSent, untilBlobsSent } from '../support/blobs-sent.ts';
import { carvelAirgap } from '../support/cli.ts';
import { schemaViolations } from '../support/json-schema.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { RawRepository, sha256 } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';

interface SyncDocument {
  readonly kind: string;
  readonly states: Record<string, number>;
  readonly totals: { readonly imagesToCopy: number; readonly blobsToCopy: number; readonly bytesToCopy: number };
  readonly results: readonly {
    readonly entry: string;
    readonly destination: string;
    readonly state: string;
    readonly digest?: string;
    readonly tag?: string;
    readonly report?: { readonly failed: readonly { readonly digest: string }[] };
    readonly error?: { readonly code?: string; readonly message: string };
  }[];
}

describe('sync', () => {
  let vendor: Registry;
  let inside: Registry;
  let folder: TemporaryFolder;
  let schema: object;

  before(async () => {
    vendor = await startRegistry({ accessLog: true });
    inside = await startRegistry({ accessLog: true });
    folder = await makeTemporaryFolder('sync');
    schema = JSON.parse(
      await readFile(new URL('../../docs/sync-report.schema.json', import.meta.url), 'utf8'),
    ) as object;
  });
  after(async () => {
    await folder?.remove();
    await inside?.stop();
    await vendor?.stop();
  });

  const repository = (path: string) => new RawRepository(vendor.host, path);
  const target = (path: string) => new RawRepository(inside.host, path);

  /** Writes a file with these entries, and returns the arguments that sync it with a lock. */
  async function syncFile(name: string, entries: readonly object[], defaults?: object) {
    const file = join(folder.path, `${name}.yml`);
    const document = { apiVersion: 'carvel-airgap/v1', kind: 'Sync', ...(defaults && { defaults }), entries };
    await writeFile(file, stringify(document));
    return { file, lock: `${file}.lock.yml`, args: ['sync', file, '--lock', `${file}.lock.yml`] };
  }

  async function run(args: readonly string[], code = 0): Promise<SyncDocument> {
    const outcome = await carvelAirgap([...args, '--json']);
    assert.equal(outcome.code, code, outcome.stdout + outcome.stderr);
    const document = JSON.parse(outcome.stdout) as SyncDocument;
    assert.deepEqual(schemaViolations(document, schema as Record<string, unknown>), []);
    return document;
  }

  const states = ({ results }: SyncDocument) => results.map(({ entry, state }) => `${entry} ${state}`);

  /** The requests that a registry gets during an action. */
  async function requestsOf(registry: Registry, action: () => Promise<unknown>): Promise<string[]> {
    const before = (await registry.requests()).length;
    await action();
    const own = (await registry.requests()).slice(before);
    return own.map(({ method, path }) => `${method} ${path.replace(/\?.*/, '')}`).filter((each) => each !== 'GET /v2/');
  }

  /** A bundle with one image of its own and one that all versions share. */
  async function publish(path: string, tag: string, shared: Buffer): Promise<string> {
    const apps = repository(path);
    const own = await apps.pushImage(`own-${tag}`, [randomBytes(500), shared]);
    const common = await apps.pushImage(`common-${tag}`, [shared]);
    return apps.pushBundle(
      tag,
      [own, common].map((digest) => `${apps.name}@${digest}`),
    );
  }

  test('three versions arrive over three runs, and a run without news asks once for each side', async () => {
    const shared = randomBytes(3000);
    const { args, lock } = await syncFile('versions', [
      {
        name: 'web',
        bundle: repository('versions/web').name,
        tagSelection: { semver: { constraints: '>=1.0.0 <2.0.0' } },
        destinations: [target('versions/web').name],
      },
    ]);
    for (const version of ['1.0.0', '1.1.0', '1.2.0']) {
      const digest = await publish('versions/web', version, shared);
      // Neither a version that does not fit nor a prerelease is selected.
      await publish('versions/web', '2.0.0', shared);
      await publish('versions/web', '1.9.0-rc.1', shared);
      assert.deepEqual(states(await run([...args, '--check'], 1)), ['web outdated']);
      const { kind, totals } = await run([...args, '--plan'], 1);
      assert.deepEqual([kind, totals.imagesToCopy], ['SyncPlan', 3]);
      assert.deepEqual(states(await run(args)), ['web synced']);
      assert.equal(await target('versions/web').digest(version), digest);
      assert.match(
        await readFile(lock, 'utf8'),
        new RegExp(`source: .*/versions/web:${version}\\n +tag: ${version}\\n +digest: ${digest}`),
      );
      const before = await readFile(lock, 'utf8');
      for (const flags of [[], ['--check'], ['--plan']]) {
        const [seen] = await requestsBoth(() => run([...args, ...flags]));
        assert.deepEqual(seen, {
          vendor: ['GET /v2/versions/web/tags/list', `HEAD /v2/versions/web/manifests/${version}`],
          inside: [`HEAD /v2/versions/web/manifests/${version}`],
        });
      }
      assert.equal(await readFile(lock, 'utf8'), before, 'an unchanged run does not change the lock');
    }
    const sent = (await blobsSent(inside)).filter((digest) => digest.endsWith(sha256(shared).slice(7)));
    assert.equal(sent.length, 1, 'the layer that all versions share was sent once');
  });

  async function requestsBoth(action: () => Promise<unknown>) {
    let inner: string[] = [];
    const outer = await requestsOf(vendor, async () => {
      inner = await requestsOf(inside, action);
    });
    return [{ vendor: outer, inside: inner }];
  }

  test('without a lock, everything is compared, and nothing is copied twice', async () => {
    await publish('plain/web', '1.0.0', randomBytes(100));
    const source = repository('plain/web').name;
    const { file } = await syncFile('plain', [
      { name: 'web', bundle: `${source}:1.0.0`, destinations: [target('plain/web').name], toTag: 'stable' },
    ]);
    assert.deepEqual(states(await run(['sync', file])), ['web synced']);
    assert.equal(await target('plain/web').digest('stable'), await repository('plain/web').digest('1.0.0'));
    const writes = (await requestsOf(inside, () => run(['sync', file]))).filter((each) => !/^(?:GET|HEAD) /.test(each));
    assert.deepEqual(writes, []);
  });

  test('a tag that was moved or deleted at the destination is set again', async () => {
    const first = await publish('moved/web', '1.0.0', randomBytes(100));
    const source = repository('moved/web').name;
    const to = target('moved/web');
    const { args } = await syncFile('moved', [{ name: 'web', bundle: `${source}:1.0.0`, destinations: [to.name] }]);
    await run(args);
    await to.pushImage('1.0.0', [randomBytes(50)]);
    assert.deepEqual(states(await run([...args, '--check'], 1)), ['web outdated']);
    await run(args);
    assert.equal(await to.digest('1.0.0'), first);
  });

  test('blobs that entries share are planned and sent once, also to other repositories of a registry', async () => {
    const shared = randomBytes(40_000);
    for (const name of ['one', 'two']) await repository(`shared/${name}`).pushImage('v1', [shared]);
    const entries = ['one', 'two'].map((name) => ({
      name,
      image: `${repository(`shared/${name}`).name}:v1`,
      destinations: [target(`shared/${name}`).name, target(`shared/again/${name}`).name],
    }));
    const { args } = await syncFile('shared', entries);
    const { totals } = await run([...args, '--plan'], 1);
    assert.deepEqual([totals.imagesToCopy, totals.blobsToCopy], [4, 3], 'two configs and the layer');
    await run(args);
    const sent = (await blobsSent(inside)).filter((digest) => digest.endsWith(sha256(shared).slice(7)));
    assert.equal(sent.length, 1);
    for (const name of ['one', 'two', 'again/one', 'again/two'])
      assert.equal(await target(`shared/${name}`).manifestStatus('v1'), 200);
  });

  test('an entry that fails does not stop the others, and the next run makes up for it', async () => {
    await publish('failing/web', '1.0.0', randomBytes(100));
    const lost = randomBytes(2000);
    const broken = await repository('failing/broken').pushImage('v1', [lost]);
    const hex = sha256(lost).slice('sha256:'.length);
    const data = join(vendor.root, 'docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data');
    const bytes = await readFile(data);
    await writeFile(data, '');
    const to = (path: string) => [target(`failing/${path}`).name];
    const { args, file } = await syncFile('failing', [
      { name: 'gone', image: `${repository('failing/nowhere').name}:v1`, destinations: to('gone') },
      { name: 'broken', image: `${repository('failing/broken').name}@${broken}`, destinations: to('broken') },
      {
        name: 'none-fits',
        bundle: repository('failing/web').name,
        tagSelection: { semver: { constraints: '>=7.0.0' } },
        destinations: to('none'),
      },
      { name: 'web', bundle: `${repository('failing/web').name}:1.0.0`, destinations: to('web') },
    ]);
    const report = join(folder.path, 'failing-report.json');
    const { results } = await run([...args, '--report', report], 1);
    assert.deepEqual(
      results.map(({ entry, state, error }) => [entry, state, error?.code]),
      [
        ['gone', 'failed', 'oci.not-found'],
        ['broken', 'failed', undefined],
        ['none-fits', 'failed', 'sync.no-tag-fits'],
        ['web', 'synced', undefined],
      ],
    );
    assert.deepEqual(
      results[1]?.report?.failed.map(({ digest }) => digest),
      [broken],
    );
    assert.deepEqual((JSON.parse(await readFile(report, 'utf8')) as SyncDocument).results, results);
    const { stdout } = await carvelAirgap(['sync', file, '--check']);
    assert.match(
      stdout,
      /^gone: failed: .*failing\/gone\n {2}GET .*\n {2}MANIFEST_UNKNOWN: manifest unknown\n {2}What to do: /,
    );
    assert.match(stdout, /The entry is in line 4 of the file/);
    assert.match(stdout, /\n1 up to date, 1 out of date, 2 failed\n/);
    await writeFile(data, bytes);
    const { results: again } = await run(args, 1);
    assert.deepEqual(
      again.map(({ state }) => state),
      ['failed', 'synced', 'failed', 'current'],
    );
  });

  test('two entries that set a tag to different images are refused, and the others are synced', async () => {
    for (const name of ['a', 'b', 'c']) await repository(`conflict/${name}`).pushImage('v1', [randomBytes(100)]);
    const to = target('conflict/all');
    const { args } = await syncFile(
      'conflict',
      ['a', 'b', 'c'].map((name) => ({
        name,
        image: `${repository(`conflict/${name}`).name}:v1`,
        destinations: [to.name],
        ...(name === 'c' ? { toTag: 'c' } : {}),
      })),
    );
    const { results } = await run(args, 1);
    assert.deepEqual(
      results.map(({ state, error }) => [state, error?.code]),
      [
        ['failed', 'sync.tag-conflict'],
        ['failed', 'sync.tag-conflict'],
        ['synced', undefined],
      ],
    );
    assert.deepEqual(
      [...(await to.tags()).keys()].filter((tag) => !tag.startsWith('sha256-')),
      ['c'],
    );
  });

  test('a sync that was killed resumes: what was complete is not sent again', async () => {
    const names = ['first', 'second', 'third'];
    for (const name of names) await repository(`killed/${name}`).pushImage('v1', [randomBytes(200_000)]);
    const { args, lock } = await syncFile(
      'killed',
      names.map((name) => ({
        name,
        image: `${repository(`killed/${name}`).name}:v1`,
        destinations: [target(`killed/${name}`).name],
      })),
    );
    const before = (await blobsSent(inside)).length;
    const { code } = await carvelAirgap([...args, '--bandwidth-limit', '100kB'], {
      started: (kill) => void untilBlobsSent(inside, before + 1).then(() => kill('SIGKILL')),
    });
    assert.equal(code, null);
    const [recorded] = [await readFile(lock, 'utf8')];
    assert.match(recorded, /brought:\n +- repository: .*killed\/first/, 'recorded before it was sent');
    const document = await run(args);
    assert.ok(document.results.every(({ state }) => state === 'synced' || state === 'current'));
    const sent = (await blobsSent(inside)).slice(before);
    assert.equal(new Set(sent).size, sent.length, 'no blob was completed twice');
    assert.equal(sent.length, 6);
    assert.deepEqual(
      states(await run([...args, '--check'])),
      names.map((name) => `${name} current`),
    );
    assert.deepEqual(
      (await readdir(folder.path)).filter((name) => name.startsWith('.') || name.includes('partial')),
      [],
      'nothing is left next to the file',
    );
  });

  test('a lock in a registry serves as one in a file does, and another process does not overwrite it', async () => {
    const digest = await repository('kept').pushImage('v1', [randomBytes(1000)]);
    await repository('kept-too').pushImage('v1', [randomBytes(1000)]);
    const entry = (name: string) => ({
      name,
      image: `${vendor.host}/${name}:v1`,
      destinations: [`${inside.host}/${name}`],
    });
    const { file } = await syncFile('kept', [entry('kept')]);
    const lock = `oci://${inside.host}/state/locks:nightly`;
    const args = ['sync', file, '--lock', lock];
    assert.deepEqual(states(await run(args)), ['kept synced']);
    // The lock is one more request; the tag at the destination proves the rest.
    const requests = await requestsOf(inside, async () => {
      assert.deepEqual(states(await run(args)), ['kept current']);
    });
    assert.deepEqual(
      requests.map((each) => each.replace(/sha256:\w+/, 'DIGEST')),
      [
        'HEAD /v2/state/locks/manifests/nightly',
        'GET /v2/state/locks/manifests/DIGEST',
        'GET /v2/state/locks/blobs/DIGEST',
        'HEAD /v2/kept/manifests/v1',
      ],
    );

    // Somebody else writes the lock between the intent and the end of a copy.
    const changed = await syncFile('kept', [entry('kept'), entry('kept-too')]);
    await repository('kept-by-other').pushImage('v1', [randomBytes(1000)]);
    const { file: other } = await syncFile('kept-by-other', [entry('kept-by-other')]);
    const cli = new URL('../../dist/cli.cjs', import.meta.url).pathname;
    const interfere = `'${process.execPath}' '${cli}' sync '${other}' --lock ${lock}`;
    const { results } = await run(['sync', changed.file, '--lock', lock, '--before-tag', interfere], 1);
    assert.deepEqual(
      results.map(({ entry: name, state, error }) => [name, state, error?.code]),
      [
        ['kept', 'current', undefined],
        ['kept-too', 'failed', 'sync.lock-changed'],
      ],
    );
    assert.deepEqual(states(await run(args)), ['kept current', 'kept-too current']);
    assert.equal((await target('kept').tags()).get('v1'), digest);

    const wrong = await carvelAirgap(['sync', file, '--lock', `oci://${inside.host}/state/locks`]);
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /expected oci:\/\/registry\/path:tag/);
    await new RawRepository(inside.host, 'state/locks').pushImage('image', [randomBytes(10)]);
    const image = await carvelAirgap(['sync', file, '--lock', `oci://${inside.host}/state/locks:image`]);
    assert.match(image.stderr, /it is not a lock/);
  });

  test('a file is synced by one process at a time', async (context) => {
    await repository('twice/app').pushImage('v1', [randomBytes(300_000)]);
    const { args } = await syncFile('twice', [
      { name: 'app', image: `${repository('twice/app').name}:v1`, destinations: [target('twice/app').name] },
    ]);
    const before = (await blobsSent(inside)).length;
    let stop = (): void => undefined;
    // Slow enough to be still running when it is stopped, on any machine.
    const first = carvelAirgap([...args, '--bandwidth-limit', '2kB'], {
      started: (kill) => {
        stop = () => kill('SIGINT');
        context.after(() => kill('SIGKILL'));
      },
      watch: (stderr, kill) => {
        if (stderr.includes('Press Ctrl-C again')) kill('SIGINT');
      },
    });
    await untilBlobsSent(inside, before);
    const second = await carvelAirgap([...args, '--json']);
    assert.equal(second.code, 1);
    const { code, message } = JSON.parse(second.stdout) as { code: string; message: string };
    assert.equal(code, 'sync.in-use');
    assert.match(message, /twice\.yml: process \d+ on /);
    assert.deepEqual(states(await run([...args, '--check'], 1)), ['app outdated'], 'a check does not wait');
    stop();
    const { code: stopped, stdout, stderr } = await first;
    assert.equal(stopped, 1);
    assert.match(stdout, /app: stopped: /);
    assert.match(stderr, /Canceled\. What is complete is kept/);
    assert.deepEqual(states(await run(args)), ['app synced']);
  });

  test('--before-tag decides about what is new in all entries', async () => {
    const digest = await repository('scanned/app').pushImage('v1', [randomBytes(100)]);
    const to = target('scanned/app');
    const { args } = await syncFile('scanned', [
      { name: 'app', image: `${repository('scanned/app').name}:v1`, destinations: [to.name] },
    ]);
    const { results } = await run([...args, '--before-tag', 'exit 1'], 1);
    assert.deepEqual(
      results.map(({ state, error }) => [state, error?.code]),
      [['failed', 'relocation.scan-refused']],
    );
    assert.deepEqual(await to.tags(), new Map());
    const log = join(folder.path, 'scanned.txt');
    const command = `echo "$CARVEL_AIRGAP_IMAGE" >> ${log}`;
    for (const state of ['app synced', 'app current'])
      assert.deepEqual(states(await run([...args, '--before-tag', command])), [state]);
    assert.equal(await readFile(log, 'utf8'), `${repository('scanned/app').name}@${digest}\n`, 'once');
  });

  test('a wrong file is refused with the position, before any request', async () => {
    const cases: readonly [text: string, problem: RegExp][] = [
      ['', /:1:1: it is empty/],
      ['apiVersion: carvel-airgap/v1\nkind: Other\nentries: []\n', /:2:7: kind: expected Sync/],
      [
        'apiVersion: carvel-airgap/v1\nkind: Sync\nentries:\n- name: a\n  bundel: x\n',
        /:5:3: entries\[0\]: unknown field 'bundel'; expected one of name, bundle/,
      ],
      ['a: &a [*a]\n', /:1:\d+: .*/],
      ['apiVersion: carvel-airgap/v1\nkind: Sync\nkind: Sync\nentries: []\n', /:3:1: map keys must be unique/],
    ];
    const file = join(folder.path, 'wrong.yml');
    for (const [text, problem] of cases) {
      await writeFile(file, text);
      const { code, stderr } = await carvelAirgap(['sync', file]);
      assert.equal(code, 1);
      assert.match(stderr, problem);
      assert.match(stderr, /What to do: /);
    }
    const { code, stderr } = await carvelAirgap(['sync', join(folder.path, 'missing.yml')]);
    assert.equal(code, 1);
    assert.match(stderr, /Cannot read .*missing\.yml:\n +ENOENT/);
  });
});
