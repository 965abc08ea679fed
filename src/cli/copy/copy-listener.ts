import type { RelocationListener } from '../../relocation/events.ts';
import type { RelocationRequest } from '../../relocation/request.ts';
import type { Console } from '../output/console.ts';

/** Prints what a copy does in the words of imgpkg, because scripts read them. */
export function copyListener(console: Console, { source, destination }: RelocationRequest): RelocationListener {
  const show = console.listener();
  let images = 0;
  return (event) => {
    if (event.type !== 'phase' || event.phase === 'resolve') return show(event);
    if (event.phase === 'plan') {
      images = event.references.length;
      if (source.kind === 'archive') return;
      console.copyLine(`exporting ${images} images...`);
      for (const reference of event.references) console.copyLine(`will export ${reference}`);
      console.copyLine(`exported ${images} images`);
    } else if (event.phase === 'copy') {
      console.copyLine(destination.kind === 'archive' ? 'writing layers...' : `importing ${images} images...`);
    } else if (destination.kind !== 'archive') {
      console.copyLine('Tagging images');
    }
  };
}
