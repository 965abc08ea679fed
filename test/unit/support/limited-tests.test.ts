import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { clusterReport } from '../../support/cluster-report.ts';
import type { Cluster } from '../../support/cluster.ts';
import type { KappController } from '../../support/kapp-controller.ts';

const helper = new URL('../../support/limited-tests.ts', import.meta.url).href;

test('a test that waits too long fails with a report, and takes no time from the tests after it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'airgap-limited-'));
  const file = join(folder, 'limited.test.ts');
  writeFileSync(
    file,
    `import { describe } from 'node:test';
     import { limitedTests } from '${helper}';
     describe('tests', () => {
       let signal;
       const { test } = limitedTests({ seconds: 0.2, onBegin: (its) => (signal = its), report: async () => '  | why' });
       test('heeds its signal', () => new Promise((_resolve, reject) => {
         signal.addEventListener('abort', () => reject(new Error('seen last: nothing')));
       }));
       test('hangs', () => new Promise(() => setInterval(() => undefined, 1000).unref()));
       test('comes later', () => signal.throwIfAborted());
     });`,
  );
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { stdout } = spawnSync(process.execPath, ['--test', '--test-reporter=spec', file], { env, encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  const output = stripVTControlCharacters(stdout);
  assert.match(output, /✖ heeds its signal/);
  assert.match(output, /seen last: nothing\n +\| why/);
  assert.match(output, /it took longer than 0\.2 s\n +\| why/);
  assert.match(output, /✔ comes later/);
  assert.match(output, /ℹ pass 1\nℹ fail 2/);
});

test('the report of a cluster names what is not reconciled, and shows the last lines of the log', async () => {
  const succeeded = { observedGeneration: 1, conditions: [{ type: 'ReconcileSucceeded' }] };
  const failed = {
    observedGeneration: 1,
    conditions: [{ type: 'ReconcileFailed', message: 'Fetching:\nno such host' }],
  };
  const object = (name: string, status: object, generation = 1): object => ({
    kind: 'PackageRepository',
    metadata: { namespace: 'team', name, generation },
    status,
  });
  const items = [object('good', succeeded), object('changed', succeeded, 2), object('bad', failed), object('new', {})];
  const get = async (path: string): Promise<unknown> => {
    if (path.endsWith('apps')) throw new Error('GET apps: 503');
    return { items: path.endsWith('packagerepositories') ? items : [] };
  };
  const line = (msg: string): string =>
    JSON.stringify({ level: 'info', ts: '2026-11-30T02:46:21Z', logger: 'kc.controller.pkgr', msg });
  const request = ',"request":{"namespace":"team","name":"bad"}}';
  const log = [
    line('Starting Controller'),
    line('Reconciling').replace(/}$/, request),
    'fatal error: concurrent map iteration and map write',
    'goroutine 616 [running]:',
    '\truntime/panic.go:1058 +0x18',
    '[bench] kapp-controller ended with 2',
  ];
  const report = await clusterReport(
    false,
    { client: { get } } as unknown as Cluster,
    {
      log: () => Promise.resolve(log.join('\n')),
      state: () => 'runs; kapp-controller ended with 2',
    } as KappController,
  );
  assert.deepEqual(report.replaceAll('  | ', '').split('\n'), [
    'PackageRepository team/changed: ReconcileSucceeded, generation 2, observed 1:',
    'PackageRepository team/bad: ReconcileFailed, generation 1, observed 1: Fetching: no such host',
    'PackageRepository team/new: no condition, generation 1, observed none:',
    'GET apps: 503',
    'kapp-controller runs; kapp-controller ended with 2',
    'fatal error: concurrent map iteration and map write',
    '02:46:21 pkgr Reconciling team/bad',
    '[bench] kapp-controller ended with 2',
  ]);
});
