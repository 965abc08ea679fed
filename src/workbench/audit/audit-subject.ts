import type { AuditedPackage } from '../../audit/packages.ts';
import type { AuditTarget } from '../../audit/targets.ts';
import type { LiveRepositoryTarget } from '../../contract/audit.ts';

/** What is audited, and what it is called. */
export interface AuditSubject {
  readonly target: AuditTarget;
  /** For people. */
  readonly name: string;
  /** The same for the tab of the report. */
  readonly shortName: string;
  /** The PackageRepository of a cluster that it is about. */
  readonly live?: LiveRepositoryTarget;
  /** What a cluster made of it; absent for a bundle that is looked at by itself. */
  readonly packages?: (signal: AbortSignal) => Promise<readonly AuditedPackage[]>;
}
