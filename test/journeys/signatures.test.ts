// A signed bundle is not separated from its signature without a question.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { type Cosign, startCosign } from '../support/cosign.ts';
import { fixtureDigest } from '../support/fixture.ts';
import { type Registry, startRegistry } from '../support/registry.ts';
import { startVendor } from '../support/vendor.ts';
import { journey } from '../support/vscode/journey.ts';

let vendor: Registry;
let airgap: Registry;
let cosign: Cosign;

before(async () => {
  [vendor, airgap, cosign] = await Promise.all([startVendor(), startRegistry(), startCosign()]);
  await cosign.sign(`${vendor.host}/vendor/packages@${fixtureDigest}`);
});

after(async () => {
  await airgap?.stop();
  await vendor?.stop();
  await cosign?.remove();
});

test('relocating a signed bundle asks once whether to copy its signature, and remembers the answer', () =>
  journey(
    'signatures',
    { machineSettings: { 'carvelAirgap.registries': [{ host: vendor.host }, { host: airgap.host }] } },
    async (workbench) => {
      const { quickInput } = workbench;
      await workbench.openView('Carvel Airgap');
      await workbench.expand(vendor.host);
      await workbench.expand('vendor/packages');
      const bundle = workbench.treeItem('v1.0.0, bundle');
      await bundle.waitFor();
      const relocateTo = async (path: string): Promise<void> => {
        await workbench.contextMenu(bundle, 'Relocate…', quickInput.step('Destination repository'));
        await quickInput.accept(`${airgap.host}/${path}`);
      };

      await relocateTo('mirror/first');
      const question = workbench.dialog('Copy the signatures of packages:v1.0.0 too?');
      await question.getByText('Not copied so far: signatures: 1').waitFor();
      await workbench.step('question');
      const plan = workbench.dialog('Relocate packages:v1.0.0');
      const copied = plan.getByText('Copied along: signatures: 1');
      await workbench.answer(question, 'Copy Them Too');
      await copied.waitFor();
      await plan.getByText('Signed: 1 of 5 images (not verified)').waitFor();
      await workbench.step('plan');
      const done = workbench.notification('6 of 6 images copied');
      await workbench.answer(plan, 'Relocate');
      await done.waitFor();
      assert.equal(await cosign.verify(`${airgap.host}/mirror/first@${fixtureDigest}`), undefined);

      await relocateTo('mirror/second');
      await plan.getByText('Copied along: signatures: 1').waitFor();
      await workbench.step('second plan');
      await workbench.answer(plan, 'Cancel');
    },
  ));
