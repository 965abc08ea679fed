import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { RawRepository } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';
import { startSlowProxy } from '../support/slow-proxy.ts';
import { journey } from '../support/vscode/journey.ts';

const megabyte = 1_000_000;

interface Way {
  /** The source behind a line of so many bytes a second. */
  readonly slow: string;
  readonly source: Registry;
  readonly destination: Registry;
}

async function makeWay(context: TestContext, bytesPerSecond: number): Promise<Way> {
  const source = await startRegistry({ accessLog: true });
  context.after(() => source.stop());
  const destination = await startRegistry({ accessLog: true });
  context.after(() => destination.stop());
  const slow = await startSlowProxy(source.host, bytesPerSecond);
  context.after(() => slow.stop());
  return { slow: slow.host, source, destination };
}

/** A bundle with one image of so many layers of a size. */
async function pushBundle({ source, slow }: Way, path: string, layers: number, bytes: number): Promise<string> {
  const repository = new RawRepository(source.host, path);
  const image = await repository.pushImage(
    'image',
    Array.from({ length: layers }, () => randomBytes(bytes)),
  );
  return repository.pushBundle('1.0.0', [`${slow}/${path}@${image}`]);
}

const settings = (way: Way, repositories: readonly string[]) => ({
  'carvelAirgap.registries': [{ host: way.slow, repositories }, { host: way.destination.host }],
});

test('A relocation is paused and resumed in the view, and ends in a report', async (context) => {
  const way = await makeWay(context, 3 * megabyte);
  const digest = await pushBundle(way, 'big', 40, megabyte);
  await journey('relocations', { machineSettings: settings(way, ['big']) }, async (workbench) => {
    await workbench.openView('Carvel Airgap');
    const view = await workbench.view('Relocations');
    await view.getByText('Nothing was relocated yet').waitFor();
    await workbench.step('empty');
    await workbench.expand(way.slow);
    await workbench.expand('big');
    await workbench.contextMenu(workbench.treeItem('1.0.0'), 'Relocate…');
    await workbench.quickInput.pick(`${way.destination.host}/big`);
    const plan = workbench.dialog('Relocate big:1.0.0');
    await plan.getByRole('button', { name: 'Relocate', exact: true }).click();
    const item = workbench.treeItem(/^big:1\.0\.0, running, \d+ % · \d+ s left · .*MB of 40\.\d MB · .*MB\/s/);
    await item.waitFor();
    await workbench.notification('Relocating big:1.0.0').waitFor();
    await workbench.statusBarItem(/1 relocation · \d+ %/).waitFor();
    await workbench.step('running');

    await workbench.treeItem(/^big:1\.0\.0, running, [3-9]\d %/).waitFor();
    await workbench.inlineAction(workbench.treeItem(/^big:1\.0\.0/), 'Pause Relocation');
    const paused = workbench.treeItem(/^big:1\.0\.0, paused, paused · \d+ %/);
    await paused.waitFor();
    await workbench.notification('Relocating').waitFor({ state: 'detached' });
    await workbench.step('paused');
    const before = percentIn(await paused.getAttribute('aria-label'));
    assert.ok(before >= 30, `${before} %`);
    const sent = await blobsSent(way.destination);
    assert.ok(sent.length > 5, `${sent.length} blobs were sent`);

    await workbench.inlineAction(workbench.treeItem(/^big:1\.0\.0/), 'Resume Relocation');
    const running = workbench.treeItem(/^big:1\.0\.0, running, \d+ % · .*MB of/);
    await running.waitFor();
    const after = percentIn(await running.getAttribute('aria-label'));
    assert.ok(after >= before, `${after} % after ${before} %`);
    await workbench.step('resumed');
    await workbench.notification('Relocated big:1.0.0').waitFor();
    await workbench.treeItem(/^big:1\.0\.0, finished, to /).waitFor();
    await workbench.step('finished');
    assert.equal(await new RawRepository(way.destination.host, 'big').digest('1.0.0'), digest);
    const all = await blobsSent(way.destination);
    assert.equal(new Set(all).size, all.length, 'a blob that was complete was sent again');
    assert.ok(all.length > sent.length);

    await workbench.notificationButton('Show Report', 'Relocated big:1.0.0');
    await workbench.editor().getByText('Relocation of').waitFor();
    await workbench.step('report');
    const report = await workbench.editorText();
    assert.match(report, /\*\*Complete: 2 images, \d of them copied\.\*\*/);
    assert.ok(report.includes(`\`${way.destination.host}/big@${digest}\``), report);
  });
});

function percentIn(label: string | null): number {
  return Number(/(\d+) %/.exec(label ?? '')?.[1] ?? Number.NaN);
}

/** The digests of the blobs that were sent, as often as they were sent. */
async function blobsSent(registry: Registry): Promise<string[]> {
  const requests = await registry.requests();
  return requests
    .filter(({ method, status }) => method === 'PUT' && status === 201)
    .flatMap(({ path }) => /[?&]digest=([^&]+)/.exec(path)?.[1] ?? []);
}
