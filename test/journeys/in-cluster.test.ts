// Relocate in Cluster: the pods of a Job on a real node copy a bundle, while the window is reloaded, and the user pauses,
// resumes and cancels. Pods and the editor reach the registries through the address of the node's gateway.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import type { CliOutcome } from '../support/cli.ts';
import { type CopiesBench, NAMESPACE, runInCluster, startCopiesBench, USER } from '../support/copies-bench.ts';
import { type KubeObject, pathOf } from '../support/kube-client.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { whyNoNode } from '../support/setup/node.mjs';
import { type SlowProxy, startSlowProxy } from '../support/slow-proxy.ts';
import { fillCredentials } from '../support/vscode/credentials-form.ts';
import { journey } from '../support/vscode/journey.ts';
import { gone, holds } from '../support/vscode/until-seen.ts';
import type { Workbench } from '../support/vscode/workbench.ts';

const missing = whyNoNode();
const skip = missing !== undefined && !process.env['CI'] && missing;
const CONTEXT = 'admin@airgap-test';
/** Bytes per second of a line that is slow enough for everything that is done while it copies. */
const SLOW = 60_000;
const FAST = 50_000_000;

describe('a relocation in a cluster', { skip }, () => {
  let bench: CopiesBench;
  /** The line from the vendor. */
  let line: SlowProxy;
  let digest = '';

  before(async () => {
    bench = await startCopiesBench('in-cluster-journey');
    const { vendor, vendorHost, insideHost, folder } = bench;
    line = await startSlowProxy(vendor.host, FAST, vendorHost.split(':')[0]);
    const layers = Array.from({ length: 60 }, () => randomBytes(150_000));
    const pushed = await new RawRepository(vendor.host, 'images').pushImage('app', layers);
    digest = await new RawRepository(vendor.host, 'apps').pushBundle('v1', [`${line.host}/images@${pushed}`]);
    const auth = Buffer.from(`${USER.name}:${USER.password}`).toString('base64');
    await writeFile(join(folder.path, 'config.json'), JSON.stringify({ auths: { [insideHost]: { auth } } }));
  });

  after(async () => {
    await line?.stop();
    await bench?.stop();
  });

  const settings = (env: NodeJS.ProcessEnv = {}) => ({
    env: { KUBECONFIG: bench.cluster.kubeconfig, ...env },
    machineSettings: {
      'carvelAirgap.registries': [
        { host: line.host, http: true, repositories: ['apps'] },
        { host: bench.insideHost, caFiles: [bench.inside.caFile] },
      ],
      // With more connections, each blob would take longer on a slow line.
      'carvelAirgap.concurrency': 1,
    },
  });

  async function ours(resource: string, apiVersion = 'v1'): Promise<KubeObject[]> {
    const { items } = await bench.cluster.client.get<{ items: KubeObject[] }>(pathOf(apiVersion, resource, NAMESPACE));
    return items.filter(({ metadata }) => metadata.name.startsWith('carvel-airgap-'));
  }

  /** Everything that belongs to Jobs, in the cluster and at the destination. */
  async function left(path: string): Promise<string[]> {
    const found = await Promise.all([ours('jobs', 'batch/v1'), ours('secrets'), ours('configmaps'), ours('pods')]);
    const tags = await new RawRepository(bench.storage.host, path).tags().catch(() => new Map<string, string>());
    const plans = [...tags.keys()].filter((tag) => tag.startsWith('carvel-airgap-'));
    return [...found.flat().map(({ kind, metadata }) => `${kind ?? ''} ${metadata.name}`), ...plans];
  }

  const nothingLeft = (path: string) =>
    holds(async () => (await left(path)).length === 0).waitFor({ timeout: 120_000 });

  async function addCredentials(workbench: Workbench): Promise<void> {
    const { quickInput } = workbench;
    const question = quickInput.step('robot$team');
    await workbench.contextMenu(workbench.treeItem(bench.insideHost), 'Add Credentials…', question);
    await fillCredentials({ quickInput }, { user: USER.name, password: USER.password });
    await gone(quickInput.widget).waitFor({ timeout: 120_000 });
    await workbench.clearNotifications();
  }

  /** `copy --in-cluster` of the same bundle. */
  function followFromCommandLine(): { readonly isFollowing: Promise<void>; readonly ended: Promise<CliOutcome> } {
    const what = ['copy', '-b', `${line.host}/apps:v1`, '--to-repo', `${bench.insideHost}/apps`, '-n', NAMESPACE];
    const following = Promise.withResolvers<void>();
    const ended = runInCluster(bench, what, {
      watch: (text) => {
        if (text.includes('following the Job')) following.resolve();
      },
    });
    ended.then(({ stderr }) => following.reject(new Error(`It followed no Job:\n${stderr}`)), following.reject);
    return { isFollowing: following.promise, ended };
  }

  /** Answers all questions of the command. */
  async function relocate(workbench: Workbench, path: string, of: string, picture?: string): Promise<void> {
    const { quickInput } = workbench;
    const bundle = workbench.treeItem('v1, bundle');
    await workbench.contextMenu(bundle, 'Relocate in Cluster…', quickInput.step('destination repository'));
    await quickInput.accept(`${bench.insideHost}/${path}`);
    await quickInput.at('Choose the cluster whose pods copy');
    if (picture !== undefined) await workbench.step(`${picture}-cluster`);
    await quickInput.pick(CONTEXT);
    await quickInput.at(`namespace of ${CONTEXT}`);
    await quickInput.accept(NAMESPACE);
    await quickInput.at('image of the command line');
    await quickInput.option('Push the Image…').waitFor();
    if (picture !== undefined) await workbench.step(`${picture}-image`);
    await quickInput.accept(of);
    await quickInput.at('Enter to plan the relocation');
    await quickInput.pick(/^Pods: /);
    await quickInput.accept('3');
    await quickInput.at('Enter to plan the relocation');
    await quickInput.option('Pods: 3').waitFor();
    if (picture !== undefined) await workbench.step(`${picture}-pods`);
    await quickInput.pick('Plan the Relocation');
    const dialog = workbench.dialog('Relocate apps:v1 to');
    await dialog.getByText(`In the cluster: ${CONTEXT}, namespace ${NAMESPACE}`).waitFor();
    if (picture !== undefined) await workbench.step(`${picture}-plan`);
    line.bytesPerSecond = SLOW;
    await workbench.answer(dialog, 'Relocate');
  }

  test('copies in pods, survives a reload, pauses, continues, and leaves what a copy by this machine leaves', () =>
    // What is entered in this VS Code does not outlive its window.
    journey('in-cluster', settings({ DOCKER_CONFIG: bench.folder.path }), async (workbench) => {
      line.bytesPerSecond = FAST;
      await workbench.openView('Carvel Airgap');
      await workbench.expand(line.host);
      await workbench.expand('apps');
      await relocate(workbench, 'apps', bench.image, 'asked');
      await workbench.viewAlone('Relocations');
      const row = workbench.treeItem(/^apps:v1/);
      const running = workbench.treeItem(/^apps:v1, running, [1-9]\d? % .*0 of 4 parts/);
      await running.waitFor();
      await workbench.expand(/^apps:v1, running/);
      await workbench.treeItem(/^Part 1 of 4, running/).waitFor();
      await workbench.treeItem(/^Part 4 of 4: manifests and tags/).waitFor();
      await workbench.step('running');
      assert.equal((await ours('secrets')).length, 1);

      // The Job does not need the window that has created it, and is found again without a question.
      await workbench.reload();
      await workbench.openView('Carvel Airgap');
      await workbench.viewAlone('Relocations');
      await running.waitFor();
      assert.equal(await workbench.notification('was interrupted').count(), 0);
      await workbench.step('reloaded');

      const paused = workbench.treeItem(/^apps:v1, paused · \d+ %/);
      await workbench.inlineAction(row, 'Pause Relocation', paused);
      const isSuspended = async () => (await ours('jobs', 'batch/v1')).every(({ spec }) => spec?.['suspend'] === true);
      assert.ok(await isSuspended());
      await holds(async () => (await ours('pods')).length === 0).waitFor({ timeout: 120_000 });
      await workbench.step('paused');
      await workbench.contextMenu(
        row,
        'Copy kubectl Command',
        workbench.clipboardHas(/^kubectl --context admin@airgap-test -n copies describe job carvel-airgap-/),
      );
      const tab = workbench.page.getByRole('tab', { name: /Job carvel-airgap-/ });
      await workbench.contextMenu(row, 'Show Job', tab);
      await workbench.page.locator('.monaco-editor').getByText('suspended').waitFor();
      await workbench.step('job');

      await workbench.inlineAction(row, 'Resume Relocation', running);
      // The command line finds the same Job.
      const other = followFromCommandLine();
      await other.isFollowing;
      line.bytesPerSecond = FAST;
      await workbench.treeItem(/^apps:v1, finished, /).waitFor();
      await workbench.step('finished');
      const { code, stderr } = await other.ended;
      assert.equal(code, 0, stderr);
      assert.equal(await new RawRepository(bench.storage.host, 'apps').digest('v1'), digest);
      assert.deepEqual([await ours('secrets'), await ours('configmaps')], [[], []]);
      const report = workbench.renderedPage().getByText('Relocation of');
      await workbench.contextMenu(row, 'Show Report', report);
      await workbench.step('report');
      const text = await workbench.renderedPage().innerText();
      assert.match(text, /Complete: 2 of 2 images copied\./);
      assert.match(text, /Attempts\s+.*: interrupted.*\s+.*: paused.*\s+.*: finished/);
    }));

  test('is canceled with all that belongs to it, and says why pods do not start', () =>
    journey('in-cluster-cancel', settings(), async (workbench) => {
      for (const { metadata } of await ours('jobs', 'batch/v1')) {
        const job = `${pathOf('batch/v1', 'jobs', NAMESPACE)}/${metadata.name}`;
        await bench.cluster.client.request('DELETE', `${job}?propagationPolicy=Background`);
      }
      line.bytesPerSecond = FAST;
      await workbench.openView('Carvel Airgap');
      await addCredentials(workbench);
      await workbench.expand(line.host);
      await workbench.expand('apps');
      await relocate(workbench, 'canceled', bench.image);
      const row = workbench.treeItem(/^apps:v1/);
      const canceled = workbench.treeItem(/^apps:v1, canceled/);
      await workbench.treeItem(/^apps:v1, running, .*0 of 4 parts/).waitFor();
      await workbench.viewAlone('Relocations');
      await workbench.inlineAction(row, 'Cancel Relocation', canceled);
      await nothingLeft('canceled');
      await workbench.step('canceled');

      await workbench.view('Registries');
      await relocate(workbench, 'unknown-image', `${bench.insideHost}/no/such-image:1`);
      const waiting = workbench.treeItem(/^apps:v1, running, .*Waiting for pods: \w*(?:ImagePull|Pull)/);
      await waiting.waitFor();
      await workbench.viewAlone('Relocations');
      await workbench.step('image-missing');
      // What runs is the first row.
      await workbench.inlineAction(row, 'Cancel Relocation', gone(workbench.treeItem(/^apps:v1, running/)));
      await canceled.waitFor();
      await nothingLeft('unknown-image');
    }));
});
