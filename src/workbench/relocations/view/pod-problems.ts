import * as vscode from 'vscode';

import { RelocationCommand } from '../../../contract/relocations.ts';
import { runCommand } from '../../command-registry.ts';
import { withoutIcons, withoutLinks } from '../../text/formatting.ts';
import type { Relocations } from '../list/relocations.ts';
import { explainPodProblem, podProblem } from '../pod-problem.ts';

/** Says once for each relocation in a cluster, and each reason, why its pods do not start. */
export class PodProblems implements vscode.Disposable {
  readonly #relocations: Relocations;
  readonly #shown = new Set<string>();
  readonly #subscription: { dispose(): void };

  /** @param failed receives the error of a button */
  constructor(relocations: Relocations, failed: (error: unknown) => void) {
    this.#relocations = relocations;
    this.#subscription = relocations.onDidChange((id) => {
      if (id !== undefined) this.#show(id).catch(failed);
    });
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  async #show(id: string): Promise<void> {
    const { record, live } = this.#relocations.get(id) ?? {};
    if (record?.cluster === undefined || live === undefined || live.stopping !== undefined) return;
    const problem = podProblem(live);
    if (problem === undefined) return;
    const { message: reason, remedy = '' } = explainPodProblem(problem, record.cluster);
    // The words of the cluster change from pod to pod, and from attempt to attempt.
    const key = JSON.stringify([id, remedy]);
    if (this.#shown.has(key)) return;
    this.#shown.add(key);
    const text = vscode.l10n.t(
      'The pods that relocate {0} do not start: {1}',
      record.name,
      reason.replace(/(?<![.!?])$/, '.'),
    );
    const [job, cancel] = [vscode.l10n.t('Show Job'), vscode.l10n.t('Cancel Relocation')];
    const message = withoutLinks(withoutIcons(`${text} ${remedy}`));
    const answer = await vscode.window.showWarningMessage(message, job, cancel);
    if (answer === job) await runCommand(RelocationCommand.showJob, { relocation: id });
    if (answer === cancel) await runCommand(RelocationCommand.cancel, { relocation: id });
  }
}
