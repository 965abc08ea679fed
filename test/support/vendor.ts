import assert from 'node:assert/strict';
import { fixtureDigest, fixtureTar } from './fixture.ts';
import { imgpkg } from './imgpkg.ts';
import { RawRepository } from './raw-registry.ts';
import { type Registry, startRegistry } from './registry.ts';

/** Starts a registry with the fixture's bundle at vendor/packages, under v1.0.0 and v0.9.0. */
export async function startVendor(): Promise<Registry> {
  const registry = await startRegistry();
  const { code, stderr } = await imgpkg(['copy', '--tar', fixtureTar, '--to-repo', `${registry.host}/vendor/packages`]);
  assert.equal(code, 0, stderr);
  const repository = new RawRepository(registry.host, 'vendor/packages');
  const { json, mediaType } = await repository.manifest(fixtureDigest);
  await repository.pushManifest('v0.9.0', json, mediaType);
  return registry;
}
