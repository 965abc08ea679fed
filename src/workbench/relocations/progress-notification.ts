import * as vscode from 'vscode';

import { withProgress } from '../progress.ts';
import { withoutIcons } from '../text/plain.ts';
import type { RelocationSnapshot } from './list/relocation.ts';
import type { Relocations } from './list/relocations.ts';
import { directionOf } from './direction.ts';
import { liveText } from './live-text.ts';
import { percentOf } from './progress-text.ts';

/** Shows a relocation that the user has just started in a notification, with a Cancel, from its turn until it stops. */
export async function showProgress(relocations: Relocations, id: string): Promise<void> {
  const started = await change(relocations, id, ({ record }) => record.state === 'running');
  if (started === undefined) return;
  const { name, request } = started.record;
  const title = {
    relocation: vscode.l10n.t('Relocating {0}', withoutIcons(name)),
    export: vscode.l10n.t('Exporting {0}', withoutIcons(name)),
    import: vscode.l10n.t('Importing {0}', withoutIcons(name)),
  }[directionOf(request)];
  await withProgress(title, async (signal, report) => {
    const cancel = (): void => relocations.stop(id, 'cancelled');
    signal.addEventListener('abort', cancel, { once: true });
    await change(relocations, id, (relocation) => {
      const { figures } = relocation.record;
      const percent = figures === undefined ? {} : { percent: percentOf(figures) };
      report({ message: withoutIcons(liveText(relocation)), ...percent });
      return false;
    });
  });
}

/** Waits until a relocation of this window is as wanted; undefined where it has ended before. */
function change(
  relocations: Relocations,
  id: string,
  isWanted: (relocation: RelocationSnapshot) => boolean,
): Promise<RelocationSnapshot | undefined> {
  return new Promise((resolve) => {
    const look = (): void => {
      const relocation = relocations.get(id);
      const hasEnded = relocation?.live === undefined;
      if (!hasEnded && !isWanted(relocation)) return;
      subscription.dispose();
      resolve(hasEnded ? undefined : relocation);
    };
    const subscription = relocations.onDidChange((changed) => {
      if (changed === undefined || changed === id) look();
    });
    look();
  });
}
