import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

import { fixtureTar } from '../../test/support/fixture.ts';
import { startServer } from '../../test/support/vscode/server.ts';
import { packagedExtension } from '../../test/support/vscode/vsix.ts';
import { makeCommandFolder } from './command-line.ts';
import { guide } from './guide.ts';
import type { SandboxNames } from './guide.ts';

export interface Editor {
  readonly address: string;
  /** Where the editor looks for clusters; without any at first. */
  readonly kubeconfig: string;
  stop(): Promise<void>;
}

const NO_CLUSTER = 'apiVersion: v1\nkind: Config\nclusters: []\ncontexts: []\nusers: []\n';

/**
 * Starts VS Code with the packaged extension, both registries configured, and a folder with the guide and the sample's
 * tar.
 */
export async function startEditor(folder: string, names: SandboxNames): Promise<Editor> {
  const workspace = join(folder, 'workspace');
  const kubeconfig = join(folder, 'kubeconfig');
  await mkdir(workspace);
  await copyFile(fixtureTar, join(workspace, 'example-packages.tar'));
  await writeFile(join(workspace, 'README.md'), await guide(names));
  await writeFile(kubeconfig, NO_CLUSTER, { mode: 0o600 });
  const commands = await makeCommandFolder(folder);
  const server = await startServer({
    extensions: [await packagedExtension()],
    // Shows the README when the folder is opened.
    settings: { 'workbench.startupEditor': 'readme' },
    machineSettings: {
      'carvelAirgap.registries': [
        { host: names.vendor, name: 'Vendor', role: 'source' },
        { host: names.airgap, name: 'Air gap', role: 'inside' },
      ],
    },
    // The editor includes a terminal.
    secretAddress: true,
    env: { KUBECONFIG: kubeconfig, PATH: `${commands}${delimiter}${process.env['PATH']}` },
  });
  return { address: server.pageFor(workspace), kubeconfig, stop: () => server.stop() };
}
