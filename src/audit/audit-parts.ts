import { BundleAudit } from './bundle-audit.ts';
import type { Ledger } from './ledger.ts';
import { BundleReader } from './read-bundle.ts';
import type { RegistryLook } from './registry-look.ts';
import { makeReport } from './report.ts';
import type { AuditReport } from './report.ts';
import { WorkloadAudit } from './workload/workload-audit.ts';
import type { YttRunner } from './workload/ytt-runner.ts';

/** What works together in one audit. */
export interface AuditParts {
  readonly look: RegistryLook;
  readonly ledger: Ledger;
  readonly reader: BundleReader;
  readonly workloads: WorkloadAudit;
  readonly bundles: BundleAudit;
}

export function auditParts(look: RegistryLook, ledger: Ledger, ytt?: YttRunner): AuditParts {
  const reader = new BundleReader(look);
  const workloads = new WorkloadAudit(ledger, ytt);
  return { look, ledger, reader, workloads, bundles: new BundleAudit({ reader, ledger, workloads }) };
}

export async function reportOf(
  target: string,
  inside: readonly string[],
  { ledger, reader, workloads }: AuditParts,
): Promise<AuditReport> {
  const problems = [...reader.problems, ...workloads.problems];
  return makeReport(target, inside, await ledger.images(), problems, workloads.notChecked);
}
