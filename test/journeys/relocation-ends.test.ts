// How relocations end that do not just succeed: in part, because a registry asks to wait for long, and by the user.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { startFaultProxy } from '../support/fault-proxy.ts';
import { RawRepository, sha256 } from '../support/raw-registry.ts';
import { startRegistry } from '../support/registry.ts';
import { journey } from '../support/vscode/journey.ts';

test('Retry Failed, a long Retry-After, and Discard', async (context) => {
  const source = await startRegistry();
  context.after(() => source.stop());
  const destination = await startRegistry();
  context.after(() => destination.stop());
  const proxy = await startFaultProxy(source);
  context.after(() => proxy.stop());
  const repository = new RawRepository(source.host, 'app');
  const [good, bad, late] = [randomBytes(50_000), randomBytes(60_000), randomBytes(600_000)];
  const image = async (tag: string, layers: readonly Buffer[]) =>
    `${proxy.host}/app@${await repository.pushImage(tag, layers)}`;
  await repository.pushBundle('1.0.0', [await image('good', [good]), await image('bad', [bad])]);
  const second = await repository.pushBundle('2.0.0', [await image('late', [late])]);
  await repository.pushBundle('3.0.0', [await image('both', [good, late])]);
  const blob = (bytes: Buffer): RegExp => new RegExp(`/blobs/${sha256(bytes)}`);
  const registries = [{ host: proxy.host, repositories: ['app'] }, { host: destination.host }];

  await journey(
    'relocation-ends',
    { machineSettings: { 'carvelAirgap.registries': registries } },
    async (workbench) => {
      const { quickInput } = workbench;
      await workbench.openView('Carvel Airgap');
      await workbench.view('Relocations');
      const tagRow = (tag: string) => workbench.treeItem(new RegExp(`^${tag.replaceAll('.', '\\.')}(?:,|$)`));
      const destinations = quickInput.step('Destination repository');
      await workbench.expand(proxy.host);
      await workbench.expand('app');

      proxy.arm([{ method: 'GET', path: blob(bad), times: 99, action: { do: 'answer', status: 404 } }]);
      await workbench.contextMenu(tagRow('1.0.0'), 'Relocate…', destinations);
      await quickInput.pick('Options…');
      await quickInput.toggle('Continue if an image fails');
      await quickInput.accept();
      await quickInput.option('Options…, 1 set').waitFor();
      await quickInput.pick(`${destination.host}/app`);
      await workbench.answer(workbench.dialog('Relocate app:1.0.0'), 'Relocate');
      await workbench.notification(/Partially relocated .*: 1 of 3 images failed/).waitFor();
      await workbench.treeItem(/^app:1\.0\.0, partially finished, failed images: 1/).waitFor();
      await workbench.step('in-part');
      const page = workbench.renderedPage();
      await workbench.notificationButton('Show Report', 'Partially relocated', page.getByText('1 of 3 images failed.'));
      await workbench.click(page.getByText('failed', { exact: true }), page.getByText(/oci\.[\w-]+/));
      await workbench.step('report-of-part');
      const report = await page.innerText();
      assert.match(report, new RegExp(`${proxy.host}/app\\s[^]*sha256:[0-9a-f]{64}`));
      const partial = workbench.treeItem(/^app:1\.0\.0, partially finished/);
      await workbench.contextMenu(partial, 'Save Report as JSON…', quickInput.widget);
      await quickInput.suggests('app-1.0.0-report.json');
      await quickInput.accept(join(workbench.folder, 'report.json'));
      const saved = JSON.parse(await untilSaid(join(workbench.folder, 'report.json'), '}\n')) as {
        kind: string;
        failed: unknown[];
      };
      assert.deepEqual([saved.kind, saved.failed.length], ['Report', 1]);

      proxy.arm([]);
      const retry = workbench.dialog('Relocate app:1.0.0');
      await workbench.inlineAction(partial, 'Retry Failed', retry);
      await workbench.answer(retry, 'Relocate');
      await workbench.treeItem(/^app:1\.0\.0, finished, .* · to /).waitFor();
      await new RawRepository(destination.host, 'app').digest('1.0.0');

      const wait = { status: 429, headers: { 'retry-after': '3600' } };
      proxy.arm([{ method: 'GET', path: blob(late), times: 99, action: { do: 'answer', ...wait } }]);
      await workbench.contextMenu(tagRow('2.0.0'), 'Relocate…', destinations);
      await quickInput.pick(`${destination.host}/app`);
      await workbench.answer(workbench.dialog('Relocate app:2.0.0'), 'Relocate');
      await workbench.notification(/asked to wait until .*The relocation of app:2\.0\.0 is paused/).waitFor();
      await workbench.step('asked-to-wait');
      const waiting = workbench.treeItem(/^app:2\.0\.0, waiting for the registry, .*resumes at/);
      await workbench.notificationButton('Resume at', 'asked to wait', waiting);
      await workbench.step('resumes-later');
      const paused = workbench.treeItem(/^app:2\.0\.0, paused/);
      await workbench.inlineAction(workbench.treeItem(/^app:2\.0\.0/), 'Pause Relocation', paused);
      proxy.arm([
        { method: 'GET', path: blob(late), action: { do: 'answer', ...wait, headers: { 'retry-after': '6' } } },
      ]);
      const shortWait = workbench.treeItem(/^app:2\.0\.0, running, .*asked to wait until/);
      await workbench.inlineAction(paused, 'Resume Relocation', shortWait);
      await workbench.step('short-wait');
      await workbench.treeItem(/^app:2\.0\.0, finished/).waitFor();
      assert.equal(await new RawRepository(destination.host, 'app').digest('2.0.0'), second);

      proxy.arm([{ method: 'GET', path: blob(late), times: 9, action: { do: 'stall', afterAnswer: 100_000 } }]);
      await workbench.contextMenu(tagRow('3.0.0'), 'Export to Tarball…', quickInput.widget);
      await quickInput.suggests('app-3.0.0.tar');
      await quickInput.accept(join(workbench.folder, 'app.tar'));
      await workbench.answer(workbench.dialog('Export app:3.0.0'), 'Export');
      await workbench.treeItem(/^app:3\.0\.0, running/).waitFor();
      await untilSaid(join(workbench.folder, 'app.tar.partial.journal'), `"written":${good.byteLength}}`);
      const canceled = workbench.treeItem(/^app:3\.0\.0, canceled/);
      await workbench.inlineAction(workbench.treeItem(/^app:3\.0\.0/), 'Cancel Relocation', canceled);
      const unfinished = async () => (await readdir(workbench.folder)).filter((name) => name.startsWith('app.tar'));
      assert.ok((await unfinished()).includes('app.tar.partial'));
      const question = workbench.dialog('Discard the relocation of app:3.0.0?');
      await workbench.inlineAction(canceled, 'Discard Relocation…', question);
      await question.getByText('The unfinished file next to').waitFor();
      await workbench.step('discard');
      await workbench.answer(question, 'Discard');
      await canceled.waitFor({ state: 'detached' });
      assert.deepEqual(await unfinished(), []);
      await workbench.theme('high-contrast');
      await workbench.step('high-contrast');
    },
  );
});

/** The text of a file, as soon as it has this in it. */
async function untilSaid(path: string, text: string): Promise<string> {
  for (let turn = 0; turn < 600; turn++) {
    const said = await readFile(path, 'utf8').catch(() => '');
    if (said.includes(text)) return said;
    await pause(100);
  }
  throw new Error(`${path} does not say ${text}`);
}
