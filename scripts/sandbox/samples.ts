import { fixtureTar } from '../../test/support/fixture.ts';
import { RawRepository } from '../../test/support/raw-registry.ts';
import { pushRepositoryBundle } from '../../test/support/repository-bundle.ts';
import { pushSamplePackages } from '../../test/support/sample-packages.ts';
import { isOnPath } from '../../test/support/setup/run.mjs';
import { carvelAirgap } from './command-line.ts';

/**
 * Pushes the samples to the vendor's registry: a correct bundle, with applications that run if there is Go to build
 * them with, and one whose lock omits an image.
 */
export async function pushSamples(vendor: string): Promise<void> {
  const bundle = 'vendor/example-packages';
  if (isOnPath('go')) await pushSamplePackages(vendor, bundle);
  else await carvelAirgap(['copy', '--tar', fixtureTar, '--to-repo', `${vendor}/${bundle}`], 'ignore');
  const apps = new RawRepository(vendor, 'vendor/apps');
  const listed = `${apps.name}@${await apps.pushBundle('listed', [])}`;
  const forgotten = `${apps.name}@${await apps.pushBundle('forgotten', [])}`;
  await pushRepositoryBundle(
    new RawRepository(vendor, 'vendor/leaky-packages'),
    listed,
    { listed: `imgpkgBundle: {image: "${listed}"}`, forgotten: `imgpkgBundle: {image: "${forgotten}"}` },
    { tag: 'v1.0.0' },
  );
}
