// A task with a scanner: what it refuses is not written, and what it accepts says so in the report.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';

import { RawRepository } from '../support/raw-registry.ts';
import { startRegistry } from '../support/registry.ts';
import { journey } from '../support/vscode/journey.ts';

const SCANNER = `#!/bin/sh
test -f "$CARVEL_AIRGAP_LAYOUT/index.json" || exit 2
case "$CARVEL_AIRGAP_KIND" in "$1") echo "CVE-2026-0001 in $CARVEL_AIRGAP_KIND"; exit 3;; esac
echo "CRITICAL: 0"
`;

test('a task scans images before anything is written, and shows what the scanner says', async (context) => {
  const source = await startRegistry();
  context.after(() => source.stop());
  const destination = await startRegistry({ accessLog: true });
  context.after(() => destination.stop());
  const repository = new RawRepository(source.host, 'app');
  await repository.pushBundle('1.0.0', [
    `${repository.name}@${await repository.pushImage('image', [randomBytes(99)])}`,
  ]);
  const task = (label: string, refuse: string) => ({
    type: 'carvel-airgap',
    label,
    source: `${repository.name}:1.0.0`,
    toRepository: `${destination.host}/app`,
    beforeTag: `sh "\${workspaceFolder}/scan.sh" ${refuse}`,
  });
  const tasks = [task('strict', 'image'), task('usual', 'nothing')];
  const workspace = { '.vscode/tasks.json': JSON.stringify({ version: '2.0.0', tasks }), 'scan.sh': SCANNER };
  const settings = { 'terminal.integrated.gpuAcceleration': 'off' };

  await journey('before-tag', { workspace, settings }, async (workbench) => {
    const { page, quickInput } = workbench;
    const terminal = page.locator('.panel .xterm-rows');
    const runTask = async (label: string): Promise<void> => {
      await workbench.runCommand('Tasks: Run Task', quickInput.option(label).first());
      await quickInput.pick(label);
    };
    await workbench.openView('Carvel Airgap');
    await workbench.viewAlone('Relocations');

    await runTask('strict');
    await terminal
      .getByText(/CVE-2026-0001/)
      .first()
      .waitFor();
    await workbench
      .treeItem(/^app:1\.0\.0, failed, .* refused 1 of 2 images: .*: exit code 3, CVE-2026-0001/)
      .waitFor();
    await workbench.step('refused');
    assert.equal((await new RawRepository(destination.host, 'app').tags()).size, 0);
    await workbench.clearNotifications();

    await runTask('usual');
    const done = workbench.treeItem(/^app:1\.0\.0, finished/);
    await done.waitFor();
    await workbench.step('accepted');
    const accepted = workbench.renderedPage().getByText('accepted by the scanner').first();
    await workbench.contextMenu(done, 'Show Report', accepted);
    await workbench.click(accepted, workbench.renderedPage().getByText('CRITICAL: 0').first());
    await workbench.step('report');
    assert.equal(await new RawRepository(destination.host, 'app').digest('1.0.0'), await repository.digest('1.0.0'));
  });
});
