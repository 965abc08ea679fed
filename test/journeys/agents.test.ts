// What a person sees of an agent: a question before each call, and the plan before a copy.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { fixtureDigest, fixtureTar } from '../support/fixture.ts';
import { imgpkg } from '../support/imgpkg.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';
import { journey } from '../support/vscode/journey.ts';
import { packagedExtension, packagedProbe } from '../support/vscode/vsix.ts';

describe('agents', () => {
  let vendor: Registry;
  let airgap: Registry;

  before(async () => {
    [vendor, airgap] = await Promise.all([startRegistry(), startRegistry()]);
    const { code, stderr } = await imgpkg(['copy', '--tar', fixtureTar, '--to-repo', `${vendor.host}/vendor/packages`]);
    assert.equal(code, 0, stderr);
  });

  after(async () => {
    await airgap?.stop();
    await vendor?.stop();
  });

  test('an agent plans a relocation, and copies when a person has seen the plan and agreed', async () => {
    const options = {
      extensions: [await packagedExtension(), await packagedProbe()],
      settings: { 'chat.disableAIFeatures': false },
      machineSettings: {
        'carvelAirgap.registries': [{ host: vendor.host }, { host: airgap.host }],
        'carvelAirgap.agentsMayCopy': true,
      },
      workspace: { 'a.yml': 'kind: A\n' },
    };
    await journey('agents', options, async (workbench) => {
      const { quickInput } = workbench;
      const target = new RawRepository(airgap.host, 'mirror/packages');
      const request = {
        source: `${vendor.host}/vendor/packages:v1.0.0`,
        destination: `${airgap.host}/mirror/packages`,
      };
      const call = async (name: string, input: object): Promise<void> => {
        await workbench.runCommand('Probe: Call Tool', quickInput.step('Call Tool'));
        await quickInput.accept(JSON.stringify({ name: `carvelAirgap_${name}`, input }));
      };
      await workbench.openFile('a.yml');
      const plan = workbench.dialog('Plan a relocation?');
      await call('plan', request);
      await plan.getByText('It changes nothing').waitFor();
      await plan.getByText(request.source).waitFor();
      await workbench.step('plan');
      await workbench.answer(plan, 'Yes');
      await workbench.notification('Answer of carvelAirgap_plan: 5 of 5 images to copy').waitFor();
      const { digest } = JSON.parse(await workbench.clipboard()) as { digest: string };

      const copy = workbench.dialog('Copy this?');
      await call('copy', { ...request, digest });
      await copy.getByText('An agent wants to copy exactly this plan').waitFor();
      for (const fact of [request.source, request.destination, 'Images: 5 to copy', digest]) {
        await copy.getByText(fact).first().waitFor();
      }
      await workbench.step('copy');
      await workbench.answer(copy, 'Cancel');
      await workbench.notification('No answer of carvelAirgap_copy').waitFor();
      assert.equal(await target.manifestStatus('v1.0.0'), 404);
      await workbench.clearNotifications();

      await call('copy', { ...request, digest });
      await copy.waitFor();
      await workbench.answer(copy, 'Yes');
      await workbench.notification('Answer of carvelAirgap_copy: 5 images: 5 copied').waitFor();
      await workbench.openView('Carvel Airgap');
      await workbench.viewAlone('Relocations');
      await workbench.treeItem('packages:v1.0.0').first().waitFor();
      await workbench.step('copied');
      assert.equal(await target.digest('v1.0.0'), fixtureDigest);
      await workbench.clearNotifications();

      const failed = workbench.notification('The plan is not the one that was confirmed');
      await call('copy', { ...request, digest });
      await failed.waitFor();
      await workbench.step('changed');
    });
  });
});
