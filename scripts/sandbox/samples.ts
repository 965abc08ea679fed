import { fixtureTar } from '../../test/support/fixture.ts';
import { RawRepository } from '../../test/support/raw-registry.ts';
import { pushRepositoryBundle } from '../../test/support/repository-bundle.ts';
import { carvelAirgap } from './command-line.ts';

/** Pushes the samples to the vendor's registry: a correct bundle, and one whose lock omits an image. */
export async function pushSamples(vendor: string): Promise<void> {
  await carvelAirgap(['copy', '--tar', fixtureTar, '--to-repo', `${vendor}/vendor/example-packages`], 'ignore');
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
