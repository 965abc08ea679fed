import * as vscode from 'vscode';

import type { KubeContext } from '../../cluster/api.ts';
import { workbenchError } from '../errors/workbench-error.ts';
import type { ApplyTargets } from './apply-targets.ts';
import { withoutIcons } from '../text/formatting.ts';
import type { Clusters } from './clusters.ts';

/** Asks for the context for Apply and new documents, and remembers it for the workspace. */
export class ContextPicker {
  readonly #clusters: Clusters;
  readonly #targets: ApplyTargets;

  constructor(clusters: Clusters, targets: ApplyTargets) {
    this.#clusters = clusters;
    this.#targets = targets;
  }

  /** @throws workbench.no-context if the kubeconfig has no context */
  async choose(): Promise<KubeContext | undefined> {
    const { contexts, problems } = await this.#clusters.kubeconfig();
    if (contexts.length === 0) throw problems[0] ?? workbenchError('no-context');
    const chosen = await this.#targets.context();
    const choices = contexts.map((context) => ({
      label: withoutIcons(context.name),
      description: withoutIcons(`${context.server ?? ''} / ${context.namespace}`),
      ...(context === chosen ? { detail: vscode.l10n.t('current') } : {}),
      context,
    }));
    const title = vscode.l10n.t('Set as Current');
    const placeHolder = vscode.l10n.t('The cluster that Apply uses');
    const options = { title, placeHolder, matchOnDescription: true, ignoreFocusOut: true };
    const answer = await vscode.window.showQuickPick(choices, options);
    if (answer !== undefined) await this.#targets.choose(answer.context.name);
    return answer?.context;
  }
}
