import { ContextKey } from '../../../contract/contexts.ts';
import { setContext } from '../../view/set-context.ts';
import { isResumable } from '../list/record.ts';
import type { Relocations } from '../list/relocations.ts';
import { directionOf } from '../relocation-job.ts';

/** Keeps the context keys about relocations up to date: which commands make sense, and what the user has done. */
export function followContexts(relocations: Relocations): { dispose(): void } {
  const update = (): void => {
    const all = relocations.all();
    const done = all
      .filter(({ record }) => record.state === 'finished')
      .map(({ record }) => directionOf(record.request));
    setContext(
      ContextKey.isRelocating,
      all.some(({ live }) => live !== undefined),
    );
    setContext(ContextKey.nothingToResume, !all.some(({ record }) => isResumable(record.state)));
    if (done.some((direction) => direction !== 'export')) setContext(ContextKey.hasRelocated, true);
    if (done.some((direction) => direction !== 'relocation')) setContext(ContextKey.hasMovedTarball, true);
  };
  update();
  return relocations.onDidChange((id) => {
    if (id === undefined) update();
  });
}
