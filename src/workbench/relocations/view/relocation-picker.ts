import * as vscode from 'vscode';

import { isRelocationTarget } from '../../../contract/relocations.ts';
import { destinationText } from '../../../relocation/request/request.ts';
import { withoutIcons } from '../../text/formatting.ts';
import type { RelocationSnapshot } from '../list/relocation-attempt.ts';
import type { Relocations } from '../list/relocations.ts';
import { stateText } from './relocation-state.ts';

export interface RelocationQuestion {
  readonly title: string;
  readonly fits: (relocation: RelocationSnapshot) => boolean;
  /** Shown if no relocation is suitable. */
  readonly none: string;
}

/** Returns the relocation on which a command was run, or lets the user choose one. */
export class RelocationPicker {
  readonly #relocations: Relocations;

  constructor(relocations: Relocations) {
    this.#relocations = relocations;
  }

  async relocation(given: unknown, { title, fits, none }: RelocationQuestion): Promise<RelocationSnapshot | undefined> {
    if (isRelocationTarget(given)) return this.#relocations.get(given.relocation);
    await this.#relocations.refresh();
    const items = this.#relocations
      .all()
      .filter(fits)
      .map((relocation) => ({
        label: withoutIcons(relocation.record.name),
        description: `${stateText(relocation)} · ${withoutIcons(destinationText(relocation.record.request.destination))}`,
        relocation,
      }));
    if (items.length === 0) {
      void vscode.window.showInformationMessage(none);
      return undefined;
    }
    const placeHolder = vscode.l10n.t('Relocation');
    const options = { title, placeHolder, matchOnDescription: true, ignoreFocusOut: true };
    return (await vscode.window.showQuickPick(items, options))?.relocation;
  }
}
