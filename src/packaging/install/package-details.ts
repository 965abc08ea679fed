import { array, defined, record, text } from '../../base/json.ts';
import { parsePackage } from '../package.ts';
import type { Package } from '../package.ts';

/** A Package with what matters for installing it. */
export interface PackageDetails {
  readonly package: Package;
  /** `spec.valuesSchema` as it is; undefined if there is none. */
  readonly valuesSchema?: unknown;
  /** Untrusted. */
  readonly releaseNotes?: string;
  readonly licenses: readonly string[];
  /** What the cluster must have, in the author's words. */
  readonly capacity?: string;
  /** The versions of Kubernetes and kapp-controller that it is made for. */
  readonly kubernetesConstraints?: string;
  readonly kappControllerConstraints?: string;
}

/** Undefined if the value is not a Package. */
export function parsePackageDetails(value: unknown): PackageDetails | undefined {
  const found = parsePackage(value);
  if (found === undefined) return undefined;
  const spec = record(record(value)['spec']);
  return {
    package: found,
    licenses: array(spec['licenses']).filter((each) => typeof each === 'string'),
    ...defined({
      valuesSchema: spec['valuesSchema'],
      releaseNotes: text(spec['releaseNotes']),
      capacity: text(spec['capacityRequirementsDescription']),
      kubernetesConstraints: text(record(spec['kubernetesVersionSelection'])['constraints']),
      kappControllerConstraints: text(record(spec['kappControllerVersionSelection'])['constraints']),
    }),
  };
}
