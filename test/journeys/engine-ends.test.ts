// The process that copies is killed, as by a machine that has no memory left: nothing is lost, and going on is one click.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { blobsSent, untilBlobsSent } from '../support/blobs-sent.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { startRegistry } from '../support/registry.ts';
import { startVendor } from '../support/vendor.ts';
import { journey } from '../support/vscode/journey.ts';

test('A relocation whose process is killed is interrupted, reports it once, and resumes where it was', async (context) => {
  const [vendor, airgap] = await Promise.all([startVendor(), startRegistry({ accessLog: true })]);
  context.after(() => Promise.all([vendor.stop(), airgap.stop()]));
  const big = new RawRepository(vendor.host, 'big');
  const image = await big.pushImage(
    'image',
    Array.from({ length: 30 }, () => randomBytes(200_000)),
  );
  const digest = await big.pushBundle('1.0.0', [`${vendor.host}/big@${image}`]);
  const machineSettings = {
    'carvelAirgap.registries': [{ host: vendor.host, repositories: ['big'] }, { host: airgap.host }],
    // Slow, until it was killed.
    'carvelAirgap.bandwidthLimit': 0.05,
  };
  await journey('engine-ends', { machineSettings }, async (workbench) => {
    const { quickInput } = workbench;
    await workbench.openView('Carvel Airgap');
    await workbench.expand(vendor.host);
    await workbench.expand('big');
    await workbench.contextMenu(workbench.treeItem('1.0.0'), 'Relocate…', quickInput.step('Destination repository'));
    await quickInput.pick(`${airgap.host}/big`);
    await workbench.answer(workbench.dialog('Relocate big:1.0.0'), 'Relocate');
    await workbench.treeItem(/^big:1\.0\.0, running, [1-9]\d %/).waitFor();
    await untilBlobsSent(airgap, 1);

    const engines = await enginesOf(workbench.dataFolder);
    assert.equal(engines.length, 1);
    process.kill(engines[0] ?? Number.NaN, 'SIGKILL');
    const offer = workbench.notification('The relocation of big:1.0.0 to');
    await offer.getByText('was interrupted').waitFor();
    // Only what is complete at the destination counts.
    await workbench.treeItem(/^big:1\.0\.0, interrupted · \d+ % · /).waitFor();
    await workbench.notification('Relocating big:1.0.0').waitFor({ state: 'detached' });
    await workbench.statusBarItem(/1 relocation/).waitFor({ state: 'detached' });
    assert.equal(await offer.count(), 1);
    assert.equal(await workbench.page.locator('.notification-list-item').count(), 1);
    await workbench.step('interrupted');
    const sent = await blobsSent(airgap);

    await workbench.runCommand('Airgap: Limit Bandwidth…');
    await quickInput.accept('');
    const resumed = workbench.treeItem(/^big:1\.0\.0, (?:queued|running|finished)/);
    await workbench.notificationButton('Resume', 'was interrupted', resumed);
    await workbench.treeItem(/^big:1\.0\.0, finished/).waitFor();
    await workbench.step('finished');
    assert.equal(await new RawRepository(airgap.host, 'big').digest('1.0.0'), digest);
    const blobs = await blobsSent(airgap);
    assert.equal(new Set(blobs).size, blobs.length, 'a blob that was complete was sent again');
    assert.ok(blobs.length > sent.length);
  });
});

/** The engine's processes of the VS Code with that folder of data. */
async function enginesOf(data: string): Promise<number[]> {
  const read = (pid: string, file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const isEngine = (await read(pid, 'cmdline')).includes('engine.cjs');
      return isEngine && (await read(pid, 'environ')).includes(`${data}/`) ? [Number(pid)] : [];
    }),
  );
  return found.flat();
}
