import { readFileSync } from 'node:fs';
import { fillTemplate } from '../../../src/base/errors.ts';
import { describeState } from '../../../src/packaging/describe-state.ts';
import type { Sentence } from '../../../src/packaging/describe-state.ts';
import { parsePackageRepository } from '../../../src/packaging/package-repository.ts';
import type { PackageRepository } from '../../../src/packaging/package-repository.ts';
import type { ReconcileState } from '../../../src/packaging/reconcile-state.ts';

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

const filled = ({ text, args }: Sentence): string => fillTemplate(text, args ?? {});
const clock = (time: number): string => new Date(time).toISOString().slice(11, 19);

/** What stands in a lens or a tree item. */
export function lineOf(state: ReconcileState): string {
  const { headline, detail } = describeState(state, clock);
  return [headline, ...(detail === undefined ? [] : [detail])].map(filled).join(' · ');
}

/** What stands in a tooltip, a dialog or a document; times as hh:mm:ss. */
export function linesOf(state: ReconcileState): string[] {
  const { headline, lines } = describeState(state, clock);
  return [headline, ...lines].map(filled);
}
