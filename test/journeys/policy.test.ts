// A policy of the machine refuses an unsigned bundle, and lets a signed one pass.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';

import { type Cosign, startCosign } from '../support/cosign.ts';
import { fixtureDigest } from '../support/fixture.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../support/lifetime.ts';
import { RawRepository } from '../support/raw-registry.ts';
import { type Registry, startRegistry } from '../support/registry.ts';
import { startVendor } from '../support/vendor.ts';
import { journey } from '../support/vscode/journey.ts';

let vendor: Registry;
let airgap: Registry;
let cosign: Cosign;
let folder: TemporaryFolder;
let policy: string;

before(async () => {
  [vendor, airgap, cosign, folder] = await Promise.all([
    startVendor(),
    startRegistry(),
    startCosign(),
    makeTemporaryFolder('policy-journey'),
  ]);
  policy = join(folder.path, 'policy.json');
  const docker = {
    [`${vendor.host}/vendor/packages@${fixtureDigest}`]: [{ type: 'sigstoreSigned', keyPath: cosign.publicKey }],
  };
  // Only the bundle itself has to be signed: it names its images by digest.
  await writeFile(policy, JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }], transports: { docker } }));
});

after(async () => {
  await airgap?.stop();
  await vendor?.stop();
  await cosign?.remove();
  await folder?.remove();
});

test('a policy refuses an unsigned bundle with the reason, and the report names the signer of a signed one', () =>
  journey(
    'policy',
    {
      machineSettings: {
        'carvelAirgap.registries': [{ host: vendor.host }, { host: airgap.host }],
        'carvelAirgap.copySignatures': 'always',
        'carvelAirgap.policy': policy,
      },
      // A workspace cannot turn it off.
      workspace: {
        '.vscode/settings.json': JSON.stringify({ 'carvelAirgap.policy': '', 'carvelAirgap.policyMode': 'warn' }),
      },
    },
    async (workbench) => {
      const { quickInput } = workbench;
      await workbench.openView('Carvel Airgap');
      await workbench.expand(vendor.host);
      await workbench.expand('vendor/packages');
      const bundle = workbench.treeItem(/^v1\.0\.0, bundle/);
      await bundle.waitFor();
      const relocate = async (): Promise<void> => {
        await workbench.contextMenu(bundle, 'Relocate…', quickInput.step('Destination repository'));
        await quickInput.accept(`${airgap.host}/mirror/packages`);
      };

      const signed = workbench.treeItem(`v1.0.0, bundle, signed by ${cosign.publicKey}`);
      const refused = workbench.notification('not admitted: it is not signed').first();
      await workbench.contextMenu(bundle, 'Verify Signature', refused);
      await workbench.treeItem('v1.0.0, bundle, not admitted').waitFor();
      await workbench.step('not admitted');
      await workbench.clearNotifications();

      await relocate();
      const refusal = workbench.dialog('The policy does not admit 1 of 5 images of packages:v1.0.0.');
      await refusal.getByText(/vendor\/packages \([0-9a-f]+\): it is not signed/).waitFor();
      await workbench.step('refused');
      await workbench.answer(refusal, 'Cancel');
      assert.equal((await new RawRepository(airgap.host, 'mirror/packages').tags()).size, 0);

      await cosign.sign(`${vendor.host}/vendor/packages@${fixtureDigest}`);
      const admitted = workbench.notification(`signed by ${cosign.publicKey}`).first();
      await workbench.contextMenu(bundle, 'Verify Signature', admitted);
      await signed.waitFor();
      await workbench.step('signed');
      await workbench.clearNotifications();

      await relocate();
      const plan = workbench.dialog('Relocate packages:v1.0.0');
      await plan.getByText('Policy: 5 of 5 images admitted').waitFor();
      await workbench.step('admitted');
      await workbench.answer(plan, 'Relocate');
      const signer = workbench.renderedPage().getByText(`signed by ${cosign.publicKey}`);
      await workbench.notificationButton('Show Report', '6 of 6 images copied', signer);
      await workbench.step('report');
    },
  ));
