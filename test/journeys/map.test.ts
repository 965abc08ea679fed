// The map of a bundle: what it consists of, by size and place.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

import type { Locator } from 'playwright-core';

import { carvelAirgap } from '../support/cli.ts';
import { startFaultProxy } from '../support/fault-proxy.ts';
import { RawRepository, sha256 } from '../support/raw-registry.ts';
import { startRegistry } from '../support/registry.ts';
import { startVendor } from '../support/vendor.ts';
import { journey } from '../support/vscode/journey.ts';
import { holds, untilSeen } from '../support/vscode/until-seen.ts';
import { frameOf, themed, violations, violationsIn } from '../support/vscode/webview-page.ts';
import type { Workbench } from '../support/vscode/workbench.ts';

/** An image of the fixture. */
const WEB = 'sha256:01ea3dd4a6e9a6447c4b882a86032e1bd5ffab9b74ba71a39e4ce6da19f4f911';

/** Copies an image with its layers, as a relocation would. */
async function copyImage(from: RawRepository, to: RawRepository, digest: string): Promise<void> {
  const { bytes, json, mediaType } = await from.manifest(digest);
  const { config, layers } = json as { config: { digest: string }; layers: { digest: string }[] };
  for (const blob of [config, ...layers]) await to.pushBlob(await from.blob(blob.digest));
  await to.pushBytes(digest, bytes, mediaType);
}

/** Scrolls the tree and moves over the treemap, one step per frame; returns the milliseconds of each frame. */
const SCROLL = `(async () => {
  const tree = document.querySelector('.tree');
  const canvas = document.querySelector('canvas');
  const times = [];
  let last = await new Promise(requestAnimationFrame);
  for (let step = 0; step < 200; step++) {
    tree.scrollTop += 400;
    const at = { clientX: 600 + ((step * 7) % 300), clientY: 300 + ((step * 5) % 200), bubbles: true };
    canvas.dispatchEvent(new MouseEvent('mousemove', at));
    const now = await new Promise(requestAnimationFrame);
    times.push(now - last);
    last = now;
  }
  return times;
})()`;

/** Saves what the active editor shows. */
async function save(workbench: Workbench, file: string): Promise<void> {
  const { quickInput } = workbench;
  await workbench.runCommand('Airgap: Save as HTML…', quickInput.step(' as HTML'));
  await quickInput.suggests('.html');
  await quickInput.accept(file);
  await holds(() => stat(file).then(Boolean, () => false)).waitFor({ timeout: 60_000 });
}

/** A row of the tree, which has only those in view. */
function row(page: Locator, name: RegExp): Locator {
  return page.getByRole('treeitem', { name }).first();
}

test('a bundle is shown as a tree and a treemap, in every theme and by keyboard', async (context) => {
  const [vendor, inside] = await Promise.all([startRegistry(), startRegistry()]);
  context.after(() => Promise.all([vendor.stop(), inside.stop()]));
  const at = (path: string) => new RawRepository(vendor.host, path);
  const base = randomBytes(1_400_000);
  const runtime = randomBytes(700_000);
  const push = async (path: string, ...sizes: readonly number[]): Promise<string> =>
    `${vendor.host}/${path}@${await at(path).pushImage('1', [base, ...sizes.map((size) => randomBytes(size))])}`;
  const controller = await push('ingress/controller', 900_000, 300_000);
  const proxy = `${vendor.host}/ingress/envoy@${await at('ingress/envoy').pushImage('1', [base, runtime, randomBytes(2_600_000)])}`;
  const database = await push('data/postgres', 3_200_000, 500_000, 40_000);
  const backup = await push('data/backup', 260_000);
  const web = `${vendor.host}/shop/web@${await at('shop/web').pushImage('1', [runtime, randomBytes(450_000)])}`;
  const api = await push('shop/api', 620_000);
  const lost = `${vendor.host}/shop/jobs@${sha256(Buffer.from('lost'))}`;
  const bundle = async (path: string, images: readonly string[]): Promise<string> =>
    `${vendor.host}/${path}@${await at(path).pushBundle('1', images)}`;
  const ingress = await bundle('bundles/ingress', [controller, proxy]);
  const data = await bundle('bundles/data', [database, backup]);
  const platform = await bundle('bundles/platform', [ingress, data, api, web, lost]);
  // A signature of cosign is an image under a tag with the digest.
  const signature = (reference: string): string => `${(reference.split('@')[1] ?? '').replace(':', '-')}.sig`;
  const there = new RawRepository(inside.host, 'platform');
  for (const reference of [platform, ingress, data, controller, proxy, database]) {
    const [name = '', digest = ''] = reference.split('@');
    await copyImage(at(name.slice(name.indexOf('/') + 1)), there, digest);
  }
  const { bytes, mediaType } = await there.manifest(platform.split('@')[1] ?? '');
  await there.pushBytes('2.4.0', bytes, mediaType);
  await there.pushBundle('2.3.0', [ingress]);
  await there.pushImage(signature(database), [randomBytes(300)]);

  const settings = {
    'carvelAirgap.registries': [
      { host: inside.host, role: 'inside' },
      { host: vendor.host, role: 'source' },
    ],
  };
  await journey('map', { machineSettings: settings }, async (workbench) => {
    await workbench.openView('Carvel Airgap');
    await workbench.expand(inside.host);
    await workbench.expand('platform');
    const tag = workbench.treeItem('2.4.0, bundle');
    await tag.waitFor();
    const page = workbench.renderedPage();
    const root = row(page, /^platform:2\.4\.0.*bundle/);
    await workbench.contextMenu(tag, 'Show Map', root);
    await row(page, /^shop\/jobs.*Missing/).waitFor();
    await page.getByRole('button', { name: 'Verify Signature' }).waitFor();
    for (const kind of ['dark', 'light', 'high-contrast', 'high-contrast-light'] as const) {
      await workbench.theme(kind);
      await themed(workbench, kind).waitFor();
      await workbench.step(kind);
      assert.deepEqual(await violations(workbench), [], kind);
    }
    await workbench.theme('dark');

    // By keyboard alone from here.
    const { keyboard } = workbench.page;
    const press = async (key: string, shown: Locator): Promise<void> =>
      untilSeen(shown, async () => {
        await page.getByRole('tree').focus();
        await keyboard.press(key);
      });
    const selected = (name: RegExp) => page.getByRole('treeitem', { name, selected: true });
    await press('End', page.locator('.row.selected:not(#item-0)'));
    await press('Home', selected(/^platform/));
    await page.getByRole('searchbox').focus();
    await keyboard.type('postgres');
    await page.getByText('Found: 1').waitFor();
    await keyboard.press('Enter');
    await selected(/^data\/postgres.*Signed.*Inside/).waitFor();
    await press('Enter', page.getByRole('button', { name: 'data/postgres', exact: true }));
    await workbench.step('zoomed');
    const copy = page.getByRole('button', { name: 'Copy Digest' });
    await untilSeen(workbench.clipboardHas(/^sha256:/), async () => {
      await copy.focus();
      await keyboard.press('Enter');
    });
    await page.getByRole('searchbox').focus();
    await keyboard.press('Control+A');
    await keyboard.press('Delete');
    const missing = page.getByRole('button', { name: /^Missing/ });
    await untilSeen(page.getByRole('button', { name: /^Missing/, pressed: true }), async () => {
      await missing.focus();
      await keyboard.press('Space');
    });
    await page.getByText('Found: 1').waitFor();
    await workbench.step('filtered');
    assert.equal(await page.getByRole('treeitem').count(), 2);
    assert.deepEqual(await violations(workbench), []);

    await workbench.runCommand('View: Close All Editors');
    await workbench.contextMenu(tag, 'Compare with…', workbench.quickInput.step('Compare platform:2.4.0 with'));
    await workbench.quickInput.accept(`${inside.host}/platform:2.3.0`);
    await row(page, /^platform:2\.4\.0.*New/).waitFor();
    await row(page, /^bundles\/ingress.*In both/).waitFor();
    await workbench.step('compared');
  });
});

test('names and messages that a registry chooses do no harm in a map', async (context) => {
  const vendor = await startRegistry();
  context.after(() => vendor.stop());
  const hostile = await startFaultProxy(vendor);
  context.after(() => hostile.stop());
  const body = JSON.stringify({ errors: [{ code: 'NOT', message: '<img src=x onerror=alert(1)> \u202egnp.exe' }] });
  const headers = { 'content-type': 'application/json' };
  const refuse = { do: 'answer', status: 403, headers, body } as const;
  hostile.arm(['GET', 'HEAD'].map((method) => ({ method, path: /shop\/jobs/, times: 1000, action: refuse })));
  const lost = `${hostile.host}/shop/jobs@${sha256(Buffer.from('lost'))}`;
  const long = `tools/${'a-very-long-component-of-a-name-'.repeat(6)}end`;
  const tool = await new RawRepository(vendor.host, long).pushImage('1', [randomBytes(90_000)]);
  await new RawRepository(vendor.host, 'odd').pushBundle('1.0.0', [lost, `${vendor.host}/${long}@${tool}`]);
  const machineSettings = { 'carvelAirgap.registries': [{ host: vendor.host, repositories: ['odd'] }] };
  await journey('map-hostile', { machineSettings }, async (workbench) => {
    await workbench.openView('Carvel Airgap');
    await workbench.expand(vendor.host);
    await workbench.expand('odd');
    const tag = workbench.treeItem('1.0.0, bundle');
    await tag.waitFor();
    const page = workbench.renderedPage();
    await workbench.contextMenu(tag, 'Show Map', row(page, /^odd:1\.0\.0.*bundle/));
    const details = page.getByRole('region', { name: 'Selected item' });
    const select = (name: RegExp, shown: string): Promise<void> =>
      untilSeen(details.getByText(shown).first(), () => row(page, name).click({ timeout: 3000 }));
    await select(/^shop\/jobs/, '<img src=x onerror=alert(1)>');
    await workbench.step('message');
    await select(/^tools\/a-very-long/, long);
    await workbench.step('long-name');
    assert.equal(await page.locator('img').count(), 0);
    assert.ok(!(await page.innerText()).includes('\u202e'));
    assert.deepEqual(await violations(workbench), []);
  });
});

test('a plan, a report and an audit are shown as maps', async (context) => {
  const [vendor, airgap] = await Promise.all([startVendor(), startRegistry()]);
  context.after(() => Promise.all([vendor.stop(), airgap.stop()]));
  const settings = {
    'carvelAirgap.registries': [
      { host: vendor.host, role: 'source' },
      { host: airgap.host, role: 'inside' },
    ],
  };
  await journey('map-outcomes', { machineSettings: settings }, async (workbench) => {
    const page = workbench.renderedPage();
    await workbench.openView('Carvel Airgap');
    await workbench.viewAlone('Registries');
    await workbench.expand(vendor.host);
    await workbench.expand('vendor/packages');
    const bundle = workbench.treeItem('v1.0.0, bundle');
    await bundle.waitFor();
    const suggested = workbench.quickInput.option(`${airgap.host}/vendor/packages`).first();
    await workbench.contextMenu(bundle, 'Relocate…', suggested);
    await workbench.quickInput.accept(`${airgap.host}/mirror/packages`);
    const dialog = workbench.dialog('Relocate packages:v1.0.0');
    await dialog.getByText('Images: 5 to copy').waitFor();
    await workbench.answer(dialog, 'Show Map');
    await row(page, /bundle.*To be copied/).waitFor();
    await workbench.step('plan');
    const copied = '5 of 5 images copied';
    await workbench.notificationButton('Relocate', 'Relocate packages:v1.0.0', workbench.notification(copied));
    await workbench.runCommand('View: Close All Editors');
    await workbench.notificationButton('Show Report', copied, page.getByText('Relocation of'));
    const ofReport = page.getByRole('treeitem', { name: /bundle.*Copied/ }).first();
    await untilSeen(ofReport, () => page.getByRole('link', { name: 'Show Map' }).click({ timeout: 3000 }));
    await workbench.step('report');
    const report = join(workbench.folder, 'report.html');
    await save(workbench, report);
    const kept = await workbench.page.context().newPage();
    await kept.goto(pathToFileURL(report).href);
    await kept.getByRole('heading', { name: 'Relocation of packages:v1.0.0' }).waitFor();
    await kept
      .getByText(/^[\d.]+ \w+ in all/)
      .first()
      .waitFor();
    await row(kept.locator('body'), /bundle.*Copied/).waitFor();
    // Links and buttons would have nobody to ask.
    assert.deepEqual(await kept.locator('a, .transfer button, .details .actions button:visible').count(), 0);
    await workbench.step('saved-report', kept);
    assert.deepEqual(await violationsIn(kept), []);
    await kept.close();
    await workbench.runCommand('View: Close All Editors');

    await new RawRepository(airgap.host, 'mirror/packages').deleteManifest(WEB);
    await workbench.collapse(vendor.host);
    await workbench.expand(airgap.host);
    await workbench.expand('mirror/packages');
    await workbench.contextMenu(bundle, 'Audit', workbench.codeLens('Show Map'));
    const findings = page.getByRole('region', { name: 'Findings' });
    await workbench.clickLens('Show Map', findings.getByRole('button', { name: 'Relocate Missing…' }).first());
    await page
      .getByRole('treeitem', { name: /Missing/ })
      .first()
      .waitFor();
    await workbench.step('audit');
    assert.deepEqual(await violations(workbench), []);

    // The saved page shows the same on its own.
    const file = join(workbench.folder, 'audit.html');
    await save(workbench, file);
    const alone = await workbench.page.context().newPage();
    await alone.goto(pathToFileURL(file).href);
    await alone.getByRole('region', { name: 'Findings' }).waitFor();
    await alone
      .getByRole('treeitem', { name: /Missing/ })
      .first()
      .waitFor();
    assert.equal(await alone.getByRole('button', { name: 'Relocate Missing…' }).count(), 0);
    await alone.getByRole('heading', { name: /images would be pulled from outside or are missing/ }).waitFor();
    await alone
      .locator('pre')
      .filter({ hasText: /MISSING.*INSIDE \(3\)/s })
      .waitFor();
    assert.deepEqual(await violationsIn(alone), []);
    await workbench.step('saved', alone);
    await alone.close();
  });
});

test('a tarball is shown as a map, and 4,000 images stay fluid', async (context) => {
  const vendor = await startRegistry();
  context.after(() => vendor.stop());
  const repository = new RawRepository(vendor.host, 'large');
  const config = await repository.pushBlob(Buffer.from('{"architecture":"amd64","os":"linux","config":{}}'));
  const blobs: { digest: string; size: number }[] = [];
  for (let index = 0; index < 60; index++) blobs.push(await repository.pushBlob(randomBytes(2000 + index * 400)));
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const layer = (blob: object) => ({ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', ...blob });
  const images: string[] = [];
  const numbers = Array.from({ length: 4000 }, (_, index) => index);
  for (let first = 0; first < numbers.length; first += 50) {
    const pushed = numbers.slice(first, first + 50).map(async (index) => {
      const layers = [blobs[index % 7], blobs[7 + (index % 53)]].map((blob) => layer(blob ?? {}));
      // Each has a layer of its own, which the registry does not check.
      const json = {
        schemaVersion: 2,
        mediaType,
        config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
        layers,
        annotations: { position: String(index) },
      };
      const bytes = Buffer.from(JSON.stringify(json));
      return `${vendor.host}/large@${await repository.pushBytes(sha256(bytes), bytes, mediaType)}`;
    });
    images.push(...(await Promise.all(pushed)));
  }
  await repository.pushBundle('1.0.0', images);

  await journey('map-large', {}, async (workbench) => {
    const tar = join(workbench.folder, 'large.tar');
    const { code, stderr } = await carvelAirgap(['copy', '-b', `${vendor.host}/large:1.0.0`, '--to-tar', tar]);
    assert.equal(code, 0, stderr);
    const page = workbench.renderedPage();
    await workbench.openView('Explorer');
    await workbench.contextMenu(workbench.treeItem('large.tar'), 'Show Map', row(page, /^large:1\.0\.0.*bundle/));
    await page.getByText('4001 images').waitFor();
    await workbench.step('large');
    const frame = await frameOf(workbench);
    const times = await frame.evaluate<number[]>(SCROLL);
    const sorted = [...times].sort((a, b) => a - b);
    const rank = (part: number) => (sorted[Math.floor((sorted.length - 1) * part)] ?? 0).toFixed(1);
    // No test asserts durations: they are for whoever reads the output.
    console.log(`frames while scrolling: median ${rank(0.5)} ms, 95 % ${rank(0.95)} ms, longest ${rank(1)} ms`);
    assert.equal(times.length, 200);
    assert.ok((await page.getByRole('treeitem').count()) < 100);
    const started = performance.now();
    await page.getByRole('searchbox').fill('config');
    await page.getByText(/Found: \d|Nothing found/).waitFor();
    console.log(`search: ${Math.round(performance.now() - started)} ms`);
    await workbench.step('large-search');
  });
});
