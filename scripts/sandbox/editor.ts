import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { fixtureTar } from '../../test/support/fixture.ts';
import { startServer } from '../../test/support/vscode/server.ts';
import { packagedExtension } from '../../test/support/vscode/vsix.ts';

export interface Editor {
  readonly address: string;
  /** Where the editor looks for clusters; empty until there is one. */
  readonly kubeconfig: string;
  stop(): Promise<void>;
}

const NO_CLUSTER = 'apiVersion: v1\nkind: Config\nclusters: []\ncontexts: []\nusers: []\n';

/** VS Code with the packaged extension, both registries listed, and a folder with the sample's tar. */
export async function startEditor(folder: string, hosts: readonly string[]): Promise<Editor> {
  const workspace = join(folder, 'workspace');
  const kubeconfig = join(folder, 'kubeconfig');
  await mkdir(workspace);
  await copyFile(fixtureTar, join(workspace, 'example-packages.tar'));
  await writeFile(kubeconfig, NO_CLUSTER, { mode: 0o600 });
  const server = await startServer({
    extensions: [await packagedExtension()],
    machineSettings: { 'carvelAirgap.registries': hosts.map((host) => ({ host })) },
    env: { KUBECONFIG: kubeconfig },
  });
  return { address: server.pageFor(workspace), kubeconfig, stop: () => server.stop() };
}
