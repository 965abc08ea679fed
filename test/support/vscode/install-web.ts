import type { Workbench } from './workbench.ts';

/** The heading of its page, unless a value changes it. */
export const webHeading = 'Hello from inside the air gap';

/** Installs the sample Package `web` 1.0.0 from a PackageRepository in the Clusters view. */
export async function installWeb(
  workbench: Workbench,
  { context, namespace, repository }: { context: string; namespace: string; repository: string },
): Promise<void> {
  const { quickInput } = workbench;
  await workbench.viewAlone('Clusters');
  await workbench.expand(context);
  await workbench.expand(`${repository}, Reconcile succeeded`);
  const versions = quickInput.step('Install web.apps.example.com');
  await workbench.inlineAction(workbench.treeItem('web.apps.example.com, 1.0.0'), 'Install Package…', versions);
  await quickInput.pick('1.0.0');
  await quickInput.message().getByText('Name of the PackageInstall').waitFor();
  await quickInput.accept('web');
  await quickInput.pick('This Namespace');
  // Until it is shown, the lenses of another document may be there.
  await workbench.editor('web.yml').waitFor();
  await workbench.codeLens(`Apply to ${context} / ${namespace}`).first().waitFor();
  await workbench.step('values');
  const dialog = workbench.dialog(`Apply PackageInstall web to ${context}?`);
  await workbench.clickLens('Apply to', dialog);
  await workbench.answer(dialog, 'Apply');
  await workbench.codeLens('Reconcile succeeded · 1.0.0').waitFor();
  await workbench.step('installed');
}
