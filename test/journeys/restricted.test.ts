// A folder that nobody vouches for: it can start no program, and no setting of it changes where anything goes. What is off
// is said, and works as soon as the folder is trusted.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chmod, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';

import { makeTemporaryFolder } from '../support/lifetime.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { startRegistry } from '../support/registry.ts';
import { journey } from '../support/vscode/journey.ts';

const user = { name: 'robot', password: 'helper-Pa55word' };

test('in restricted mode, no helper is started and no workspace setting applies until the folder is trusted', async (context) => {
  const folder = await makeTemporaryFolder('restricted');
  context.after(() => folder.remove());
  const open = await startRegistry();
  context.after(() => open.stop());
  await new RawRepository(open.host, 'team/app').pushBundle('1.0.0', []);
  const registry = await startRegistry({ user, storage: open.root });
  context.after(() => registry.stop());

  const started = join(folder.path, 'started');
  const helper = join(folder.path, 'docker-credential-bench');
  const answer = JSON.stringify({ ServerURL: registry.host, Username: user.name, Secret: user.password });
  await writeFile(helper, `#!/bin/sh\necho yes > '${started}'\necho '${answer}'\n`);
  await chmod(helper, 0o755);
  await writeFile(join(folder.path, 'config.json'), JSON.stringify({ credsStore: 'bench' }));
  const evil = {
    'carvelAirgap.registries': [{ host: 'evil.example', http: true }],
    'carvelAirgap.caFiles': ['/evil.pem'],
    'carvelAirgap.kubeconfig': ['/evil.kubeconfig'],
    'http.proxy': 'http://evil.example:3128',
  };
  await journey(
    'restricted',
    {
      workspaceTrust: true,
      machineSettings: { 'carvelAirgap.registries': [{ host: registry.host }] },
      env: { DOCKER_CONFIG: folder.path, PATH: [folder.path, process.env['PATH']].join(delimiter) },
      workspace: { '.vscode/settings.json': JSON.stringify(evil) },
    },
    async (workbench) => {
      await workbench.openView('Carvel Airgap');
      await workbench.page.getByText('Restricted mode: docker credential helpers do not run').waitFor();
      await workbench.expand(registry.host);
      const needed = workbench.treeItem('Listing the repositories requires credentials');
      await needed.hover();
      await workbench.page.getByText('The credential helper bench, which').waitFor();
      await workbench.step('restricted');
      assert.equal(existsSync(started), false);
      assert.equal(await workbench.treeItem('evil.example').count(), 0);

      await workbench.runCommand('Workspaces: Manage Workspace Trust');
      const trust = workbench.page.getByRole('button', { name: 'Trust', exact: true });
      await workbench.click(trust, workbench.treeItem('team/app'));
      await workbench.treeItem(`${registry.host}, docker-credential-bench`).waitFor();
      await workbench.page.getByText('Restricted mode: docker credential helpers').waitFor({ state: 'detached' });
      await workbench.step('trusted');
      assert.equal(existsSync(started), true);
      assert.equal(await workbench.treeItem('evil.example').count(), 0);
    },
  );
});
