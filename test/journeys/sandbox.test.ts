// The sandbox of `npm start`, as a newcomer meets it: started, opened in a browser, followed by its guide, and ended.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, rename } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { standInForCluster } from '../../scripts/sandbox/stand-in.ts';
import { makeTemporaryFolder, onEnd } from '../support/lifetime.ts';
import { whyNoCluster } from '../support/setup/kubernetes.mjs';
import { whyNoNode } from '../support/setup/node.mjs';
import { packagedExtension } from '../support/vscode/vsix.ts';
import { installWeb, webHeading } from '../support/vscode/install-web.ts';
import { journey, visit } from '../support/vscode/journey.ts';

const main = fileURLToPath(new URL('../../scripts/sandbox/main.ts', import.meta.url));
const missing = whyNoCluster();
const skip = missing !== undefined && !process.env['CI'] && missing;

/** `npm start` behind its installing and building, with a folder of its own for what is temporary. */
async function startSandbox(temporary: string, home: string) {
  const XDG_CACHE_HOME = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const env = { ...process.env, TMPDIR: temporary, HOME: home, XDG_CACHE_HOME, VSIX: await packagedExtension() };
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const forget = onEnd(() => child.kill('SIGKILL'));
  const ended = once(child, 'exit').then(([code]) => {
    forget();
    return code as number | null;
  });
  let said = '';
  let address: string | undefined;
  for await (const line of createInterface(child.stdout)) {
    said += `${line}\n`;
    address = /VS Code is at (\S+)/.exec(line)?.[1];
    if (address !== undefined) break;
  }
  // Somebody has to read the rest, or the sandbox would wait.
  child.stdout.resume();
  if (address === undefined) throw new Error(`the sandbox ended with ${await ended}:\n${said}`);
  const [vendor = '', airgap = ''] = said.match(/127\.0\.0\.1:\d+/g) ?? [];
  const stop = () => {
    child.kill('SIGINT');
    return ended;
  };
  return { address, vendor, airgap, stop };
}

test(
  'the sandbox guides through the main job with its own names, and leaves nothing behind',
  { skip },
  async (context) => {
    const temporary = await makeTemporaryFolder('npm-start');
    context.after(() => temporary.remove());
    const home = await makeTemporaryFolder('home');
    context.after(() => home.remove());
    const { address, vendor, airgap, stop } = await startSandbox(temporary.path, home.path);
    context.after(stop);
    const withoutToken = await fetch(address.replace(/[?&]tkn=[^&]*/, '?'));
    assert.equal(withoutToken.status, 403, 'the editor, and its terminal, are open to everybody on this machine');
    await visit('sandbox', { address, folder: temporary.path, data: temporary.path }, async (workbench) => {
      const guide = workbench.page.frameLocator('iframe.webview').frameLocator('#active-frame').locator('body');
      await guide.getByText('The Carvel Airgap sandbox').waitFor();
      const text = await guide.innerText();
      assert.ok(text.includes(`${vendor}/vendor/leaky-packages:v1.0.0`), text);
      assert.doesNotMatch(text, /[{}]/, 'a name that is not filled in');
      const page = /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0] ?? assert.fail(text);
      await workbench.openView('Carvel Airgap');
      await workbench.treeItem(vendor).waitFor();
      await workbench.step('guide');

      await workbench.expand(vendor);
      await workbench.expand('vendor/leaky-packages');
      const bundle = workbench.treeItem('v1.0.0, bundle');
      await bundle.waitFor();
      await workbench.contextMenu(bundle, 'Relocate…', workbench.quickInput.step('Destination repository'));
      await workbench.quickInput.accept(`${airgap}/mine/leaky`);
      await workbench.answer(workbench.dialog('Relocate'), 'Relocate');
      const document = workbench.editor('untitled:').getByText('kind: PackageRepository').first();
      await workbench.notificationButton('Create PackageRepository', 'Relocated', document);
      await workbench.viewAlone('Clusters');
      // It is started in the background, which takes minutes on a slow machine.
      await workbench.treeItem(/^sandbox(?:,|$)/).waitFor({ timeout: 10 * 60_000 });
      await workbench.step('document');
      const question = workbench.dialog('Apply PackageRepository leaky to sandbox?');
      await workbench.clickLens('Apply to sandbox / demo', question);
      await workbench.answer(question, 'Apply');
      await workbench.codeLens('Reconcile succeeded').waitFor();
      await workbench.clickLens('Audit', workbench.page.getByText(`${vendor}/vendor/apps`).first());
      await workbench.step('audit');
      if (whyNoNode() !== undefined) return;

      await workbench.viewAlone('Registries');
      // Each registry has a bundle with this tag.
      await workbench.collapse(vendor);
      await workbench.expand(airgap);
      await workbench.expand('mirror/example-packages');
      const created = workbench.editor('untitled:').getByText('name: example-packages');
      await workbench.contextMenu(bundle, 'Create PackageRepository', created);
      const second = workbench.dialog('Apply PackageRepository example-packages to sandbox?');
      await workbench.clickLens('Apply to sandbox / demo', second);
      await workbench.answer(second, 'Apply');
      await workbench.codeLens('Reconcile succeeded').waitFor();
      const place = { context: 'sandbox', namespace: 'demo', repository: 'example-packages' };
      await installWeb(workbench, place);
      await workbench.visitPage(page, webHeading);
    });
    assert.equal(await stop(), 0);
    for (const folder of [temporary, home]) assert.deepEqual(await readdir(folder.path), [], 'what the sandbox left');
  },
);

test('while the cluster is being built, the Clusters view says so, and then shows the cluster', async (context) => {
  const folder = await makeTemporaryFolder('stand-in');
  context.after(() => folder.remove());
  const kubeconfig = join(folder.path, 'kubeconfig');
  const message = 'The cluster of the sandbox is being built.';
  const server = await standInForCluster(kubeconfig, 'sandbox (being built)', message);
  context.after(() => server.stop());
  await journey('sandbox-being-built', { env: { KUBECONFIG: kubeconfig } }, async (workbench) => {
    await workbench.openView('Carvel Airgap');
    await workbench.view('Clusters');
    await workbench.expand('sandbox (being built)');
    await workbench.page.getByText(message).first().waitFor();
    await workbench.step('being-built');
    const replaced = join(folder.path, 'new');
    const ready = await standInForCluster(replaced, 'sandbox', 'ready');
    context.after(() => ready.stop());
    await rename(replaced, kubeconfig);
    await workbench.treeItem('sandbox').waitFor();
    await workbench.treeItem('sandbox (being built)').waitFor({ state: 'detached' });
    await workbench.step('ready');
  });
});
