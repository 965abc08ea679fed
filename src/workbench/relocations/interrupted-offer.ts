import * as vscode from 'vscode';

import { relocationsView } from '../../contract/relocations.ts';
import { destinationText } from '../../relocation/request.ts';
import { withoutLinks } from '../text/plain.ts';
import { discardRelocation } from './commands/discard-relocation.ts';
import type { RelocationSnapshot } from './list/relocation.ts';
import type { Relocations } from './list/relocations.ts';
import type { RelocationStore } from './list/relocation-store.ts';

/** Offers, once and in one window, to go on with relocations whose window went away. */
export class InterruptedOffer {
  readonly #store: Pick<RelocationStore, 'claimOffer'>;

  constructor(store: Pick<RelocationStore, 'claimOffer'>) {
    this.#store = store;
  }

  async show(relocations: Relocations, interrupted: readonly RelocationSnapshot[]): Promise<void> {
    const lock = await this.#store.claimOffer();
    if (lock === undefined) return;
    try {
      await this.#ask(relocations, interrupted);
    } finally {
      await lock.release();
    }
  }

  async #ask(relocations: Relocations, interrupted: readonly RelocationSnapshot[]): Promise<void> {
    const [first, ...others] = interrupted;
    if (first === undefined) return;
    const isOne = others.length === 0;
    const text = isOne
      ? vscode.l10n.t(
          'The relocation of {0} to {1} was interrupted.',
          first.record.name,
          destinationText(first.record.request.destination),
        )
      : vscode.l10n.t('{0} relocations were interrupted.', interrupted.length);
    const resume = isOne ? vscode.l10n.t('Resume') : vscode.l10n.t('Resume All');
    const show = vscode.l10n.t('Show');
    const discard = vscode.l10n.t('Discard…');
    const buttons = [resume, show, ...(isOne ? [discard] : [])];
    const answer = await vscode.window.showInformationMessage(withoutLinks(text), ...buttons);
    await relocations.answered(interrupted.map(({ record }) => record.id));
    if (answer === resume) for (const { record } of interrupted) await relocations.resume(record.id);
    if (answer === show) await vscode.commands.executeCommand(`${relocationsView}.focus`);
    if (answer === discard) await discardRelocation(relocations, first);
  }
}
