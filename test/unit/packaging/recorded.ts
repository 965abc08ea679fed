import { readFileSync } from 'node:fs';
import { parsePackageRepository } from '../../../src/packaging/package-repository.ts';
import type { PackageRepository } from '../../../src/packaging/package-repository.ts';

/** An object that the real kapp-controller left on a real API server (test/fixtures/statuses/README.md). */
export function recordedJson(cause: string): unknown {
  const value: unknown = JSON.parse(
    readFileSync(new URL(`../../fixtures/statuses/${cause}.json`, import.meta.url), 'utf8'),
  );
  return typeof value === 'object' && value !== null && 'items' in value ? (value.items as unknown[])[0] : value;
}

export function recorded(cause: string): PackageRepository {
  const repository = parsePackageRepository(recordedJson(cause));
  if (repository === undefined) throw new Error(`${cause} is not a PackageRepository`);
  return repository;
}

/** A PackageRepository made up for a test: generation 3, seen by the controller, unless said otherwise. */
export function repositoryWith(parts: { metadata?: object; spec?: object; status?: object }): PackageRepository {
  const repository = parsePackageRepository({
    metadata: { name: 'repo', namespace: 'demo', generation: 3, ...parts.metadata },
    spec: { fetch: { imgpkgBundle: { image: 'registry.example/repo:v1' } }, ...parts.spec },
    ...(parts.status && { status: { observedGeneration: 3, ...parts.status } }),
  });
  if (repository === undefined) throw new Error('not a PackageRepository');
  return repository;
}
