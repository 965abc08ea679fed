import type * as vscode from 'vscode';

import type { ApplyTargets } from '../clusters/apply-targets.ts';
import type { Clusters } from '../clusters/clusters.ts';
import type { NamespaceAccess } from '../clusters/namespace-access.ts';
import type { ContextPicker } from '../clusters/context-picker.ts';
import type { ErrorReporter } from '../errors/error-reporter.ts';
import type { DiffDocuments } from '../packaging/diff-documents.ts';
import type { Observations } from '../packaging/observations.ts';
import type { MemoryFiles } from '../start/memory-files.ts';
import type { InstallDocuments } from './install-documents.ts';
import type { InstallState } from './install-state.ts';
import type { ValuesFindings } from './values-findings.ts';
import type { ValuesSchemas } from './values-schemas.ts';

/** What the commands for PackageInstalls have in common. */
export interface InstallParts {
  readonly clusters: Clusters;
  readonly targets: ApplyTargets;
  readonly contexts: ContextPicker;
  readonly access: NamespaceAccess;
  readonly documents: InstallDocuments;
  readonly files: MemoryFiles;
  readonly schemas: ValuesSchemas;
  readonly findings: ValuesFindings;
  readonly observations: Observations<InstallState>;
  readonly diffs: DiffDocuments;
  readonly reporter: ErrorReporter;
  readonly log: vscode.LogOutputChannel;
}
