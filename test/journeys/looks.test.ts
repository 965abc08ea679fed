import { test } from 'node:test';

import { startVendor } from '../support/vendor.ts';
import { journey } from '../support/vscode/journey.ts';

test('the walkthrough and the view are readable in every theme', async (context) => {
  const vendor = await startVendor();
  context.after(() => vendor.stop());
  await journey(
    'looks',
    { machineSettings: { 'carvelAirgap.registries': [{ host: vendor.host }] } },
    async (workbench) => {
      await workbench.runCommand('Welcome: Open Walkthrough...');
      await workbench.quickInput.pick('Relocate bundles into an air gap');
      await workbench.page.getByRole('button', { name: 'Relocate a bundle' }).waitFor();
      await workbench.openView('Carvel Airgap');
      await workbench.expand(vendor.host);
      await workbench.expand('vendor/packages');
      await workbench.treeItem('v1.0.0, bundle').waitFor();
      await workbench.expand('v1.0.0, bundle');
      await workbench
        .treeItem(/, in the bundle's repository/)
        .first()
        .waitFor();
      for (const kind of ['dark', 'light', 'high-contrast', 'high-contrast-light'] as const) {
        await workbench.theme(kind);
        await workbench.step(kind);
        const destination = workbench.quickInput.step('Destination repository');
        await workbench.contextMenu(workbench.treeItem('v1.0.0, bundle'), 'Relocate…', destination);
        await workbench.quickInput.pick('Options…');
        await workbench.quickInput.toggle('Copy cosign signatures');
        await workbench.step(`${kind}-options`);
        await workbench.quickInput.button('Back');
        await workbench.quickInput.at('Destination repository');
        await workbench.quickInput.accept(`${vendor.host}/mirror/packages:stable`);
        const plan = workbench.dialog('Relocate packages:v1.0.0');
        await plan.getByText('Tag stable: new').waitFor();
        await workbench.step(`${kind}-plan`);
        await workbench.answer(plan, 'Cancel');
      }
      // A narrow walkthrough has no room for its pictures.
      await workbench.runCommand('View: Toggle Primary Side Bar Visibility');
      const steps = [
        'Connect registries',
        'Relocate a bundle',
        'Or carry a file across',
        'Put it to work',
        'Install a Package',
      ];
      for (const step of steps) {
        const button = workbench.page.getByRole('button', { name: step }).first();
        const expanded = button.and(workbench.page.locator('[aria-expanded="true"]'));
        // A click on an expanded step collapses it.
        if (!(await expanded.isVisible())) await workbench.click(button, expanded);
        await workbench.step(step);
      }
    },
  );
});
