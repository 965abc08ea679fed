// The fault matrix, as far as a proxy can make the faults. What is done on disk and to processes is in its own files.
import type { Cell } from './cell.ts';
import { answerCells } from './cells/answers.ts';
import { downloadCells } from './cells/downloads.ts';
import { passingCells } from './cells/passing.ts';
import { requestsOf } from './cells/requests.ts';
import { uploadCells } from './cells/uploads.ts';
import type { World } from './world.ts';

/** Every cell, for this world's content. */
export function cellsFor(world: World): Cell[] {
  const requests = requestsOf(world);
  return [downloadCells, passingCells, uploadCells, answerCells].flatMap((cells) => cells(requests));
}
