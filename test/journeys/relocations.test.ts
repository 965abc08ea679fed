import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { TestContext } from 'node:test';

import { blobsSent, untilBlobsSent } from '../support/blobs-sent.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';
import { startSlowProxy } from '../support/slow-proxy.ts';
import { journey } from '../support/vscode/journey.ts';
import type { Workbench } from '../support/vscode/workbench.ts';

const megabyte = 1_000_000;

/** All of a bundle with an image of forty layers: those, the bundle's own, and two configs. */
const complete =
  /Layers and configs\s+43 copied, 0 mounted, 0 already present, 0 skipped\s+Data\s+(40\.\d MB) copied of \1\s/;

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

/** A bundle with one image of so many layers of a size; its digest. */
async function pushBundle(
  { source, slow }: Way,
  path: string,
  layers: number,
  bytes: number,
  tag = '1.0.0',
): Promise<string> {
  const repository = new RawRepository(source.host, path);
  const image = await repository.pushImage(
    'image',
    Array.from({ length: layers }, () => randomBytes(bytes)),
  );
  return repository.pushBundle(tag, [`${slow}/${path}@${image}`]);
}

const settings = (way: Way, repositories: readonly string[]) => ({
  'carvelAirgap.registries': [{ host: way.slow, repositories }, { host: way.destination.host }],
});

test('A relocation is paused and resumed in the view, and ends in a report', async (context) => {
  const way = await makeWay(context, 3 * megabyte);
  const digest = await pushBundle(way, 'big', 40, megabyte);
  // Slow, until it was paused and resumed.
  const machineSettings = { ...settings(way, ['big']), 'carvelAirgap.bandwidthLimit': 0.5 };
  await journey('relocations', { machineSettings }, async (workbench) => {
    await workbench.openView('Carvel Airgap');
    const view = await workbench.view('Relocations');
    await view.getByText('No relocations yet').waitFor();
    await workbench.step('empty');
    await workbench.expand(way.slow);
    await workbench.expand('big');
    await startRelocation(workbench, way, 'big', '1.0.0');
    const item = workbench.treeItem(/^big:1\.0\.0, running, \d+ % · .* left · .*MB of 40\.\d MB · .*B\/s/);
    await item.waitFor();
    await workbench.notification('Relocating big:1.0.0').waitFor();
    await workbench.statusBarItem(/1 relocation · \d+ %/).waitFor();
    await workbench.expand(/^big:1\.0\.0, running/);
    await workbench.treeItem(/^big, copying · image · [0-9a-f]{12} · 40\.\d MB/).waitFor();
    await workbench.treeItem(/^big, (?:waiting|copying|copied) · bundle · /).waitFor();
    await workbench.step('running');

    // The line of this journey is faster than the limit: it is what counts from now on.
    await limitBandwidth(workbench, '0.3');
    await view.getByText('max. 0.3 MiB/s').waitFor();
    // 0.3 MiB/s are 315 kB/s.
    await workbench.treeItem(/^big:1\.0\.0, running, .*· (?:3[01]\d|[12]\d\d|\d\d)\.\d kB\/s/).waitFor();
    await workbench.step('limited');

    await workbench.treeItem(/^big:1\.0\.0, running, [1-9]\d %/).waitFor();
    await untilBlobsSent(way.destination, 5);
    const paused = workbench.treeItem(/^big:1\.0\.0, paused · \d+ %/);
    await workbench.inlineAction(workbench.treeItem(/^big:1\.0\.0/), 'Pause Relocation', paused);
    await workbench.notification('Relocating').waitFor({ state: 'detached' });
    await workbench.step('paused');
    const before = percentIn(await paused.getAttribute('aria-label'));
    assert.ok(before >= 10, `${before} %`);
    const sent = await blobsSent(way.destination);

    const running = workbench.treeItem(/^big:1\.0\.0, running, \d+ % · .*MB of/);
    await workbench.inlineAction(workbench.treeItem(/^big:1\.0\.0/), 'Resume Relocation', running);
    const after = percentIn(await running.getAttribute('aria-label'));
    assert.ok(after >= before, `${after} % after ${before} %`);
    await workbench.step('resumed');
    await limitBandwidth(workbench, '');
    await view.getByText('max. 0.3 MiB/s').waitFor({ state: 'detached' });
    await workbench.notification('Relocated big:1.0.0').waitFor();
    await workbench.treeItem(/^big:1\.0\.0, finished, .* · to /).waitFor();
    await workbench.step('finished');
    assert.equal(await new RawRepository(way.destination.host, 'big').digest('1.0.0'), digest);
    const all = await blobsSent(way.destination);
    assert.equal(new Set(all).size, all.length, 'a blob that was complete was sent again');
    assert.ok(all.length > sent.length);

    const pageOfReport = workbench.renderedPage().getByText('Relocation of');
    await workbench.notificationButton('Show Report', 'Relocated big:1.0.0', pageOfReport);
    await workbench.step('report');
    const report = await workbench.renderedPage().innerText();
    // The report is about all of it, not what was left after the pause.
    assert.match(report, /Complete: 2 of 2 images copied\./);
    assert.match(report, complete);
    assert.match(report, /Attempts\s+.*: paused, [\d.]+ MB sent\s+.*: finished, [\d.]+ MB sent\s*$/);
    assert.equal([...report.matchAll(/sha256:[0-9a-f]{64}\s+[\d.]+ k?M?B\s+copied/g)].length, 2, report);
    assert.ok(report.includes(`${way.destination.host}/big@${digest}`), report);
  });
});

test('A window that is reloaded in the middle of a copy offers to resume it', async (context) => {
  const way = await makeWay(context, 3 * megabyte);
  const digest = await pushBundle(way, 'big', 40, megabyte);
  // Slow, until the window was reloaded.
  const machineSettings = { ...settings(way, ['big']), 'carvelAirgap.bandwidthLimit': 0.5 };
  await journey('reload', { machineSettings }, async (workbench) => {
    await workbench.openView('Carvel Airgap');
    await workbench.expand(way.slow);
    await workbench.expand('big');
    await startRelocation(workbench, way, 'big', '1.0.0');
    await workbench.treeItem(/^big:1\.0\.0, running, [1-9]\d %/).waitFor();
    // More than are in flight at once: the first ones have been complete for so long that their progress was stored.
    await untilBlobsSent(way.destination, 15);

    // Nothing of ours is on show when the window comes back.
    await workbench.openView('Explorer');
    await workbench.reload();
    const offer = workbench.notification('The relocation of big:1.0.0 to');
    await offer.getByText('was interrupted').waitFor();
    assert.equal(await workbench.page.locator('.sidebar .composite.title').getByText('Carvel Airgap').count(), 0);
    await workbench.openView('Carvel Airgap');
    const lost = workbench.treeItem(/^big:1\.0\.0, interrupted · \d+ %/);
    await lost.waitFor();
    const before = percentIn(await lost.getAttribute('aria-label'));
    // Only what is complete counts, as of the last progress that was stored.
    assert.ok(before > 0, `${before} %`);
    await workbench.step('offered');
    const sent = await blobsSent(way.destination);

    const running = workbench.treeItem(/^big:1\.0\.0, running, \d+ % · .*MB of/);
    await workbench.notificationButton('Resume', 'was interrupted', running);
    assert.ok(percentIn(await running.getAttribute('aria-label')) >= before);
    await limitBandwidth(workbench, '');
    await workbench.notification('Relocated big:1.0.0').waitFor();
    await workbench.step('finished');
    assert.equal(await new RawRepository(way.destination.host, 'big').digest('1.0.0'), digest);
    const all = await blobsSent(way.destination);
    assert.equal(new Set(all).size, all.length, 'a blob that was complete was sent again');
    assert.ok(all.length > sent.length);

    // The window took the last seconds of the first attempt along, and what they brought was not there already.
    const pageOfReport = workbench.renderedPage().getByText('Relocation of');
    await workbench.notificationButton('Show Report', 'Relocated big:1.0.0', pageOfReport);
    await workbench.step('report');
    assert.match(await workbench.renderedPage().innerText(), complete);

    await workbench.reload();
    await workbench.openView('Carvel Airgap');
    await workbench.treeItem(/^big:1\.0\.0, finished/).waitFor();
    assert.equal(await workbench.notification('was interrupted').count(), 0);
  });
});

test('Two relocations run at a time; another window shows them, and resumes them when the first is closed', async (context) => {
  const way = await makeWay(context, 10 * megabyte);
  const names = ['app-a', 'app-b', 'app-c'] as const;
  const digests = new Map<string, string>();
  for (const name of names) digests.set(name, await pushBundle(way, name, 40, megabyte / 2, `${name}-1`));
  const light = { 'workbench.colorTheme': 'Light Modern' };
  // Slow, until the second window has seen enough.
  const machineSettings = { ...settings(way, names), 'carvelAirgap.bandwidthLimit': 0.05 };
  await journey('parallel', { settings: light, machineSettings }, async (workbench) => {
    await workbench.openView('Carvel Airgap');
    await workbench.expand(way.slow);
    for (const name of names) {
      await workbench.expand(name);
      await startRelocation(workbench, way, name, `${name}-1`);
    }
    await workbench.treeItem(/^app-c:app-c-1, queued/).waitFor();
    await workbench.treeItem(/^app-a:app-a-1, running, \d+ %/).waitFor();
    await workbench.treeItem(/^app-b:app-b-1, running, \d+ %/).waitFor();
    await workbench.statusBarItem(/2 relocations · \d+ %/).waitFor();
    await workbench.step('two-running');

    const other = await workbench.secondWindow();
    await other.openView('Carvel Airgap');
    await other.treeItem(/^app-a:app-a-1, running in another window, \d+ %/).waitFor();
    await other.treeItem(/^app-c:app-c-1, running in another window/).waitFor();
    // The row is redrawn with each figure: a click may come between.
    await other.click(other.treeItem(/^app-a:app-a-1/), other.menuItem('Show Log'), 'right');
    assert.equal(await other.menuItem('Pause Relocation').count(), 0);
    await other.step('in-another-window');
    await other.closeMenu();

    const canceled = workbench.treeItem(/^app-c:app-c-1, canceled/);
    await workbench.inlineAction(workbench.treeItem(/^app-c:app-c-1/), 'Cancel Relocation', canceled);
    const dialog = workbench.dialog('Discard the relocation of app-c:app-c-1?');
    await workbench.inlineAction(canceled, 'Discard Relocation…', dialog);
    await workbench.step('discard');
    await workbench.answer(dialog, 'Discard');
    await workbench.treeItem(/^app-c:app-c-1, canceled/).waitFor({ state: 'detached' });

    await workbench.page.close({ runBeforeUnload: false });
    await other.notification('2 relocations were interrupted.').waitFor();
    await other.treeItem(/^app-a:app-a-1, interrupted/).waitFor();
    await other.step('interrupted');
    await limitBandwidth(other, '');
    const resumed = other.treeItem(/^app-a:app-a-1, (?:running|finished)/);
    await other.notificationButton('Resume All', '2 relocations were interrupted.', resumed);
    // Each is shown for ten seconds.
    await Promise.all(['app-a', 'app-b'].map((name) => other.notification(`Relocated ${name}`).waitFor()));
    await other.step('finished');
    for (const name of ['app-a', 'app-b'] as const) {
      const there = await new RawRepository(way.destination.host, name).digest(`${name}-1`);
      assert.equal(there, digests.get(name));
    }
    assert.equal(await new RawRepository(way.destination.host, 'app-c').manifestStatus('app-c-1'), 404);
  });
});

async function startRelocation(workbench: Workbench, way: Way, path: string, tag: string): Promise<void> {
  const destinations = workbench.quickInput.step('Destination repository');
  await workbench.contextMenu(workbench.treeItem(new RegExp(`^${tag}`)), 'Relocate…', destinations);
  await workbench.quickInput.pick(`${way.destination.host}/${path}`);
  await workbench.answer(workbench.dialog(`Relocate ${path}:${tag}`), 'Relocate');
}

/** @param limit in MiB/s; empty: none */
async function limitBandwidth(workbench: Workbench, limit: string): Promise<void> {
  await workbench.runCommand('Airgap: Limit Bandwidth…', workbench.quickInput.step('Limit Bandwidth'));
  await workbench.quickInput.accept(limit);
}

function percentIn(label: string | null): number {
  return Number(/(\d+) %/.exec(label ?? '')?.[1] ?? Number.NaN);
}
