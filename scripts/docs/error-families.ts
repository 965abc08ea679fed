// All families of errors, and of findings that are worded like errors.
import { agentError } from '../../src/agents/errors.ts';
import { auditError } from '../../src/audit/errors.ts';
import { auditFinding } from '../../src/audit/finding.ts';
import { carvelError } from '../../src/carvel/errors.ts';
import { cliError } from '../../src/cli/errors.ts';
import { clusterError } from '../../src/cluster/errors.ts';
import { jobError } from '../../src/jobs/errors.ts';
import { ociError } from '../../src/oci/errors.ts';
import { documentFinding } from '../../src/packaging/documents/finding.ts';
import { packagingError } from '../../src/packaging/errors.ts';
import { reconcileFailure } from '../../src/packaging/failure-catalog.ts';
import { relocationError } from '../../src/relocation/errors.ts';
import { syncError } from '../../src/sync/errors.ts';
import { trustError } from '../../src/trust/errors.ts';
import { workbenchError } from '../../src/workbench/errors/workbench-error.ts';

export const errorFamilies = [
  ociError,
  carvelError,
  relocationError,
  syncError,
  jobError,
  trustError,
  reconcileFailure,
  documentFinding,
  packagingError,
  auditFinding,
  auditError,
  clusterError,
  workbenchError,
  cliError,
  agentError,
] as const;
