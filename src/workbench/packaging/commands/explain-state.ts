import * as vscode from 'vscode';

import { clustersView } from '../../../contract/clusters.ts';
import type { DocumentPlace } from '../../../contract/packaging.ts';
import { stateLines } from '../../clusters/state-text.ts';
import type { ErrorReporter } from '../../errors/error-reporter.ts';
import type { ApplyTargets } from '../../clusters/apply-targets.ts';
import type { Observations } from '../observations.ts';
import type { RepositoryDocuments } from '../repository-documents.ts';

export interface ExplainStateParts {
  readonly documents: RepositoryDocuments;
  readonly targets: ApplyTargets;
  readonly observations: Observations;
  readonly reporter: ErrorReporter;
}

/** What the state lens does when it is clicked: tells all that is known of a failure, else shows the Clusters view. */
export class ExplainState {
  readonly #parts: ExplainStateParts;

  constructor(parts: ExplainStateParts) {
    this.#parts = parts;
  }

  async run(place?: DocumentPlace): Promise<void> {
    const { documents, targets, observations, reporter } = this.#parts;
    const { found } = await documents.at(place);
    const context = await targets.context();
    const name = found.name?.value;
    if (context === undefined || name === undefined) return;
    const namespace = found.namespace?.value ?? context.namespace;
    const observed = observations.get({ context: context.name, namespace, name });
    if (observed === undefined) return;
    const { state, error } = observed;
    if (error !== undefined) {
      reporter.report({ action: `Follow the PackageRepository ${namespace}/${name}` }, error);
      return;
    }
    if (state === undefined || state.severity === 'ok' || state.severity === 'busy') {
      await vscode.commands.executeCommand(`${clustersView}.focus`);
      return;
    }
    const [headline = '', ...detail] = stateLines(state);
    await vscode.window.showWarningMessage(`${name}: ${headline}`, { modal: true, detail: detail.join('\n\n') });
  }
}
