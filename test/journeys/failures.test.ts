// A failure is reported once, with where it happened and what to do; and the view stays usable.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';

import { freePort } from '../support/ports.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { startRegistry } from '../support/registry.ts';
import { journey } from '../support/vscode/journey.ts';
import { gone } from '../support/vscode/until-seen.ts';

test('failures show what, where and what to do, each in one notification', async (context) => {
  const source = await startRegistry();
  context.after(() => source.stop());
  const secured = await startRegistry({ user: { name: 'robot', password: 'secret' } });
  context.after(() => secured.stop());
  const readOnly = await startRegistry({ readOnly: true });
  context.after(() => readOnly.stop());
  const nobody = `127.0.0.1:${await freePort()}`;
  const repository = new RawRepository(source.host, 'team/app');
  const image = await repository.pushImage('plain', [randomBytes(1000)]);
  await repository.pushBundle('1.0.0', [`${source.host}/team/app@${image}`]);
  const missing = `sha256:${'0'.repeat(64)}`;
  await repository.pushBundle('broken', [`${source.host}/team/app@${missing}`]);
  const registries = [source, secured, readOnly].map(({ host }) => ({ host }));

  await journey(
    'failures',
    {
      machineSettings: { 'carvelAirgap.registries': [...registries, { host: nobody }] },
      workspace: { 'none.tar': 'This is not a tar.' },
    },
    async (workbench) => {
      const { quickInput } = workbench;
      const relocate = async (tag: string, destination: string) => {
        const row = workbench.treeItem(new RegExp(`^${tag}, bundle`));
        await workbench.contextMenu(row, 'Relocate…', quickInput.step('Destination repository'));
        await quickInput.accept(destination);
      };
      const failure = async (text: RegExp, step: string) => {
        const toast = workbench.notification(text);
        await toast.waitFor();
        assert.equal(await toast.count(), 1);
        await workbench.step(step);
        await toast.getByRole('button', { name: 'Show Log' }).waitFor();
        await workbench.clearNotifications();
      };

      await workbench.openView('Carvel Airgap');
      await workbench.expand(nobody);
      await workbench.treeItem('Could not connect to').waitFor();
      await workbench.expand(secured.host);
      await workbench.treeItem('Listing the repositories requires credentials').waitFor();
      await workbench.expand(source.host);
      await workbench.expand('team/app');
      await workbench.treeItem('1.0.0, bundle').waitFor();
      await workbench.step('view');

      await relocate('1.0.0', `${nobody}/team/app`);
      await failure(/failed: Could not connect to .*connection refused.*Check the host and port/, 'unreachable');
      await relocate('1.0.0', `${secured.host}/team/app`);
      await failure(/failed: .*requires credentials.*Add credentials for/, 'unauthorized');
      await relocate('broken', `${secured.host}/team/app`);
      await failure(/failed: .*was found nowhere.*Restore the image/, 'image-missing');

      await relocate('1.0.0', `${readOnly.host}/team/app`);
      await failure(/failed: .*does not accept writes.*read-only/, 'read-only');

      const createRepository = async (image: string) => {
        await workbench.runCommand('Airgap: Create PackageRepository', quickInput.option(source.host).first());
        await quickInput.accept(image);
      };
      await createRepository(`${source.host}/team/app:plain`);
      const help = workbench.page.getByRole('tab', { name: 'Preview troubleshooting.md' });
      await workbench.notificationButton('Help', /is not an imgpkg bundle/, help);
      const preview = workbench.page.frameLocator('iframe.webview').frameLocator('#active-frame');
      await preview.getByText('workbench.not-a-bundle').waitFor();
      await workbench.step('help');
      await workbench.runCommand('View: Close Editor', gone(help));
      await workbench.clearNotifications();
      await createRepository(`${source.host}/team/app:plain`);
      await failure(/team\/app:plain is not an imgpkg bundle.*Choose the bundle/, 'not-a-bundle');
      await createRepository(`${source.host}/team/app:gone`);
      await failure(/gone.*Check the name/, 'not-found');

      await workbench.openView('Explorer');
      await workbench.contextMenu(
        workbench.treeItem('none.tar'),
        'Import Tarball…',
        quickInput.step('Destination repository'),
      );
      await quickInput.accept(`${source.host}/none`);
      await failure(
        /Importing none\.tar .*is not a tar.*Choose a file that was written by Export to Tarball/,
        'not-a-tar',
      );

      await workbench.clearNotifications();
      const question = workbench.editor('untitled:').getByText('What happened, and what did you expect?');
      await workbench.runCommand('Airgap: Report Issue', question);
      await workbench.step('report');
      const report = await workbench.editorText('untitled:');
      assert.match(report, /^- Carvel Airgap \d+\.\d+\.\d+$/m);
      assert.match(report, /\[error\] Relocate .*\(oci\.[\w-]+\)$/m);

      assert.deepEqual(await new RawRepository(source.host, 'none').tags(), new Map());
      assert.deepEqual(await new RawRepository(readOnly.host, 'team/app').tags(), new Map());
    },
  );
});
