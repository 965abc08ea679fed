// The sandbox of `npm start`: real registries, the built command line, a real VS Code, and a real cluster if one is
// possible. Everything listens on the loopback interface and ends with this process.
import { makeTemporaryFolder } from '../../test/support/lifetime.ts';
import type { KubeClient } from '../../test/support/kube-client.ts';
import { startRegistry } from '../../test/support/registry.ts';
import { whyNoNode } from '../../test/support/setup/node.mjs';
import { CLUSTER, startSandboxCluster } from './cluster.ts';
import { startEditor } from './editor.ts';
import { relocateSample } from './command-line.ts';
import { startApplicationPage } from './page.ts';
import { pushSamples } from './samples.ts';

const flags = new Set(process.argv.slice(2));
const say = (text: string) => console.log(`[sandbox] ${text}`);

/**
 * Resolves with the first Ctrl-C. The listeners stay: without one, other listeners would end the process before it has
 * cleaned up.
 */
const interrupted = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => resolve());
});

const folder = await makeTemporaryFolder('sandbox');
// Isolated from the user's own setup: no credentials from imgpkg's variables, no state of copies left behind.
for (const name of Object.keys(process.env)) if (name.startsWith('IMGPKG_')) delete process.env[name];
process.env['XDG_STATE_HOME'] = folder.path;
const stops: (() => Promise<unknown>)[] = [() => folder.remove()];
try {
  const vendor = await startRegistry();
  stops.push(() => vendor.stop());
  const airgap = await startRegistry();
  stops.push(() => airgap.stop());
  say(`Two registries run: the vendor's at ${vendor.host}, the one inside the air gap at ${airgap.host}.`);
  await pushSamples(vendor.host);
  say(`A sample bundle is at ${vendor.host}/vendor/example-packages:v1.0.0. It is relocated now, by:`);
  await relocateSample(vendor.host, airgap.host);
  if (!flags.has('--no-editor')) {
    say('VS Code is started; its server is fetched and set up first, if this is the first time.');
    const page = await startApplicationPage();
    stops.push(() => page.stop());
    const missing = flags.has('--no-cluster') ? 'The sandbox runs without a cluster.' : whyNoNode();
    const noPods = missing === undefined ? '' : `\n> **No application can run here.** ${missing}\n`;
    const names = { vendor: vendor.host, airgap: airgap.host, page: page.host, noPods, ...CLUSTER };
    const editor = await startEditor(folder.path, names);
    stops.push(() => editor.stop());
    say(`VS Code is at ${editor.address}`);
    say('Open it in a browser: a README leads through the sandbox. Ctrl-C here ends everything.');
    if (!flags.has('--no-cluster')) {
      // If no cluster is possible, only a message says so.
      const onStop = (stop: () => Promise<void>) => void stops.push(stop);
      const onReady = (client: KubeClient) => void (page.cluster = client);
      void startSandboxCluster({ kubeconfig: editor.kubeconfig, say, onStop, onReady });
    }
    await interrupted;
    say('Stopping.');
  }
} finally {
  for (const stop of stops.reverse()) await stop().catch((error: unknown) => say(String(error)));
}
// Also ends builds still running in the background.
process.exit();
