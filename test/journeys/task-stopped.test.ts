// A task's relocation is stopped where all relocations are: in the Relocations view. Its terminal says so and fails the task.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { test } from 'node:test';

import { blobsSent, untilBlobsSent } from '../support/blobs-sent.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { startRegistry } from '../support/registry.ts';
import { startedUploads } from '../support/started-uploads.ts';
import { startSlowProxy } from '../support/slow-proxy.ts';
import { journey } from '../support/vscode/journey.ts';

const megabyte = 1_000_000;

test("Pause and Cancel in the view end a task's relocation with exit code 1, and leave nothing half done", async (context) => {
  const source = await startRegistry();
  context.after(() => source.stop());
  const destination = await startRegistry({ accessLog: true });
  context.after(() => destination.stop());
  const slow = await startSlowProxy(source.host, megabyte / 2);
  context.after(() => slow.stop());
  const repository = new RawRepository(source.host, 'big');
  const layers = Array.from({ length: 40 }, () => randomBytes(megabyte));
  await repository.pushBundle('1.0.0', [`${slow.host}/big@${await repository.pushImage('image', layers)}`]);
  const mirror = {
    type: 'carvel-airgap',
    label: 'mirror',
    source: `${slow.host}/big:1.0.0`,
    toRepository: `${destination.host}/big`,
  };
  const workspace = { '.vscode/tasks.json': JSON.stringify({ version: '2.0.0', tasks: [mirror] }) };
  // What a terminal shows can be read where it is drawn as text.
  const settings = { 'terminal.integrated.gpuAcceleration': 'off' };

  await journey('task-stopped', { workspace, settings }, async (workbench) => {
    const { page, quickInput } = workbench;
    const terminal = page.locator('.panel .xterm-rows');
    const failed = /terminated with exit code: 1/;
    const locks = async (): Promise<string[]> => {
      const all = await readdir(workbench.dataFolder, { recursive: true });
      return all.filter((name) => /relocation[^/]*\/[^/]+\.lock$/.test(name));
    };
    /** How often the registry was asked to forget an upload; once for each task, which makes sure that it can write. */
    const canceledUploads = async (): Promise<number> =>
      (await destination.requests()).filter(({ method, path }) => method === 'DELETE' && path.includes('/uploads/'))
        .length;
    const runTask = async (): Promise<void> => {
      await workbench.runCommand('Tasks: Run Task', quickInput.option('mirror').first());
      await quickInput.pick('mirror');
    };
    await workbench.openView('Carvel Airgap');
    await workbench.viewAlone('Relocations');
    const rows = page.getByRole('treeitem', { name: /^big:1\.0\.0, / });

    await runTask();
    const running = workbench.treeItem(/^big:1\.0\.0, running, [1-9]\d % · .* left/);
    await running.waitFor();
    await terminal.getByText(/MB of 40/).waitFor();
    await workbench.step('running');
    assert.notDeepEqual(await locks(), []);
    await untilBlobsSent(destination, 5);
    const paused = workbench.treeItem(/^big:1\.0\.0, paused · \d+ %/);
    await workbench.inlineAction(workbench.treeItem(/^big:1\.0\.0, running/), 'Pause Relocation', paused);
    await terminal.getByText('Paused. It can be resumed in the Relocations view.').waitFor();
    await terminal.getByText(failed).waitFor();
    await workbench.step('paused');
    assert.deepEqual(await locks(), []);
    // What was in transit has arrived, so nothing was left to cancel.
    assert.deepEqual(new Set((await startedUploads(destination, 'big')).keys()), new Set());
    const atFirst = await canceledUploads();
    const before = await blobsSent(destination);

    // The same task continues from there, in place of what was paused.
    await runTask();
    await workbench.treeItem(/^big:1\.0\.0, running, [1-9]\d % · .* left/).waitFor();
    await untilBlobsSent(destination, before.length);
    assert.equal(await rows.count(), 1);
    const canceled = workbench.treeItem(/^big:1\.0\.0, canceled · \d+ %/);
    await workbench.inlineAction(workbench.treeItem(/^big:1\.0\.0, running/), 'Cancel Relocation', canceled);
    await terminal.getByText(/^Canceled\.$/).waitFor();
    await terminal.getByText(failed).waitFor();
    await workbench.statusBarItem(/relocation/).waitFor({ state: 'detached' });
    await workbench.step('cancelled');
    // Whoever cancels knows it.
    assert.equal(await page.locator('.notifications-toasts .notification-list-item').count(), 0);
    assert.equal(await rows.count(), 1);
    assert.deepEqual(await locks(), []);
    assert.ok((await canceledUploads()) > atFirst + 1, 'the upload was not canceled at the registry');
    const sent = await blobsSent(destination);
    assert.ok(sent.length > before.length, 'it did not go on');
    assert.equal(new Set(sent).size, sent.length, 'a blob that was complete was sent again');
    const tags = [...(await new RawRepository(destination.host, 'big').tags()).keys()];
    assert.deepEqual(
      tags.filter((tag) => !/^sha256-[0-9a-f]{64}\.imgpkg$/.test(tag)),
      [],
    );
  });
});
