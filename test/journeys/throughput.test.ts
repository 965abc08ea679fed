// The throughput of a relocation: what it reads, sends, waits for and retries, while it runs and afterwards.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { type Fault, startFaultProxy } from '../support/fault-proxy.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { startRegistry } from '../support/registry.ts';
import { journey } from '../support/vscode/journey.ts';
import { gone, holds, untilSeen } from '../support/vscode/until-seen.ts';
import { frameOf, themed, violations, violationsIn } from '../support/vscode/webview-page.ts';
import type { Workbench } from '../support/vscode/workbench.ts';

const megabyte = 1_000_000;
/** What a registry may answer. */
const HOSTILE = '<img src=x onerror=alert(1)> \u202egnp.exe [a](command:x) &lt;';
const busy = JSON.stringify({ errors: [{ code: 'UNAVAILABLE', message: HOSTILE }] });

/** A registry that asks to wait, and one that fails now and then. */
const faults: readonly Fault[] = [
  {
    method: 'PUT',
    path: /\/blobs\/uploads\//,
    skip: 3,
    action: { do: 'answer', status: 429, headers: { 'retry-after': '2' } },
  },
  {
    method: 'PUT',
    path: /\/blobs\/uploads\//,
    skip: 4,
    times: 2,
    action: { do: 'answer', status: 503, headers: { 'content-type': 'application/json' }, body: busy },
  },
];

/** A bundle with an image of so many layers of a size, from one registry to another one that has faults. */
async function makeWay(context: TestContext, path: string, layers: number, bytes: number) {
  const [source, inside] = await Promise.all([startRegistry(), startRegistry()]);
  context.after(() => Promise.all([source.stop(), inside.stop()]));
  const destination = await startFaultProxy({ host: inside.host });
  context.after(() => destination.stop());
  const repository = new RawRepository(source.host, path);
  const image = await repository.pushImage(
    'image',
    Array.from({ length: layers }, () => randomBytes(bytes)),
  );
  await repository.pushBundle('1.0.0', [`${source.host}/${path}@${image}`]);
  const settings = {
    'carvelAirgap.registries': [{ host: source.host, repositories: [path] }, { host: destination.host }],
    // Slow until the slider changes it.
    'carvelAirgap.bandwidthLimit': 0.5,
  };
  return { source, destination, settings };
}

const ENGLISH = {
  destination: 'Destination repository',
  relocate: 'Relocate…',
  question: (name: string) => `Relocate ${name}`,
  answer: 'Relocate',
};

async function start(workbench: Workbench, source: string, path: string, to: string, words = ENGLISH): Promise<void> {
  await workbench.openView('Carvel Airgap');
  await workbench.expand(source);
  await workbench.expand(path);
  const destinations = workbench.quickInput.step(words.destination);
  await workbench.contextMenu(workbench.treeItem(/^1\.0\.0/), words.relocate, destinations);
  await workbench.quickInput.accept(to);
  const name = path.slice(path.lastIndexOf('/') + 1);
  await workbench.answer(workbench.dialog(words.question(`${name}:1.0.0`)), words.answer);
}

/** How much was read and sent in all, as the page says. */
async function totals(workbench: Workbench): Promise<readonly string[]> {
  const frame = await frameOf(workbench);
  return frame.locator('.transfer dd').allInnerTexts();
}

test('a running relocation shows its throughput, and the bandwidth limit acts on it', async (context) => {
  const { source, destination, settings } = await makeWay(context, 'shop/web', 30, megabyte);
  destination.arm(faults);
  await journey('throughput', { machineSettings: settings }, async (workbench) => {
    await start(workbench, source.host, 'shop/web', `${destination.host}/mirror/web`);
    const page = workbench.renderedPage();
    const relocation = workbench.treeItem(/^web:1\.0\.0, running/);
    await relocation.waitFor();
    await workbench.viewAlone('Relocations');
    const heading = page.getByRole('heading', { name: 'web:1.0.0' });
    await workbench.inlineAction(workbench.treeItem(/^web:1\.0\.0/), 'Show Throughput', heading);
    const events = page.locator('.events');
    await page.getByRole('progressbar').first().waitFor();
    await events.getByText(/Wait for a registry/).waitFor();
    await events.getByText('<img src=x onerror=alert(1)>').first().waitFor();
    await page.getByText(/^Blobs: \d+, .*MB$/).waitFor();
    await page.getByText('Throughput as a table').click();
    await page.getByRole('row').nth(3).waitFor();
    assert.equal(await page.locator('img').count(), 0);
    assert.ok(!(await page.innerText()).includes('\u202e'));
    await page.getByText('Throughput as a table').click();
    for (const kind of ['dark', 'light', 'high-contrast', 'high-contrast-light'] as const) {
      await workbench.theme(kind);
      await themed(workbench, kind).waitFor();
      await page.getByRole('progressbar').first().waitFor();
      await workbench.step(kind);
      assert.deepEqual(await violations(workbench), [], kind);
    }
    await workbench.theme('dark');

    // By keyboard from here.
    const slider = page.getByRole('slider', { name: 'Bandwidth limit' });
    assert.equal(await slider.getAttribute('aria-valuetext'), '0.5 MiB/s');
    const press = async (key: string): Promise<void> => {
      await slider.focus();
      await workbench.page.keyboard.press(key);
    };
    const view = await workbench.view('Relocations');
    await untilSeen(view.getByText('max. 0.2 MiB/s'), () => press('ArrowLeft'));
    assert.equal(await slider.getAttribute('aria-valuetext'), '0.2 MiB/s');
    // 0.2 MiB/s are 210 kB/s.
    await page.getByText(/running.* (?:20\d|1\d\d|\d\d)\.\d kB\/s/).waitFor();
    await workbench.step('limited');

    const map = page.getByRole('treeitem', { name: /^shop\/web.*bundle/ });
    await untilSeen(map, () => page.getByRole('button', { name: 'Show Map' }).click({ timeout: 3000 }));
    await workbench.step('map-of-running');
    await untilSeen(slider, () => page.getByRole('button', { name: 'Show Throughput' }).click({ timeout: 3000 }));

    const resume = page.getByRole('button', { name: 'Resume' });
    await untilSeen(resume, () => page.getByRole('button', { name: 'Pause' }).click({ timeout: 3000 }));
    await workbench.step('paused');
    await untilSeen(slider, () => resume.click({ timeout: 3000 }));
    await events.getByText(/paused at .* continued at/).waitFor();
    await untilSeen(gone(view.getByText(/^max\./)), () => press('End'));
    await page.getByText(/^finished · /).waitFor();
    await workbench.step('finished');
    const [read = '', sent = ''] = await totals(workbench);
    assert.match(read, /^3\d\.\d MB in all/);
    assert.match(sent, /^3\d\.\d MB in all/);
    assert.equal(await slider.count(), 0);

    // Another window of the same person, or the same one tomorrow.
    await workbench.runCommand('View: Close All Editors');
    await workbench.reload();
    await workbench.openView('Carvel Airgap');
    await workbench.viewAlone('Relocations');
    const finished = workbench.treeItem(/^web:1\.0\.0, finished/);
    await workbench.contextMenu(finished, 'Show Throughput', heading);
    await events.getByText(/paused at .* continued at/).waitFor();
    await events.getByText('<img src=x onerror=alert(1)>').first().waitFor();
    assert.deepEqual(await totals(workbench), [read, sent]);
    await workbench.step('reloaded');
    assert.deepEqual(await violations(workbench), []);

    // As at 200 %: everything is there, and nothing is cut off at the side.
    await workbench.page.setViewportSize({ width: 640, height: 400 });
    const frame = await frameOf(workbench);
    const isWithin = 'document.documentElement.scrollWidth <= window.innerWidth';
    await holds(() => frame.evaluate<boolean>(isWithin)).waitFor({ timeout: 30_000 });
    await workbench.step('narrow');
    await workbench.page.setViewportSize({ width: 1280, height: 800 });

    const file = join(workbench.folder, 'report.html');
    const { quickInput } = workbench;
    await workbench.contextMenu(finished, 'Save as HTML…', quickInput.step(' as HTML'));
    await quickInput.suggests('.html');
    await quickInput.accept(file);
    await holds(() => stat(file).then(Boolean, () => false)).waitFor({ timeout: 60_000 });
    const saved = await workbench.page.context().newPage();
    const requests: string[] = [];
    saved.on('request', (request) => requests.push(request.url()));
    await saved.goto(pathToFileURL(file).href);
    const policy = (await saved.locator('meta[http-equiv]').getAttribute('content')) ?? '';
    assert.match(policy, /^default-src 'none'; style-src 'nonce-\w{32}'; script-src 'nonce-\w{32}'$/);
    await saved.locator('.events').getByText('<img src=x onerror=alert(1)>').first().waitFor();
    await saved
      .getByText(/^3\d\.\d MB in all/)
      .first()
      .waitFor();
    assert.equal(await saved.locator('img').count(), 0);
    assert.deepEqual(requests, [pathToFileURL(file).href]);
    assert.deepEqual(await violationsIn(saved), []);
    await workbench.step('saved', saved);
    await saved.close();
  });
});

test('throughput is shown in German', async (context) => {
  const { source, destination, settings } = await makeWay(context, 'laden/web', 10, megabyte);
  await journey('throughput-german', { machineSettings: settings, displayLanguage: 'de' }, async (workbench) => {
    await start(workbench, source.host, 'laden/web', `${destination.host}/spiegel/web`, {
      destination: 'Zielrepository',
      relocate: 'Übertragen…',
      question: (name) => `${name} nach`,
      answer: 'Übertragen',
    });
    const page = workbench.renderedPage();
    await workbench.viewAlone('Übertragungen');
    const relocation = workbench.treeItem(/^web:1\.0\.0, läuft/);
    await relocation.waitFor();
    const title = page.getByRole('heading', { name: 'Von der Quelle gelesen' }).or(page.getByText('Unterwegs'));
    await workbench.inlineAction(workbench.treeItem(/^web:1\.0\.0/), 'Durchsatz anzeigen', title.first());
    await page.getByRole('progressbar').first().waitFor();
    await workbench.step('running');
    assert.deepEqual(await violations(workbench), []);
    await untilSeen(page.getByText(/^abgeschlossen · /), async () => {
      await page.getByRole('slider').focus({ timeout: 3000 });
      await workbench.page.keyboard.press('End');
    });
    await workbench.step('finished');
  });
});
