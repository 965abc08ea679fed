// --before-tag: a command of the site sees each new image as an OCI image layout before anything is written.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { access, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { carvelAirgap, type CliOptions } from '../support/cli.ts';
import { engines, relocate } from '../support/engines.ts';
import { schemaViolations } from '../support/json-schema.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { RawRepository, sha256 } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';

interface Report {
  readonly beforeTag: string;
  readonly results: readonly {
    readonly digest: string;
    readonly scan?: { readonly exitCode: number; readonly output: string; readonly seconds: number };
  }[];
}

const credential = {
  IMGPKG_REGISTRY_HOSTNAME_0: 'other.example',
  IMGPKG_REGISTRY_USERNAME_0: 'robot',
  IMGPKG_REGISTRY_PASSWORD_0: 'secret',
};

/** Keeps what it was given: the layout and the variables, under the digest of the image. */
const KEEP =
  'to="$KEPT/${CARVEL_AIRGAP_IMAGE#*@}"; mkdir "$to" && cp -r "$CARVEL_AIRGAP_LAYOUT" "$to/layout" && env > "$to/env"';

describe('--before-tag', { skip: process.platform === 'win32' }, () => {
  let vendor: Registry;
  let inside: Registry;
  let folder: TemporaryFolder;
  let source: RawRepository;
  let [image, index, bundle] = ['', '', ''];
  const layer = randomBytes(300_000);
  let count = 0;

  before(async () => {
    vendor = await startRegistry();
    inside = await startRegistry({ accessLog: true });
    folder = await makeTemporaryFolder('before-tag');
    source = new RawRepository(vendor.host, 'app');
    image = await source.pushImage('image', [layer, randomBytes(10)]);
    const child = await source.pushImage('child', [layer]);
    const { bytes, mediaType } = await source.manifest(child);
    const indexType = 'application/vnd.oci.image.index.v1+json';
    const manifests = [
      { mediaType, digest: child, size: bytes.byteLength, platform: { os: 'linux', architecture: 'arm64' } },
    ];
    index = await source.pushManifest('index', { schemaVersion: 2, mediaType: indexType, manifests }, indexType);
    bundle = await source.pushBundle(
      'v1',
      [image, index].map((digest) => `${source.name}@${digest}`),
    );
  });
  after(async () => {
    await vendor?.stop();
    await inside?.stop();
    await folder?.remove();
  });

  const target = () => new RawRepository(inside.host, `inside/app-${count++}`);
  const file = (name: string) => join(folder.path, name);
  /** A folder for temporary files, which must be empty afterwards, and one for what the command keeps. */
  async function room(): Promise<{ env: Record<string, string>; kept: string; left: () => Promise<string[]> }> {
    const [temporary, kept] = [file(`tmp-${count}`), file(`kept-${count++}`)];
    await mkdir(temporary);
    await mkdir(kept);
    return { env: { TMPDIR: temporary, KEPT: kept }, kept, left: () => readdir(temporary) };
  }
  async function copy(command: string, args: readonly string[], options: CliOptions = {}) {
    return carvelAirgap(['copy', ...args, '--before-tag', command], options);
  }
  const writes = async () => (await inside.requests()).filter(({ method }) => !['GET', 'HEAD'].includes(method)).length;

  /** Every image below a folder of kept layouts is complete, and is the one that its variables name. */
  async function checkLayouts(kept: string, expected: readonly string[]): Promise<void> {
    assert.deepEqual((await readdir(kept)).sort(), [...expected].sort());
    for (const digest of expected) {
      const layout = join(kept, digest, 'layout');
      const read = async (of: string): Promise<Buffer> => {
        const bytes = await readFile(join(layout, 'blobs', of.replace(':', '/')));
        assert.equal(sha256(bytes), of);
        return bytes;
      };
      const list = JSON.parse(await readFile(join(layout, 'index.json'), 'utf8')) as Required<Listing>;
      assert.deepEqual(
        list.manifests.map((each) => each.digest),
        [digest],
        'scanners accept one image only',
      );
      const pending = [digest];
      for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
        const { manifests = [], config, layers = [] } = JSON.parse((await read(next)).toString('utf8')) as Listing;
        pending.push(...manifests.map((each) => each.digest));
        for (const blob of [...(config === undefined ? [] : [config]), ...layers]) await read(blob.digest);
      }
    }
  }

  for (const destination of ['repository', 'tar', 'layout'] as const) {
    test(`hands over each new image on its way to a ${destination}, and reports what was said`, async () => {
      const to = target();
      const where = {
        repository: ['--to-repo', to.name],
        tar: ['--to-tar', file('accepted.tar')],
        layout: ['--to-oci', file('accepted')],
      }[destination];
      const { env, kept, left } = await room();
      const [reportFile, command] = [file(`${destination}.json`), `${KEEP}; printf '\\033[32mclean\\033[0m\\n'`];
      const secrets = { COSIGN_PASSWORD: 'secret', CARVEL_AIRGAP_TO_ANON: 'true', ...credential };
      const copied = await copy(command, ['-b', `${source.name}:v1`, ...where, '--report', reportFile], {
        env: { ...env, ...secrets, SITE: 'kept' },
      });
      assert.equal(copied.code, 0, copied.stderr);
      assert.ok(copied.stdout.includes('3 images accepted by'), copied.stdout);
      await checkLayouts(kept, [image, index, bundle]);
      const variables = await readFile(join(kept, index, 'env'), 'utf8');
      assert.match(variables, new RegExp(`^CARVEL_AIRGAP_IMAGE=${source.name}@${index}$`, 'm'));
      assert.match(variables, /^CARVEL_AIRGAP_KIND=index$/m);
      assert.match(variables, /^SITE=kept$/m);
      assert.doesNotMatch(variables, /secret|robot|CARVEL_AIRGAP_TO_/);
      assert.deepEqual(await left(), []);

      const report = JSON.parse(await readFile(reportFile, 'utf8')) as Report;
      const schema = JSON.parse(
        await readFile(new URL('../../docs/report.schema.json', import.meta.url), 'utf8'),
      ) as Record<string, unknown>;
      assert.deepEqual(schemaViolations({ ...report }, schema), []);
      assert.equal(report.beforeTag, command);
      for (const { scan } of report.results) assert.deepEqual([scan?.exitCode, scan?.output], [0, 'clean']);
    });

    test(`writes nothing to a ${destination} if one image is refused`, async () => {
      const to = target();
      const [tar, layout] = [file('refused.tar'), file('refused')];
      const where = {
        repository: ['--to-repo', to.name],
        tar: ['--to-tar', tar],
        layout: ['--to-oci', layout],
      }[destination];
      const { env, left } = await room();
      const bad = `echo scanned >> "$KEPT/calls"; case "$CARVEL_AIRGAP_IMAGE" in *${index}) printf 'CVE-2026-1\\n\\033]0;title\\007HIGH: \\002 1\\n'; exit 3;; esac`;
      const requests = await writes();
      const { code, stderr } = await copy(bad, ['-b', `${source.name}:v1`, ...where], { env });
      assert.equal(code, 1);
      assert.ok(stderr.includes(`refused 1 of 3 images: ${source.name}@${index}: exit code 3, HIGH: \ufffd 1`), stderr);
      assert.ok(stderr.includes(`copy | refused ${source.name}@${index}: exit code 3\ncopy | CVE-2026-1\n`), stderr);
      assert.match(stderr, /Code: relocation\.scan-refused/);
      const calls = await readFile(join(String(env['KEPT']), 'calls'), 'utf8');
      assert.equal(calls, 'scanned\n'.repeat(3), 'the others are scanned too, so that one run names all');
      assert.equal(await writes(), requests);
      assert.equal((await to.tags()).size, 0);
      for (const path of [tar, `${tar}.partial`, `${tar}.export.json`, layout]) await assert.rejects(access(path));
      assert.deepEqual(await left(), []);
    });
  }

  test('does not scan what the destination has, nor for --plan', async () => {
    const to = target();
    const { env, kept } = await room();
    const args = ['-b', `${source.name}:v1`, '--to-repo', to.name];
    const planned = await copy(KEEP, [...args, '--plan'], { env });
    assert.equal(planned.code, 1, planned.stderr);
    assert.deepEqual(await readdir(kept), []);
    const first = await carvelAirgap(['copy', '-i', `${source.name}:image`, '--to-repo', to.name]);
    assert.equal(first.code, 0, first.stderr);
    const second = await copy(KEEP, args, { env });
    assert.equal(second.code, 0, second.stderr);
    await checkLayouts(kept, [index, bundle]);
  });

  test('hands over complete images of a delta, whose layers only the destination has', async () => {
    const to = target();
    const [base, delta] = [file('base.tar'), file('delta.tar')];
    const next = await source.pushImage('next', [layer, randomBytes(1000)]);
    const succeeds = async (args: readonly string[]) => {
      const { code, stderr } = await carvelAirgap(['copy', ...args]);
      assert.equal(code, 0, stderr);
    };
    await succeeds(['-i', `${source.name}:image`, '--to-tar', base]);
    await succeeds(['--tar', base, '--to-repo', to.name]);
    await succeeds(['-i', `${source.name}:next`, '--to-tar', delta, '--since', to.name]);
    // For another repository, the layer is mounted from where the base is.
    for (const place of [target(), to]) {
      const { env, kept, left } = await room();
      const { code, stderr } = await copy(KEEP, ['--tar', delta, '--to-repo', place.name], { env });
      assert.equal(code, 0, stderr);
      await checkLayouts(kept, [next]);
      assert.deepEqual(await left(), []);
    }
  });

  test('keeps the last 16 KiB of an output', async () => {
    const reportFile = file('long.json');
    const command = 'i=0; while [ $i -lt 3000 ]; do echo "line $i"; i=$((i+1)); done';
    const { code, stderr } = await copy(command, [
      '-i',
      `${source.name}:image`,
      '--to-repo',
      target().name,
      '--report',
      reportFile,
    ]);
    assert.equal(code, 0, stderr);
    const { results } = JSON.parse(await readFile(reportFile, 'utf8')) as Report;
    const output = results[0]?.scan?.output ?? '';
    assert.match(output, /^\[\d+ bytes omitted\]\n/);
    assert.ok(output.endsWith('line 2998\nline 2999'));
    assert.ok(output.length < 17_000, `${output.length}`);
  });

  test('ends at once if the shell cannot run the command', async () => {
    const { env, left } = await room();
    const args = ['-b', `${source.name}:v1`, '--to-repo', target().name];
    const { code, stderr } = await copy('echo once >> "$KEPT/calls"; no-such-scanner', args, { env });
    assert.equal(code, 1);
    assert.match(stderr, /The shell cannot run .*no-such-scanner: exit code 127: .*not found/);
    assert.equal(await readFile(join(String(env['KEPT']), 'calls'), 'utf8'), 'once\n');
    assert.deepEqual(await left(), []);
  });

  test('ends with everything that it has started when the copy is canceled', async () => {
    const to = target();
    const { env, kept, left } = await room();
    const pids = join(kept, 'pids');
    const command = `sleep 600 & echo "$$ $!" > "${pids}.new"; mv "${pids}.new" "${pids}"; wait`;
    const requests = await writes();
    let kill: (signal: NodeJS.Signals) => void = () => undefined;
    const running = copy(command, ['-b', `${source.name}:v1`, '--to-repo', to.name], {
      env,
      started: (end) => (kill = end),
    });
    const started = await untilThere(pids);
    kill('SIGINT');
    const { code } = await running;
    assert.notEqual(code, 0);
    for (const pid of started.trim().split(' ')) assert.equal(await isRunning(Number(pid)), false, pid);
    assert.equal(await writes(), requests);
    assert.deepEqual(await left(), []);
  });

  test('ends what the command leaves running', async () => {
    const { env, kept } = await room();
    const command = `sleep 600 & echo $! > "${join(kept, 'pid')}"`;
    const { code, stderr } = await copy(command, ['-i', `${source.name}:image`, '--to-repo', target().name], { env });
    assert.equal(code, 0, stderr);
    assert.equal(await isRunning(Number(await readFile(join(kept, 'pid'), 'utf8'))), false);
  });

  test('is not taken from a report, but required to retry its failures', async () => {
    const to = target();
    const [reportFile, { env, kept }] = [file('failed.json'), await room()];
    const args = ['-b', `${source.name}:v1`, '--to-repo', to.name, '--report', reportFile];
    assert.equal((await copy('touch "$KEPT/ran"', args, { env })).code, 0);
    const report = JSON.parse(await readFile(reportFile, 'utf8')) as object;
    const failed = [{ reference: `${source.name}@${image}`, digest: image, code: 'unknown', reason: 'none' }];
    const request = {
      source: { kind: 'bundle', reference: `${source.name}:v1` },
      destination: { kind: 'repository', repository: target().name },
      options: { beforeTag: 'touch "$KEPT/from-report"' },
    };
    await writeFile(reportFile, JSON.stringify({ ...report, request, failed }));
    const without = await carvelAirgap(['copy', '--retry-failed', reportFile], { env });
    assert.equal(without.code, 1);
    assert.match(without.stderr, /Code: cli\.retry-not-scanned/);
    const again = await copy(KEEP, ['--retry-failed', reportFile], { env });
    assert.equal(again.code, 0, again.stderr);
    assert.deepEqual((await readdir(kept)).sort(), ['ran', image, index, bundle].sort());
  });

  for (const [name, makeEngine] of engines) {
    test(`is run by the engine ${name}`, async () => {
      const engine = makeEngine();
      try {
        const to = target();
        const reference = `${source.name}:v1`;
        const accepted = { beforeTag: 'echo "$CARVEL_AIRGAP_KIND"' };
        const seen: string[] = [];
        const report = await relocate(engine, { kind: 'bundle', reference }, to.name, {
          options: accepted,
          onEvent: (event) => {
            if (event.type === 'phase') seen.push(event.phase);
            if (event.type === 'scan') seen.push(event.output);
          },
        });
        assert.deepEqual(
          [...seen.slice(0, 3), ...seen.slice(3, 6).sort(), ...seen.slice(6)],
          ['resolve', 'plan', 'scan', 'bundle', 'image', 'index', 'copy', 'finish'],
        );
        const said = report.results?.map(({ kind, scan }) => [kind, scan?.output]);
        for (const [kind, output] of said ?? []) assert.equal(output, kind);
        const refused = relocate(engine, { kind: 'bundle', reference }, target().name, {
          options: { beforeTag: 'exit 9' },
        });
        await assert.rejects(refused, { code: 'relocation.scan-refused' });
      } finally {
        engine.dispose();
      }
    });
  }
});

interface Listing {
  readonly manifests?: readonly { readonly digest: string }[];
  readonly config?: { readonly digest: string };
  readonly layers?: readonly { readonly digest: string }[];
}

async function untilThere(path: string): Promise<string> {
  for (;;) {
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text !== undefined) return text;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Whether a process exists and is not just waiting to be reaped. */
async function isRunning(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return status !== undefined && !/\) [ZX] /.test(status);
}
