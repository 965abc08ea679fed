// The sandbox of `npm start`: real registries, the built command line, a real VS Code, and a real cluster where there can
// be one. Everything is on the loopback interface and ends with this process.
import { makeTemporaryFolder } from '../../test/support/lifetime.ts';
import { startRegistry } from '../../test/support/registry.ts';
import { CLUSTER, startClusterBeside } from './cluster.ts';
import { startEditor } from './editor.ts';
import { relocateSample } from './command-line.ts';
import { pushSamples } from './samples.ts';

const flags = new Set(process.argv.slice(2));
const say = (text: string) => console.log(`[sandbox] ${text}`);

/** Resolves with the first Ctrl-C. The listeners stay: without one, others would end the process before it has tidied up. */
const interrupted = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => resolve());
});

const folder = await makeTemporaryFolder('sandbox');
// The person who tries it has no part in it: neither with what imgpkg's variables log in, nor with what copies leave.
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
    const editor = await startEditor(folder.path, { vendor: vendor.host, airgap: airgap.host, ...CLUSTER });
    stops.push(() => editor.stop());
    say(`VS Code is at ${editor.address}`);
    say('Open it in a browser: a README leads through the sandbox. Ctrl-C here ends everything.');
    if (!flags.has('--no-cluster')) {
      // A cluster that can not be is told, and nothing more.
      void startClusterBeside(editor.kubeconfig, say, (stop) => stops.push(stop));
    }
    await interrupted;
    say('Stopping.');
  }
} finally {
  for (const stop of stops.reverse()) await stop().catch((error: unknown) => say(String(error)));
}
// What a build in the background has started ends with the process.
process.exit();
